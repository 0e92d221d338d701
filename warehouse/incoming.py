"""Deliveries of an inbox, in batches, shaped as `staging` expects them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from warehouse.inbox import Delivery, Inbox

# Half of DuckDB's row group. One batch is worked on and one read ahead.
BATCH_COUNT = 61_440
BATCH_BYTES = 128 * 1024 * 1024
# DuckDB gives each chunk of a relation to one thread: several, so that both cores parse. And Python's objects for one
# chunk take the memory of those before.
CHUNK_COUNT = 4_096


class Batch(NamedTuple):
    """Some deliveries, and the inbox's id of the last of them."""

    rows: pa.Table
    position: int


def batches(inbox: Inbox, position: int, last_position: int, first_id: int) -> Iterator[Batch]:
    """What the inbox holds after `position`, in bounded batches until `last_position`, numbered on from `first_id`."""
    while position < last_position:
        chunks: list[pl.DataFrame] = []
        count = size = 0
        while count < BATCH_COUNT and size < BATCH_BYTES:
            most = min(CHUNK_COUNT, BATCH_COUNT - count)
            deliveries = inbox.read_after(position, most=most, most_bytes=BATCH_BYTES - size)
            if not deliveries:
                break
            chunks.append(_frame(deliveries, first_id + count))
            count += len(deliveries)
            size += sum(len(delivery.body) for delivery in deliveries)
            position = deliveries[-1].delivery_id
        if not chunks:
            return
        yield Batch(_table(chunks), position)
        first_id += count


def incoming(deliveries: Sequence[Delivery], first_id: int) -> pa.Table:
    """The deliveries, at least one, numbered on from `first_id`."""
    return _table([_frame(deliveries, first_id)])


def _table(chunks: list[pl.DataFrame]) -> pa.Table:
    # The newest level: polars' texts are Arrow's string views; for an older one they would be copied.
    return pl.concat(chunks, rechunk=False).to_arrow(compat_level=pl.CompatLevel.newest())


def _frame(deliveries: Sequence[Delivery], first_id: int) -> pl.DataFrame:
    bodies = pl.Series([delivery.body for delivery in deliveries], dtype=pl.Binary)
    try:
        texts = bodies.cast(pl.String)
        hashes = pl.Series([None], dtype=pl.String).new_from_index(0, len(bodies))
    except pl.exceptions.ComputeError:  # some body is no UTF-8
        texts, hashes = _rendered(bodies)
    return pl.DataFrame(
        {
            "delivery_id": pl.int_range(first_id, first_id + len(bodies), eager=True),
            "received_at": pl.Series([delivery.received_at for delivery in deliveries]).cast(pl.Datetime("us", "UTC")),
            "body": texts,
            "body_sha256": hashes,
        }
    )


def _rendered(bodies: Iterable[bytes]) -> tuple[pl.Series, pl.Series]:
    """Each body as readable text, and the SHA-256 of those that are no UTF-8."""
    texts: list[str] = []
    hashes: list[str | None] = []
    for body in bodies:
        try:
            texts.append(body.decode())
            hashes.append(None)
        except UnicodeDecodeError:
            texts.append(body.decode(errors="backslashreplace"))
            hashes.append(hashlib.sha256(body).hexdigest())
    return pl.Series(texts, dtype=pl.String), pl.Series(hashes, dtype=pl.String)
