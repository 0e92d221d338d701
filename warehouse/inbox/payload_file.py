"""Payloads from a file: JSON objects one a line, one after another, or in an array; plain, gzip or Zstandard.

The first bytes tell what a file is, not its name. A payload keeps its exact bytes. Memory holds one payload at a time,
and what was read ahead.
"""

import gzip
import io
import json
import re
import sys
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, cast

import click
import pyarrow as pa

STANDARD_INPUT = Path("-")
MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024

GZIP = b"\x1f\x8b"
ZSTANDARD = b"\x28\xb5\x2f\xfd"
# What may stand between objects: blanks, and what an array adds.
SEPARATORS = re.compile(rb"[ \t\r\n,\[\]]*")
# A bracket, after whole strings and whatever else stands before it. `++` and `*+` never try again, so this is linear.
BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])', re.DOTALL)

WHAT_IS_READ = (
    "Payloads are JSON objects: one a line, one after another, or in an array; plain, gzip or Zstandard. "
    "--as-is takes any lines."
)


class NotPayloads(click.ClickException):
    """The file holds something else, or ends too early; the message names the file and the payload."""


class _Fault(Exception):
    """What is wrong with the next payload, as the end of a sentence about it."""


def read_payloads(path: Path, *, is_as_is: bool = False, max_bytes: int = MAX_PAYLOAD_BYTES) -> Iterator[bytes]:
    """The exact bytes of each payload, without the line's end. Blank lines are skipped.

    The first payload must be a JSON object. The others need not be: the loader quarantines what it can't use.

    Args:
        path: the file; `-` stands for standard input.
        is_as_is: each line is a payload, whatever it is; nothing is decompressed or left out.
        max_bytes: the longest payload.

    Raises:
        NotPayloads: when the iteration comes to what can't be read.
    """
    name = "standard input" if path == STANDARD_INPUT else str(path)
    count = 0
    try:
        with _opened(path) as file:
            for payload in _lines(file, max_bytes) if is_as_is else _payloads(_decompressed(file), max_bytes):
                yield payload
                count += 1
    except _Fault as fault:
        raise NotPayloads(f"{name}: payload {count + 1:,} {fault}.{'' if count else f' {WHAT_IS_READ}'}") from None
    except (OSError, EOFError, zlib.error) as error:
        raise NotPayloads(f"{name} can't be read after payload {count:,}: {error}") from None


def is_compressed(path: Path) -> bool:
    """Whether the file is read through a decompressor.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return file.read(4).startswith((GZIP, ZSTANDARD))


def _opened(path: Path) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if path == STANDARD_INPUT else path.open("rb")


def _decompressed(file: IO[bytes]) -> IO[bytes]:
    head = cast("io.BufferedReader", file).peek(4)
    if head.startswith(GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    if head.startswith(ZSTANDARD):
        raw = pa.CompressedInputStream(pa.PythonFile(cast("io.BufferedReader", file), "r"), "zstd")
        return io.BufferedReader(raw)  # type: ignore[type-var]  # a raw stream, which the stubs don't know
    return file


def _payloads(file: IO[bytes], max_bytes: int) -> Iterator[bytes]:
    """Lines, if the first line is an object; else objects, wherever lines end."""
    first = file.readline(CHUNK_BYTES)
    if b"\0" in first[:4] or first.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise _Fault("is UTF-16 text: turn the file into UTF-8 (`iconv -f UTF-16 -t UTF-8`)")
    first = first.removeprefix(BOM_UTF8)
    while first and not first.strip():
        first = file.readline(CHUNK_BYTES)
    if not first:
        return
    # An array may be one line of any length.
    if not first.lstrip().startswith(b"[") and not first.endswith(b"\n"):
        first += file.readline(max_bytes)
    if _is_object(first):
        yield _without_end(first)
        yield from _lines(file, max_bytes)
        return
    objects = _objects(first, file, max_bytes)
    for payload in objects:
        if not _is_object(payload):
            raise _Fault("is no JSON object")
        yield payload
        break
    yield from objects


def _lines(file: IO[bytes], max_bytes: int) -> Iterator[bytes]:
    while line := file.readline(max_bytes + 2):
        if len(_without_end(line)) > max_bytes:
            raise _Fault(f"is longer than {max_bytes:,} bytes")
        if line.strip():
            yield _without_end(line)


def _objects(text: bytes, file: IO[bytes], max_bytes: int) -> Iterator[bytes]:
    """Objects one after another or in an array. `text` is what was read of the file already."""
    open_arrays = at = 0
    while True:
        begin = cast("re.Match[bytes]", SEPARATORS.match(text, at)).end()
        open_arrays += text.count(b"[", at, begin) - text.count(b"]", at, begin)
        at = begin
        if at == len(text):
            text, at = file.read(CHUNK_BYTES), 0
            if text:
                continue
            break
        if not text.startswith(b"{", at):
            raise _Fault("is no JSON object")
        while (end := _end_of_object(text, at)) is None:
            if len(text) - at > max_bytes:
                raise _Fault(f"is longer than {max_bytes:,} bytes")
            # Twice as much each time: a long object is not searched from its start again for each chunk.
            more = file.read(max(CHUNK_BYTES, len(text) - at))
            if not more:
                raise _Fault("is not complete: the file ends within it")
            text, at = text[at:] + more, 0
        yield text[at:end]
        at = end
    if open_arrays:
        raise _Fault("is missing: the file ends within its array")


def _end_of_object(text: bytes, begin: int) -> int | None:
    """Where the object ends that begins there; None when the text ends first."""
    depth, end = 0, begin
    while bracket := BRACKET.match(text, end):
        end = bracket.end()
        depth += 1 if bracket[1] in b"{[" else -1
        if depth == 0:
            return end
    return None


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")
