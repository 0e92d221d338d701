"""Deliveries in batches, shaped as `staging` expects them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from warehouse.inbox.sqlite_queue import Delivery, Inbox
from warehouse.staging.split import Splitter

# One batch is worked on and one read ahead.
BATCH_COUNT = 61_440
BATCH_BYTES = 128 * 1024 * 1024
# As many as DuckDB works on at once; and Python's objects for one chunk take the memory of those before, still cached.
CHUNK_COUNT = 2_048
# DuckDB then hands texts to Arrow as polars does, and nobody copies them.
TEXTS_AS_VIEWS = "SET produce_arrow_string_view = true; SET arrow_output_version = '1.4'"


class Incoming(NamedTuple):
    """Some deliveries, and what they say of sessions and attendees, each distinct description once.

    `deliveries`, one row each: `delivery_id, received_at, body, body_sha256`, where the last is null unless the body is
    no UTF-8 (then `body` is only a readable rendering of it), and the columns of `Splitter.split`. The others are
    what `Splitter.session_texts` and `Splitter.attendee_texts` return.
    """

    deliveries: pa.Table
    session_texts: pa.Table
    attendee_texts: pa.Table


class Batch(NamedTuple):
    """Some deliveries, and the id of the last of them where they come from."""

    incoming: Incoming
    position: int


def batches(inbox: Inbox, position: int, last_position: int, first_id: int) -> Iterator[Batch]:
    """What the inbox holds after `position`, in bounded batches until `last_position`, numbered on from `first_id`.

    The first is half as large: until it is there, nobody else has work.
    """
    max_count = (BATCH_COUNT + 1) // 2
    while position < last_position:
        chunks: list[pl.DataFrame] = []
        splitter = Splitter()
        count = size = 0
        while count < max_count and size < BATCH_BYTES:
            count_left = min(CHUNK_COUNT, max_count - count)
            deliveries = inbox.read_after(position, max_count=count_left, max_bytes=BATCH_BYTES - size)
            if not deliveries:
                break
            chunks.append(_chunk(deliveries, first_id + count, splitter))
            count += len(deliveries)
            size += sum(len(body) for _, _, body in deliveries)
            position = deliveries[-1].delivery_id
        if not chunks:
            return
        yield Batch(_incoming(chunks, splitter), position)
        first_id += count
        max_count = BATCH_COUNT


def incoming(deliveries: Sequence[Delivery], first_id: int) -> Incoming:
    """The deliveries, at least one, numbered on from `first_id`."""
    splitter = Splitter()
    return _incoming([_chunk(deliveries, first_id, splitter)], splitter)


def incoming_again(stored: pl.DataFrame) -> Incoming:
    """Deliveries of a warehouse, in the columns of `Incoming.deliveries` that they came with."""
    splitter = Splitter()
    chunks: list[pl.DataFrame] = []
    for chunk in stored.iter_slices(CHUNK_COUNT):
        bodies = [body if sha256 is None else "" for body, sha256 in chunk.select("body", "body_sha256").iter_rows()]
        chunks.append(chunk.hstack(splitter.split(chunk["delivery_id"].to_list(), bodies)))
    return _incoming(chunks, splitter)


def _incoming(chunks: list[pl.DataFrame], splitter: Splitter) -> Incoming:
    # The newest level: polars' texts are Arrow's string views; for an older one they would be copied.
    deliveries = pl.concat(chunks, rechunk=False).to_arrow(compat_level=pl.CompatLevel.newest())
    return Incoming(deliveries, splitter.session_texts(), splitter.attendee_texts())


def _chunk(deliveries: Sequence[Delivery], first_id: int, splitter: Splitter) -> pl.DataFrame:
    numbers = range(first_id, first_id + len(deliveries))
    bodies: Sequence[bytes]
    _, received_at, bodies = zip(*deliveries, strict=True)
    texts = pl.Series(bodies, dtype=pl.Binary)
    hashes = pl.Series([None], dtype=pl.String).new_from_index(0, len(bodies))
    try:
        texts = texts.cast(pl.String)
    except pl.exceptions.ComputeError:  # some body is no UTF-8
        texts, hashes = _rendered(bodies)
        bodies = [b"" if sha256 else body for body, sha256 in zip(bodies, hashes, strict=True)]
    return pl.DataFrame(
        {
            "delivery_id": pl.Series(numbers, dtype=pl.Int64),
            "received_at": pl.Series(received_at).cast(pl.Datetime("us", "UTC")),
            "body": texts,
            "body_sha256": hashes,
        }
    ).hstack(splitter.split(numbers, bodies))


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
