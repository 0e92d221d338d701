"""The loader: new deliveries from the inbox into the next generation of the warehouse, each exactly once.

The watermark is written in the same file as the rows, per inbox identity; a crash leaves both or neither.
"""

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse import marts, publish, speakers
from warehouse.absorb import Absorbed, absorb
from warehouse.inbox import Delivery, Inbox
from warehouse.settings import RepeatPolicy, WarehouseSettings

BATCH_COUNT = 50_000
BATCH_BYTES = 128 * 1024 * 1024
# A publication ends after so many batches, so that a long backlog shows progress.
BATCHES_PER_PUBLICATION = 10
# Events are transformed together up to this many actions: one pass for many small events.
ACTIONS_PER_PASS = 500_000

log = logging.getLogger(__name__)


class Publication(NamedTuple):
    """One row of `raw.loads`: what a publication took in."""

    load_id: int
    delivery_count: int
    duplicate_count: int
    quarantine_count: int
    duration_seconds: float
    inbox_position: int


def publish_new(inbox: Inbox, settings: WarehouseSettings) -> Publication:
    """Publish a generation with the inbox's next deliveries, then prune the inbox of what is loaded and old.

    Publishes even when nothing is new: so an empty warehouse comes to be, and new names of speakers are shown.
    """
    started = time.monotonic()
    with publish.new_generation(settings.warehouse_path) as connection:
        batches: list[Absorbed] = []
        position = inbox_position(connection, inbox.inbox_id)
        next_id = _last_delivery_id(connection) + 1
        while len(batches) < BATCHES_PER_PUBLICATION and (
            deliveries := inbox.read_after(position, most=BATCH_COUNT, most_bytes=BATCH_BYTES)
        ):
            batches.append(absorb(connection, incoming(deliveries, next_id)))
            position = deliveries[-1].delivery_id
            next_id += len(deliveries)
        event_ids = set[str]().union(*(batch.event_ids for batch in batches))
        refresh_marts(connection, sorted(event_ids), settings.repeat_policy)
        speakers.apply_names(connection, speakers.read_names(settings.speakers_path))
        publication = _record(connection, batches, inbox.inbox_id, position, started)
    _prune(inbox, position, settings.inbox_retention)
    return publication


def inbox_position(connection: DuckDBPyConnection, inbox_id: str) -> int:
    """The watermark: the last of the inbox's delivery ids that is loaded, 0 when none is."""
    positions = _inbox_positions(connection)
    return positions.get(inbox_id, 0)


def incoming(deliveries: Sequence[Delivery], first_id: int) -> pl.DataFrame:
    """The deliveries, shaped as `staging` expects them and numbered on from `first_id`."""
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


def refresh_marts(connection: DuckDBPyConnection, event_ids: Sequence[str], repeat_policy: RepeatPolicy) -> None:
    """Make every table of facts and engagement anew for these events, and for no others."""
    for group in _passes(connection, event_ids):
        actions = connection.sql(
            "SELECT * FROM staging.actions WHERE event_id IN (SELECT unnest($events))",
            params={"events": group},
        ).pl()
        for name, rows in marts.derive(actions, repeat_policy).items():
            connection.execute(f"DELETE FROM main.{name} WHERE event_id IN (SELECT unnest($events))", {"events": group})
            connection.register("derived", rows)
            connection.execute(f"INSERT INTO main.{name} BY NAME SELECT * FROM derived")
            connection.unregister("derived")


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


def _passes(connection: DuckDBPyConnection, event_ids: Sequence[str]) -> Iterator[list[str]]:
    sizes = connection.sql(
        "SELECT event_id, count(*) FROM staging.actions WHERE event_id IN (SELECT unnest($events)) "
        "GROUP BY event_id ORDER BY event_id",
        params={"events": event_ids},
    ).fetchall()
    group: list[str] = []
    group_size = 0
    for event_id, size in sizes:
        if group and group_size + size > ACTIONS_PER_PASS:
            yield group
            group, group_size = [], 0
        group.append(event_id)
        group_size += size
    if group:
        yield group


def _inbox_positions(connection: DuckDBPyConnection) -> dict[str, int]:
    row = connection.sql("SELECT inbox_positions FROM raw.loads ORDER BY load_id DESC LIMIT 1").fetchone()
    return row[0] if row else {}


def _last_delivery_id(connection: DuckDBPyConnection) -> int:
    (last,) = connection.sql(
        "SELECT greatest((SELECT max(delivery_id) FROM raw.deliveries), (SELECT max(delivery_id) FROM raw.quarantine))"
    ).fetchall()[0]
    return last or 0


def _record(
    connection: DuckDBPyConnection, batches: Sequence[Absorbed], inbox_id: str, position: int, started: float
) -> Publication:
    (load_id,) = connection.sql("SELECT coalesce(max(load_id), 0) + 1 FROM raw.loads").fetchall()[0]
    publication = Publication(
        load_id=load_id,
        delivery_count=sum(batch.delivery_count for batch in batches),
        duplicate_count=sum(batch.duplicate_count for batch in batches),
        quarantine_count=sum(batch.quarantine_count for batch in batches),
        duration_seconds=time.monotonic() - started,
        inbox_position=position,
    )
    positions = _inbox_positions(connection) | {inbox_id: position}
    connection.execute(
        "INSERT INTO raw.loads SELECT ?, ?, ?, ?, ?, ?, map(?, ?)",
        [
            publication.load_id,
            datetime.now(UTC),
            *publication[1:5],
            list(positions),
            list(positions.values()),
        ],
    )
    return publication


def _prune(inbox: Inbox, position: int, retention: timedelta) -> None:
    received_before = datetime.now(UTC) - retention
    pruned = inbox.prune(loaded_up_to=position, received_before=int(received_before.timestamp() * 1_000_000))
    if pruned:
        log.info("forgot %d deliveries of the inbox that are loaded and older than %d days", pruned, retention.days)
