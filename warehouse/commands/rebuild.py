"""Rebuilding: every other table again from the texts in `raw.deliveries` and `raw.quarantine`, by the same code.

Deliveries keep their numbers, their times of receipt and the books of their loading. It is how an older schema
version is upgraded, and how a person is erased: the new file never saw them.
"""

import time
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import speaker_names
from warehouse.pipeline import take_in
from warehouse.schema import quoted
from warehouse.settings import WarehouseSettings
from warehouse.staging.batches import BATCH_BYTES, BATCH_COUNT, TEXTS_AS_VIEWS, Batch, incoming_again
from warehouse.storage import files, load_log, publish, reader

# What is read is read once, in order.
READER_MEMORY_LIMIT = "256MB"

Progress = Callable[[int, int], None]

# Bytes that were no UTF-8 are stored as a rendering of them; that their hash is another one tells.
STORED = """
CREATE OR REPLACE TEMP VIEW stored AS
    SELECT delivery_id, received_at, body, NULL::VARCHAR AS body_sha256 FROM raw.deliveries
    UNION ALL
    SELECT delivery_id, received_at, body,
           CASE WHEN reason IN ('not_json', 'unloadable') AND action_id <> sha256(body) THEN action_id END
    FROM raw.quarantine;
"""

# The last id of a batch that starts at $first: bounded in count and in bytes, but at least one delivery.
BATCH_END = """
SELECT max(delivery_id)
FROM (
    SELECT delivery_id, sum(strlen(body)) OVER (ORDER BY delivery_id) - strlen(body) AS bytes_before
    FROM stored WHERE delivery_id BETWEEN $first AND $last
)
WHERE bytes_before < $max_bytes
"""

BATCH = """
FROM stored ANTI JOIN left_out USING (delivery_id) WHERE delivery_id BETWEEN $first AND $last
"""


def rebuild(
    settings: WarehouseSettings, *, without: Collection[int] = (), progress: Progress = lambda _done, _total: None
) -> int:
    """Publish a generation made from the latest one's texts, except deliveries `without`; return how many it read.

    Raises:
        FileNotFoundError: there is no warehouse yet.
        duckdb.Error: its texts can't be read.
    """
    latest = files.latest(settings.warehouse_path)
    if latest is None:
        raise FileNotFoundError(f"there is no warehouse at {settings.warehouse_path}")
    return publish.with_enough_memory(partial(_rebuild, settings, latest, without, progress))


def _rebuild(
    settings: WarehouseSettings, latest: Path, without: Collection[int], progress: Progress, memory: publish.Memory
) -> int:
    started = time.monotonic()
    count = 0
    with reader.connect(latest) as old, publish.empty_generation(settings.warehouse_path, memory) as connection:
        if memory == "usual":  # else DuckDB would keep whatever it has read of the old file
            old.execute(f"SET memory_limit = {quoted(READER_MEMORY_LIMIT)}")
        old.execute(TEXTS_AS_VIEWS)
        old.register("left_out", pl.DataFrame({"delivery_id": pl.Series(list(without), dtype=pl.Int64)}))
        old.execute(STORED)
        (last_id,) = old.sql("SELECT coalesce(max(delivery_id), 0) FROM stored").fetchall()[0]
        for absorbed, last in take_in(connection, _batches(old, last_id), settings.repeat_policy):
            count += absorbed.delivery_count
            progress(last, last_id)
        speaker_names.apply_names(connection, speaker_names.read_names(settings.speakers_path))
        load_log.copy_from(connection, old)
        if without:
            load_log.record(connection, started, erased_count=len(without))
    return count


def _batches(old: DuckDBPyConnection, last_id: int) -> Iterator[Batch]:
    """The stored deliveries."""
    first = 1
    while first <= last_id:
        last = first + BATCH_COUNT - 1
        [(end,)] = old.execute(BATCH_END, {"first": first, "last": last, "max_bytes": BATCH_BYTES}).fetchall()
        if end is not None:  # else none of these numbers is left
            # Sorted here: DuckDB would gather all the bodies to do so.
            rows = old.execute(BATCH, {"first": first, "last": end}).pl().sort("delivery_id")
            if len(rows):
                yield Batch(incoming_again(rows), end)
        first = (end or last) + 1
