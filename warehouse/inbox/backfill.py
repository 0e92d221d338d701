"""Back-filling: payloads from a file go into the inbox as if they were received now."""

import time
from collections.abc import Callable, Iterable

from warehouse.inbox.payload_file import NotPayloads
from warehouse.inbox.sqlite_queue import Inbox

BATCH_BYTES = 4 * 1024 * 1024


def accept(
    inbox: Inbox,
    payloads: Iterable[bytes],
    progress: Callable[[int], None] = lambda _bytes: None,
    batch_bytes: int = BATCH_BYTES,
) -> int:
    """Accept payloads, and return how many. Repeated ones are duplicates, so an interrupted run may be repeated.

    `progress` is told the bytes that each step has accepted.

    Raises:
        NotPayloads: the file can't be read further. What was read before is accepted, and the message says how much.
    """
    count = 0
    batch: list[tuple[int, bytes]] = []
    size = 0

    def append() -> None:
        nonlocal batch, count, size
        inbox.append(batch)
        progress(size)
        count += len(batch)
        batch, size = [], 0

    try:
        for body in payloads:
            batch.append((time.time_ns() // 1000, body))
            size += len(body) + 1
            if size >= batch_bytes:
                append()
    except NotPayloads as fault:
        append()
        accepted = (
            f"The {count:,} before it were accepted; `warehouse load` loads them." if count else "None was accepted."
        )
        raise NotPayloads(f"{fault.message} {accepted}") from None
    append()
    return count
