"""Rebuilding: every other table again from the texts in `raw.deliveries` and `raw.quarantine`, by the same pipeline.

Deliveries keep their ids, their times of receipt and their entries in the load log. A rebuild upgrades a file of an
older schema version, and erases a person: the new file never saw them.
"""

import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from functools import partial

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse import pipeline, schema
from warehouse.limits import DEFAULT_LIMITS, Limits
from warehouse.marts import names
from warehouse.memory import limit_bytes
from warehouse.schema import quoted
from warehouse.settings import RepeatPolicy, WarehouseSettings
from warehouse.staging.batches import Batch, batch_of_stored
from warehouse.staging.parse import MEGABYTE, TOO_LARGE_DETAIL, leave_unread
from warehouse.staging.store import Stored
from warehouse.storage import Storage, load_log, repeat_policy, storage_of
from warehouse.storage.enough_memory import Memory, with_enough_memory
from warehouse.storage.protocol import Progress
from warehouse.storage.versions import require_warehouse

# A body that was no UTF-8 is stored as a rendering: its action id is then another hash than the rendering's. What made
# polars fail has the action id that it came with.
STORED = """
CREATE OR REPLACE TEMP VIEW stored AS
    SELECT delivery_id, {load_id} AS load_id, received_at, body, NULL::VARCHAR AS body_sha256 FROM raw.deliveries
    UNION ALL
    SELECT delivery_id, {load_id} AS load_id, received_at, body,
           CASE WHEN reason IN ('not_json', 'unloadable') AND action_id <> sha256(body)
                     AND regexp_full_match(action_id, '[0-9a-f]{{64}}') THEN action_id END
    FROM raw.quarantine;
"""

# Files of older versions tell neither the load of a delivery nor its repeats.
FIRST_WITH_LOAD_IDS = 11
# Those of erased deliveries go with them.
REPEATS = """
INSERT INTO raw.repeats BY NAME
    FROM old_repeats SEMI JOIN (
        SELECT delivery_id AS first_delivery_id FROM raw.deliveries UNION ALL SELECT delivery_id FROM raw.quarantine
    ) USING (first_delivery_id)
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

# Deliveries that ended a loader with as much memory as there is now, or more.
TOO_LARGE = rf"""
SELECT delivery_id FROM raw.quarantine
WHERE reason = 'unloadable'
  AND TRY_CAST(regexp_extract(detail, '^{TOO_LARGE_DETAIL.format("([0-9]+)")}$', 1) AS BIGINT) >= $megabytes
"""

BATCH = """
FROM stored ANTI JOIN left_out USING (delivery_id) WHERE delivery_id BETWEEN $first AND $last
"""


def rebuild(
    settings: WarehouseSettings,
    *,
    policy: RepeatPolicy | None = None,
    without: Collection[int] = (),
    progress: Progress = lambda _done, _total: None,
    limits: Limits = DEFAULT_LIMITS,
) -> int:
    """Publish a generation made from the latest one's texts, except deliveries `without`; return how many it read.

    The new file has the repeat policy `policy`, else that of the latest one, else that of the settings.

    One of an older release is upgraded thereby, and everybody sees how far that is.

    Raises:
        WarehouseMissing: there is no warehouse yet.
        NoWarehouse: another program made what is there.
        duckdb.Error: its texts can't be read.
    """
    storage = storage_of(settings)
    with storage.connect_latest() as latest:
        require_warehouse(latest)
        version = schema.version(latest)
    with ExitStack() as announced:
        if version < schema.SCHEMA_VERSION:
            progress = _both(announced.enter_context(storage.upgrading(version)), progress)
        return with_enough_memory(partial(_rebuild, settings, storage, policy, without, progress, limits))


def _both(first: Progress, second: Progress) -> Progress:
    def tell(done: int, total: int) -> None:
        first(done, total)
        second(done, total)

    return tell


def _rebuild(  # noqa: PLR0913, PLR0917 -- what `rebuild` was given, and the memory of this attempt
    settings: WarehouseSettings,
    storage: Storage,
    policy: RepeatPolicy | None,
    without: Collection[int],
    progress: Progress,
    limits: Limits,
    memory: Memory,
) -> int:
    started = time.monotonic()
    count = duplicate_count = 0
    with storage.connect_latest() as old, storage.empty_generation(memory) as connection:
        if memory == "usual":  # else DuckDB would keep all that it has read of the old file
            old.execute(f"SET memory_limit = {quoted(limits.reader_memory)}")
        old.register("left_out", pl.DataFrame({"delivery_id": pl.Series(list(without), dtype=pl.Int64)}))
        has_load_ids = schema.version(old) >= FIRST_WITH_LOAD_IDS
        old.execute(STORED.format(load_id="load_id" if has_load_ids else "NULL::BIGINT"))
        policy = policy or repeat_policy.stored(old) or settings.repeat_policy
        repeat_policy.require(connection, policy)
        (last_id,) = old.sql("SELECT coalesce(max(delivery_id), 0) FROM stored").fetchall()[0]

        def on_batch(stored: Stored) -> None:
            nonlocal count, duplicate_count
            count += stored.delivery_count
            duplicate_count += stored.duplicate_count
            progress(stored.position, last_id)

        too_large = [row[0] for row in old.execute(TOO_LARGE, {"megabytes": limit_bytes() // MEGABYTE}).fetchall()]
        batches = _read_stored(old, last_id, limits)
        if too_large:
            batches = (leave_unread(batch, too_large) for batch in batches)
        pipeline.run(connection, batches, policy, on_batch, limits, memory)
        is_current = settings.lake and schema.version(old) == schema.SCHEMA_VERSION
        names.apply(connection, settings.data_dir, names.stored(old) if is_current else names.NOTHING_KEPT)
        load_log.copy_from(connection, old)
        if has_load_ids:
            _copy_repeats(connection, old)
        if without or duplicate_count:  # an older release had quarantined these repeats
            counts = load_log.Counts(duplicate_count=duplicate_count, erased_count=len(without))
            load_log.record(connection, started, counts)
    return count


def _copy_repeats(connection: DuckDBPyConnection, old: DuckDBPyConnection) -> None:
    connection.register("old_repeats", old.sql("FROM raw.repeats").to_arrow_reader())
    connection.execute(REPEATS)
    connection.unregister("old_repeats")


def _read_stored(old: DuckDBPyConnection, last_id: int, limits: Limits) -> Iterator[Batch]:
    """The stored deliveries, in batches."""
    first = 1
    while first <= last_id:
        last = first + limits.batch_count - 1
        bounds = {"first": first, "last": last, "max_bytes": limits.batch_bytes}
        [(end,)] = old.execute(BATCH_END, bounds).fetchall()
        if end is not None:  # else none of these ids is left
            # Sorted here: DuckDB would gather all the bodies to sort them.
            rows = old.execute(BATCH, {"first": first, "last": end}).pl().sort("delivery_id")
            if len(rows):
                yield batch_of_stored(rows, end)
        first = (end or last) + 1
