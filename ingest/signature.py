"""How a webhook's body is signed, and how a signature is checked. No web framework in here.

Zuddl documents the header (`X-Webhook-Signature: sha256=abc123...`), but neither the algorithm, nor the encoding,
nor what is signed. This module infers: the lower-case hex HMAC-SHA256 of the raw request body, keyed with the webhook's
secret, prefixed `sha256=`. If the inference is wrong, `ingest diagnose` names the scheme that fits.
"""

import base64
import hmac
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

HEADER = "X-Webhook-Signature"


class SignatureMismatch(Exception):
    """The header is missing, malformed, or made with none of the secrets."""


@dataclass(frozen=True)
class Layout:
    """How signatures stand in the header."""

    before: str  # each signature
    separator: bytes | None = None  # between several signatures; None for a single one
    is_timed: bool = False  # the header begins with `t=` and a time; time, full stop and body are signed


def decode_base64(text: bytes) -> bytes:
    """The bytes that either alphabet of base64 stands for, padded or not.

    Raises:
        ValueError: it is no base64.
    """
    text = text.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)


# A scheme is a choice from each of these. Their keys make up its name, and each first one is inferred.
DIGESTS = ("sha256", "sha1", "sha512")
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "hex": lambda made: made.hex().encode(),
    "upperhex": lambda made: made.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "base64-unpadded": lambda made: base64.b64encode(made).rstrip(b"="),
    "base64url-unpadded": lambda made: base64.urlsafe_b64encode(made).rstrip(b"="),
}
LAYOUTS = {
    "": Layout("{digest}="),
    "-bare": Layout(""),
    "-v1": Layout("v1,", separator=b" "),  # as Svix has it
    "-t-v1": Layout("v1=", separator=b",", is_timed=True),  # as Stripe has it
}
# The signed bytes may differ from the body by a final newline.
ENDINGS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "-with-newline": lambda body: body.removesuffix(b"\n") + b"\n",
    "-without-newline": lambda body: body.removesuffix(b"\n"),
}
# What the secret stands for. `whsec_` before a base64 secret is no part of it.
KEYS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda secret: secret,
    "-base64-secret": lambda secret: decode_base64(secret.removeprefix(b"whsec_")),
    "-hex-secret": lambda secret: bytes.fromhex(secret.decode()),
}


@dataclass(frozen=True)
class Scheme:
    """One way to make the header from a secret and a body."""

    digest: str = "sha256"
    encoding: str = "hex"
    layout: str = ""
    ending: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        """The value of ZUDDL_SIGNATURE_SCHEME that selects this scheme."""
        return f"hmac-{self.digest}-{self.encoding}{self.layout}{self.ending}{self.key}"

    def sign(self, secret: bytes, body: bytes) -> bytes:
        """The header's value for a body, signed now.

        Raises:
            ValueError: the secret is not written as this scheme expects.
        """
        if not LAYOUTS[self.layout].is_timed:
            return self._before + self._made(secret, body)
        now = b"%d" % time.time()
        return b"t=" + now + b"," + self._before + self._made(secret, now + b"." + body)

    def verify(self, secrets: Sequence[bytes], body: bytes, header: bytes | None) -> None:
        """Check a header's raw bytes against the body, in constant time, with each secret that is valid now.

        Raises:
            SignatureMismatch: none of the secrets made this header.
            ValueError: a secret is not written as this scheme expects.
        """
        if not self.matches(secrets, body, header):
            raise SignatureMismatch

    def matches(self, secrets: Sequence[bytes], body: bytes, header: bytes | None) -> bool:
        """Whether one of the secrets made this header for this body: for `verify`, and to try many schemes.

        Raises:
            ValueError: a secret is not written as this scheme expects.
        """
        signatures, body = self._read(header or b"", body)
        made = [self._made(secret, body) for secret in secrets] if signatures else []
        # Bytes, not text: hmac.compare_digest raises on non-ASCII text, and a hostile header must be a 401, not a 500.
        matches = [hmac.compare_digest(expected, signature) for expected in made for signature in signatures]
        return any(matches)

    def takes(self, secret: bytes) -> bool:
        """Whether the secret is written as this scheme expects."""
        try:
            KEYS[self.key](secret)
        except ValueError:
            return False
        return True

    def _made(self, secret: bytes, signed: bytes) -> bytes:
        return ENCODINGS[self.encoding](hmac.digest(KEYS[self.key](secret), ENDINGS[self.ending](signed), self.digest))

    def _read(self, header: bytes, body: bytes) -> tuple[list[bytes], bytes]:
        """The signatures in a header, and what they sign."""
        layout = LAYOUTS[self.layout]
        parts = [header]
        if layout.separator is not None:
            if b", " in header:  # two headers, which the receiver has joined
                return [], body
            parts = header.split(layout.separator)
        if layout.is_timed:
            if not parts[0].startswith(b"t="):
                return [], body
            body = parts[0].removeprefix(b"t=") + b"." + body
        # A header of another length needs no digest of the body.
        length = len(self._before) + self._length
        return [part[-self._length :] for part in parts if len(part) == length and part.startswith(self._before)], body

    @cached_property
    def _before(self) -> bytes:
        return LAYOUTS[self.layout].before.format(digest=self.digest).encode()

    @cached_property
    def _length(self) -> int:
        return len(ENCODINGS[self.encoding](hmac.digest(b"", b"", self.digest)))


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
    schemes = [Scheme(*choice) for choice in product(DIGESTS, ENCODINGS, LAYOUTS, ENDINGS, KEYS)]
    return [scheme for scheme in schemes if not (LAYOUTS[scheme.layout].is_timed and scheme.ending)]


def sign(secret: str, body: bytes, scheme: Scheme = INFERRED) -> str:
    """The header's value for a body, as text.

    Raises:
        ValueError: the secret is not written as the scheme expects.
    """
    return scheme.sign(secret.encode(), body).decode()
