"""Deliveries, shaped as `staging` expects them."""

import hashlib
from collections.abc import Iterable, Sequence

import polars as pl

from warehouse.inbox import Delivery

# DuckDB gives each chunk of a frame to one thread: several, so that both cores parse.
CHUNK_COUNT = 8_192


def incoming(deliveries: Sequence[Delivery], first_id: int) -> pl.DataFrame:
    """The deliveries, numbered on from `first_id`."""
    chunks = [
        _frame(deliveries[start : start + CHUNK_COUNT], first_id + start)
        for start in range(0, len(deliveries), CHUNK_COUNT)
    ]
    return pl.concat(chunks, rechunk=False)


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
