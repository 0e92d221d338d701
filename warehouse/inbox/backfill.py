"""Back-filling: payloads from a file, one JSON object a line, go into the inbox as if they were received now."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from warehouse.inbox.sqlite_queue import Inbox

BATCH_BYTES = 4 * 1024 * 1024


def append_file(inbox: Inbox, path: Path, progress: Callable[[int], None] = lambda _bytes: None) -> int:
    """Accept each line of an NDJSON file, except blank ones. Returns how many.

    A file named `.zst` or `.gz` is decompressed. A repeated line is a duplicate, so an interrupted run may be repeated.
    `progress` is told the bytes of text that each step has read. The loader quarantines a line that is no JSON.

    Raises:
        OSError: the file can't be read.
    """
    count = 0
    with pa.input_stream(str(path)) as stream:
        text = io.BufferedReader(stream)  # type: ignore[type-var]  # a raw stream, which the stubs don't know
        while lines := text.readlines(BATCH_BYTES):
            now = time.time_ns() // 1000
            batch = [(now, body) for line in lines if (body := line.strip())]
            inbox.append(batch)
            count += len(batch)
            progress(sum(map(len, lines)))
    return count
