"""How a webhook's body is signed, and how a signature is checked. No web framework in here.

Zuddl documents the header (`X-Webhook-Signature: sha256=abc123...`), but neither the algorithm, nor the encoding,
nor what is signed. This module infers: the lower-case hex HMAC-SHA256 of the raw request body, keyed with the webhook's
secret, prefixed `sha256=`. If the inference is wrong, `ingest diagnose` names the scheme that fits.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

HEADER = "X-Webhook-Signature"

DIGESTS = ("sha256", "sha1", "sha512")
ENCODINGS = ("hex", "base64")
# The signed bytes may differ from the body by a final newline.
ENDINGS = ("", "-with-newline", "-without-newline")


class SignatureMismatch(Exception):
    """The header is missing, malformed, or made with none of the secrets."""


@dataclass(frozen=True)
class Scheme:
    """One way to make the header from a secret and a body."""

    digest: str = "sha256"
    encoding: str = "hex"
    is_prefixed: bool = True
    ending: str = ""

    @property
    def name(self) -> str:
        """The value of ZUDDL_SIGNATURE_SCHEME that selects this scheme."""
        return f"hmac-{self.digest}-{self.encoding}{'' if self.is_prefixed else '-bare'}{self.ending}"

    def sign(self, secret: bytes, body: bytes) -> bytes:
        """The header's value for a body."""
        if self.ending:
            body = body.removesuffix(b"\n") + (b"\n" if self.ending == "-with-newline" else b"")
        made = hmac.digest(secret, body, self.digest)
        text = made.hex().encode() if self.encoding == "hex" else base64.b64encode(made)
        return self.digest.encode() + b"=" + text if self.is_prefixed else text

    def verify(self, secrets: Sequence[bytes], body: bytes, header: bytes | None) -> None:
        """Check a header's raw bytes against the body, in constant time, with each secret that is valid now.

        Raises:
            SignatureMismatch: none of the secrets made this header.
        """
        # Bytes, not text: hmac.compare_digest raises on non-ASCII text, and a hostile header must be a 401, not a 500.
        matches = [hmac.compare_digest(self.sign(secret, body), header or b"") for secret in secrets]
        if not any(matches):
            raise SignatureMismatch


INFERRED = Scheme()

# Digests of 160, 256, 384 and 512 bits, in hex or in either alphabet of base64.
_HEX = rb"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}"
_BASE64 = rb"[\w+/-]{27}=?|[\w+/-]{43}=?|[\w+/-]{64}|[\w+/-]{86}(?:==)?"
# A header may hold a prefix, a time, and several digests: `sha256=…`, `t=…,v1=…`, `v1,… v1,…`.
_PLAUSIBLE = re.compile(rb"(?:^|[\s,;:=])(?:" + _HEX + b"|" + _BASE64 + rb")(?=$|[\s,;])", re.ASCII)


def is_plausible(header: bytes | None) -> bool:
    """Whether a header's raw bytes could be a signature by any usual scheme, whatever the secret."""
    return header is not None and _PLAUSIBLE.search(header) is not None


def every_scheme() -> list[Scheme]:
    """All schemes that can be set, the inferred one first."""
    return [Scheme(*choice) for choice in product(DIGESTS, ENCODINGS, (True, False), ENDINGS)]


def matching_schemes(secrets: Sequence[bytes], body: bytes, header: bytes) -> list[Scheme]:
    """The schemes under which one of the secrets makes this header for this body."""
    return [s for s in every_scheme() if any(s.sign(secret, body) == header for secret in secrets)]


def sign(secret: str, body: bytes, scheme: Scheme = INFERRED) -> str:
    """The header's value for a body, as text."""
    return scheme.sign(secret.encode(), body).decode()
