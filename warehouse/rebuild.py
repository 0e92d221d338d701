"""Rebuilding: every other table again from the texts in `raw.deliveries` and `raw.quarantine`, by the same code.

Deliveries keep their numbers, their times of receipt and the books of their loading. It is how an older schema
version is upgraded, and how a person is erased: the new file never saw them.
"""

import time
from collections.abc import Callable, Collection, Iterator

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse import loads, publish, speakers
from warehouse.absorb import absorb
from warehouse.refresh import refresh_marts
from warehouse.schema import quoted
from warehouse.settings import WarehouseSettings

BATCH_COUNT = 50_000
BATCH_BYTES = 128 * 1024 * 1024

Progress = Callable[[int, int], None]

# Bytes that were no UTF-8 are stored as a rendering of them; that their hash is another one tells.
STORED = """
CREATE OR REPLACE TEMP VIEW stored AS
    SELECT delivery_id, received_at, body, NULL AS body_sha256 FROM old.raw.deliveries
    UNION ALL
    SELECT delivery_id, received_at, body,
           CASE WHEN reason IN ('not_json', 'unloadable') AND action_id <> sha256(body) THEN action_id END
    FROM old.raw.quarantine;
CREATE OR REPLACE TEMP VIEW incoming AS FROM stored ANTI JOIN left_out USING (delivery_id);
"""

# The last id of a batch that starts at $first: bounded in count and in bytes, but at least one delivery.
BATCH_END = """
SELECT max(delivery_id)
FROM (
    SELECT delivery_id, sum(strlen(body)) OVER (ORDER BY delivery_id) - strlen(body) AS bytes_before
    FROM stored WHERE delivery_id BETWEEN $first AND $last
)
WHERE bytes_before < $most_bytes
"""


def rebuild(
    settings: WarehouseSettings, *, without: Collection[int] = (), progress: Progress = lambda _done, _total: None
) -> int:
    """Publish a generation made from the latest one's texts, except deliveries `without`; return how many it read.

    Raises:
        FileNotFoundError: there is no warehouse yet.
        duckdb.Error: its texts can't be read.
    """
    started = time.monotonic()
    latest = publish.latest_generation(settings.warehouse_path)
    if latest is None:
        raise FileNotFoundError(f"there is no warehouse at {settings.warehouse_path}")
    with publish.empty_generation(settings.warehouse_path) as connection:
        connection.execute(f"ATTACH {quoted(str(latest))} AS old (READ_ONLY)")
        connection.register("left_out", pl.DataFrame({"delivery_id": pl.Series(list(without), dtype=pl.Int64)}))
        connection.execute(STORED)
        (last_id,) = connection.sql("SELECT coalesce(max(delivery_id), 0) FROM stored").fetchall()[0]
        event_ids: set[str] = set()
        count = 0
        for first, last in _batches(connection, last_id):
            absorbed = absorb(connection, first, last)
            event_ids |= absorbed.event_ids
            count += absorbed.delivery_count
            connection.execute("CHECKPOINT warehouse")
            progress(last, last_id)
        refresh_marts(connection, sorted(event_ids), settings.repeat_policy)
        speakers.apply_names(connection, speakers.read_names(settings.speakers_path))
        loads.copy_from(connection, "old")
        if without:
            loads.record(connection, started, erased_count=len(without))
        connection.execute("DROP VIEW incoming; DROP VIEW stored; DETACH old")
    return count


def _batches(connection: DuckDBPyConnection, last_id: int) -> Iterator[tuple[int, int]]:
    first = 1
    while first <= last_id:
        last = first + BATCH_COUNT - 1
        (end,) = connection.execute(BATCH_END, {"first": first, "last": last, "most_bytes": BATCH_BYTES}).fetchall()[0]
        if end is not None:  # else none of these numbers is left
            yield first, end
        first = (end or last) + 1
