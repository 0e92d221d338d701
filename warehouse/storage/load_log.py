"""The load log: one row of `raw.loads` for each load, and how far each inbox has been read."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from duckdb import DuckDBPyConnection

NOTHING_READ: Mapping[str, int] = MappingProxyType({})


class Counts(NamedTuple):
    """What became of the deliveries of a load: columns of `raw.loads`."""

    delivery_count: int = 0
    duplicate_count: int = 0
    quarantine_count: int = 0
    erased_count: int = 0


class Load(NamedTuple):
    """What a load read and stored; `positions` are the watermarks of all inboxes afterwards, by their ids."""

    load_id: int
    delivery_count: int
    duplicate_count: int
    quarantine_count: int
    duration_seconds: float
    positions: dict[str, int]


class NextIds(NamedTuple):
    """The ids of the next load and of its first delivery."""

    load_id: int
    delivery_id: int


def inbox_positions(connection: DuckDBPyConnection) -> dict[str, int]:
    """The watermark of each inbox, by the inbox's id: the last of its delivery ids that is loaded."""
    row = connection.sql("SELECT inbox_positions FROM raw.loads ORDER BY load_id DESC LIMIT 1").fetchone()
    return row[0] if row else {}


def go_on_as(connection: DuckDBPyConnection, inbox_id: str, position: int) -> None:
    """Note that an inbox is loaded up to the position: one whose deliveries another identity of it brought."""
    connection.execute(
        "UPDATE raw.loads SET inbox_positions = map_concat(inbox_positions, map([?::VARCHAR], [?::BIGINT])) "
        "WHERE load_id = (SELECT max(load_id) FROM raw.loads)",
        [inbox_id, position],
    )


def next_ids(connection: DuckDBPyConnection) -> NextIds:
    """Ids above all that the warehouse has, from 1 on."""
    return NextIds(
        *connection.sql("""
            SELECT coalesce((SELECT max(load_id) FROM raw.loads), 0) + 1,
                   coalesce(greatest((SELECT max(delivery_id) FROM raw.deliveries),
                                     (SELECT max(delivery_id) FROM raw.repeats),
                                     (SELECT max(delivery_id) FROM raw.quarantine)), 0) + 1
        """).fetchall()[0]
    )


def copy_from(connection: DuckDBPyConnection, old: DuckDBPyConnection) -> None:
    """Take over the load log of another warehouse, which may have an older schema version."""
    connection.register("old_loads", old.sql("FROM raw.loads").to_arrow_table())
    connection.execute("""
        INSERT INTO raw.loads BY NAME FROM old_loads;
        UPDATE raw.loads SET erased_count = 0 WHERE erased_count IS NULL;
    """)
    connection.unregister("old_loads")


def record(
    connection: DuckDBPyConnection,
    started: float,
    counts: Counts,
    read_up_to: Mapping[str, int] = NOTHING_READ,
) -> Load:
    """Add the row of a load that began at `started`, in seconds of `time.monotonic`.

    `read_up_to`: the last delivery id read from each inbox, by the inbox's id.
    """
    load = Load(
        load_id=next_ids(connection).load_id,
        delivery_count=counts.delivery_count,
        duplicate_count=counts.duplicate_count,
        quarantine_count=counts.quarantine_count,
        duration_seconds=time.monotonic() - started,
        positions=inbox_positions(connection) | dict(read_up_to),
    )
    connection.execute(
        "INSERT INTO raw.loads SELECT ?, ?, ?, ?, ?, ?, ?, map(?::VARCHAR[], ?::BIGINT[])",
        [
            load.load_id,
            datetime.now(UTC),
            *counts,
            load.duration_seconds,
            list(load.positions),
            list(load.positions.values()),
        ],
    )
    return load
