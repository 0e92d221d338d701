"""Reads the body of a request, within bounds."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Litestar takes most of the time that a start would take
    from litestar.types import Receive

# The bound on all bodies that arrive in pieces, together. Nearly every body arrives in one piece and does not count.
MAX_BYTES_BEING_READ = 64 * 1024 * 1024

# Compressions, as IANA lists them, and some more. Any other word says nothing about the bytes: senders write `utf-8`,
# `none` or nothing, and what they send can be read.
COMPRESSIONS = frozenset(
    b"aes128gcm br bzip2 compress dcb dcz deflate exi gzip lz4 pack200-gzip snappy x-compress x-gzip xz zstd".split()
)

Headers = dict[bytes, bytes]


class BodyTooLarge(Exception):
    """The body exceeds MAX_BODY_BYTES; it was not read to its end."""


class BodyEncoded(Exception):
    """The body is compressed. It stays so: the signature covers the bytes as sent, and nothing small may expand."""


class TooManyBodies(Exception):
    """Too many bytes were being read at once. This body was read to its end, but not kept."""


class Incomplete(Exception):
    """The connection ended before the body was complete: the sender hung up, or was too slow."""


class Bodies:
    """Reads any number of bodies at once, each of at most `max_bytes`, and all within `max_bytes_being_read`."""

    def __init__(self, max_bytes: int, max_bytes_being_read: int = MAX_BYTES_BEING_READ) -> None:
        self._max_bytes = max_bytes
        self._max_bytes_being_read = max_bytes_being_read
        self._bytes_being_read = 0

    async def read(self, headers: Headers, receive: "Receive") -> bytes:
        """The whole body.

        Raises:
            BodyTooLarge: its announced length, or the body itself, is too long; the rest is not read.
            BodyEncoded: it is compressed. It was read all the same: a proxy that still sends a body when it gets the
                answer may hang up on its own sender.
            TooManyBodies: it does not fit beside the others.
            Incomplete: the connection ended before it.
        """
        body = await self._read(headers, receive)
        if is_compressed(headers):
            raise BodyEncoded
        return body

    async def _read(self, headers: Headers, receive: "Receive") -> bytes:
        announced = headers.get(b"content-length")
        if announced is not None and announced.isdigit() and int(announced) > self._max_bytes:
            raise BodyTooLarge
        chunk, is_last = await _next_chunk(receive)
        if is_last and len(chunk) <= self._max_bytes:
            return chunk
        return await self._read_on(chunk, receive)

    async def _read_on(self, chunk: bytes, receive: "Receive") -> bytes:
        body = bytearray()
        size, is_last, fits = 0, False, True
        try:
            while True:
                size += len(chunk)
                if size > self._max_bytes:
                    raise BodyTooLarge
                fits = fits and self._bytes_being_read + len(chunk) <= self._max_bytes_being_read
                if fits:
                    body += chunk
                    self._bytes_being_read += len(chunk)
                elif body:
                    self._bytes_being_read -= len(body)
                    body.clear()
                if is_last:
                    break
                chunk, is_last = await _next_chunk(receive)
        finally:
            self._bytes_being_read -= len(body)
        if not fits:
            raise TooManyBodies
        return bytes(body)


def is_compressed(headers: Headers) -> bool:
    """Whether the body is compressed, for the whole way (content) or from one hop to the next (transfer)."""
    names = (b"content-encoding", b"transfer-encoding")
    codings = b",".join(headers[name] for name in names if name in headers)
    return bool(codings) and not COMPRESSIONS.isdisjoint(coding.strip() for coding in codings.lower().split(b","))


async def _next_chunk(receive: "Receive") -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] != "http.request":
        raise Incomplete
    return message.get("body", b""), not message.get("more_body", False)
