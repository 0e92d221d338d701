"""How a webhook's body is signed, and how a signature is checked. No web framework in here.

Zuddl documents the header (`X-Webhook-Signature: sha256=abc123...`), but neither the algorithm, nor the encoding,
nor what is signed. Taken here, by inference: the lower-case hex HMAC-SHA256 of the raw request body, keyed with
the webhook's secret, prefixed `sha256=`.
"""

import hmac
from collections.abc import Sequence

HEADER = "X-Webhook-Signature"
PREFIX = b"sha256="


class SignatureMismatch(Exception):  # noqa: N818 -- names what was found, as `except SignatureMismatch` reads
    """The header is missing, malformed, or made with none of the secrets."""


def sign(secret: str, body: bytes) -> str:
    """The header's value for a body."""
    return (PREFIX + _digest(secret.encode(), body)).decode()


def verify(secrets: Sequence[bytes], body: bytes, header: bytes | None) -> None:
    """Check a header's raw bytes against the body, in constant time, with each secret that is valid now.

    Raises:
        SignatureMismatch: none of the secrets made this header.
    """
    # Bytes throughout: hmac.compare_digest raises on non-ASCII text, and a hostile header is no reason for a 500.
    matches = [hmac.compare_digest(PREFIX + _digest(secret, body), header or b"") for secret in secrets]
    if not any(matches):
        raise SignatureMismatch


def _digest(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, body, "sha256").hex().encode()
