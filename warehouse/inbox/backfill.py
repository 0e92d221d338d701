"""Back-filling: payloads from a file, one JSON object a line, go into the inbox as if they were received now."""

import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from warehouse.inbox.sqlite_queue import Inbox

BATCH_COUNT = 5_000
BATCH_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


def append_file(inbox: Inbox, path: Path, progress: Callable[[int], None] = lambda _bytes: None) -> int:
    """Accept each line of an NDJSON file, except blank ones. Returns how many.

    A file named `.zst` or `.gz` is decompressed. A repeated line is a duplicate, so an interrupted run may be repeated.
    `progress` is told the bytes of text that each step has read. The loader quarantines a line that is no JSON.

    Raises:
        OSError: the file can't be read.
    """
    count = 0
    rest = b""
    batch: list[tuple[int, bytes]] = []
    size = 0
    with pa.input_stream(str(path)) as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            *lines, rest = (rest + chunk).split(b"\n") if chunk else (rest, b"")
            now = time.time_ns() // 1000
            batch += [(now, line.strip()) for line in lines if line.strip()]
            size += len(chunk)
            if batch and (not chunk or len(batch) >= BATCH_COUNT or size >= BATCH_BYTES):
                inbox.append(batch)
                count += len(batch)
                batch, size = [], 0
            progress(len(chunk))
            if not chunk:
                return count
