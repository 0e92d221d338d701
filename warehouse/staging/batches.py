"""Deliveries in batches: numbered, decoded, and split into the texts of their parts."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from warehouse.inbox.source import Delivery, Source
from warehouse.limits import Limits
from warehouse.staging.mend import rendered
from warehouse.staging.split import Splitter
from warehouse.storage.load_log import NextIds

# Python's objects for one chunk take the memory of the chunk before, which the processor still caches.
CHUNK_COUNT = 2_048


class Batch(NamedTuple):
    """Some deliveries, and each distinct description in them once.

    `deliveries`, one row each: `delivery_id, load_id, received_at, body, body_sha256`, and the columns of
    `Splitter.split`.
    `body_sha256` is null unless the body is no UTF-8; then `body` is a readable rendering of it.
    `session_texts`, `attendee_texts` and `target_texts` are those of `Splitter`. `position` is the last delivery's id
    in its inbox, `inbox_id` that inbox; a rebuild reads no inbox.
    """

    deliveries: pl.DataFrame
    session_texts: pl.DataFrame
    attendee_texts: pl.DataFrame
    target_texts: pl.DataFrame
    position: int
    inbox_id: str = ""


def read_sources(sources: Iterable[Source], ids: NextIds, limits: Limits) -> Iterator[Batch]:
    """The deliveries of these inboxes, one inbox after the other, with the next ids of the warehouse.

    An inbox gives and prunes ids of its own; the warehouse numbers all deliveries of all inboxes.
    """
    for source in sources:
        for batch in _read(source, ids, limits):
            yield batch
            ids = ids._replace(delivery_id=batch.deliveries["delivery_id"][-1] + 1)


def _read(source: Source, ids: NextIds, limits: Limits) -> Iterator[Batch]:
    after = source.after
    while after < source.last:
        chunks: list[pl.DataFrame] = []
        splitter = Splitter(limits.split_count)
        count = size = 0
        while count < limits.batch_count and size < limits.batch_bytes:
            deliveries = source.inbox.read_after(
                after, max_count=min(CHUNK_COUNT, limits.batch_count - count), max_bytes=limits.batch_bytes - size
            )
            if not deliveries:
                break
            chunks.append(_chunk(deliveries, ids, splitter))
            ids = ids._replace(delivery_id=ids.delivery_id + len(deliveries))
            count += len(deliveries)
            size += sum(len(body) for _, _, body in deliveries)
            after = deliveries[-1].delivery_id
        if not chunks:
            return
        yield _batch(chunks, splitter, after, source.inbox_id)


def batch_of(deliveries: Sequence[Delivery], ids: NextIds) -> Batch:
    """These deliveries of an inbox, at least one."""
    splitter = Splitter()
    return _batch([_chunk(deliveries, ids, splitter)], splitter, deliveries[-1].delivery_id)


def batch_of_stored(stored: pl.DataFrame, position: int) -> Batch:
    """Stored deliveries: `delivery_id, load_id, received_at, body, body_sha256`, as they first came."""
    splitter = Splitter()
    chunks: list[pl.DataFrame] = []
    for chunk in stored.iter_slices(CHUNK_COUNT):
        bodies = [body if sha256 is None else "" for body, sha256 in chunk.select("body", "body_sha256").iter_rows()]
        chunks.append(chunk.hstack(splitter.split(chunk["delivery_id"].to_list(), bodies)))
    return _batch(chunks, splitter, position)


def _batch(chunks: list[pl.DataFrame], splitter: Splitter, position: int, inbox_id: str = "") -> Batch:
    texts = splitter.session_texts(), splitter.attendee_texts(), splitter.target_texts()
    return Batch(pl.concat(chunks, rechunk=False), *texts, position, inbox_id)


def _chunk(deliveries: Sequence[Delivery], ids: NextIds, splitter: Splitter) -> pl.DataFrame:
    delivery_ids = range(ids.delivery_id, ids.delivery_id + len(deliveries))
    bodies: Sequence[bytes]
    _, received_at, bodies = zip(*deliveries, strict=True)
    texts = pl.Series(bodies, dtype=pl.Binary)
    hashes = pl.Series([None], dtype=pl.String).new_from_index(0, len(bodies))
    try:
        texts = texts.cast(pl.String)
    except pl.exceptions.ComputeError:  # a body is no UTF-8
        texts, hashes = _texts_and_hashes(bodies)
        bodies = [b"" if sha256 else body for body, sha256 in zip(bodies, hashes, strict=True)]
    return pl.DataFrame(
        {
            "delivery_id": pl.Series(delivery_ids, dtype=pl.Int64),
            "load_id": pl.repeat(ids.load_id, len(deliveries), dtype=pl.Int64, eager=True),
            "received_at": pl.Series(received_at).cast(pl.Datetime("us", "UTC")),
            "body": texts,
            "body_sha256": hashes,
        }
    ).hstack(splitter.split(delivery_ids, bodies))


def _texts_and_hashes(bodies: Sequence[bytes]) -> tuple[pl.Series, pl.Series]:
    """Each body as readable text, and the SHA-256 of those that are no UTF-8."""
    texts: list[str] = []
    hashes: list[str | None] = []
    for body in bodies:
        try:
            texts.append(body.decode())
            hashes.append(None)
        except UnicodeDecodeError:
            texts.append(rendered(body))
            hashes.append(hashlib.sha256(body).hexdigest())
    return pl.Series(texts, dtype=pl.String), pl.Series(hashes, dtype=pl.String)
