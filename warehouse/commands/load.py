"""Loading: new deliveries of the inboxes into the next generation of the warehouse, each exactly once.

How far each inbox has been read is published together with the rows. A crash leaves both or neither.
"""

import logging
import sqlite3
import time
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from warehouse import pipeline
from warehouse.commands.attempts import Attempt, Attempts
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.notes import DUPLICATE, STORED, Outcome
from warehouse.inbox.source import Inboxes, Loaded, Source
from warehouse.limits import DEFAULT_LIMITS, Limits
from warehouse.marts import names
from warehouse.settings import WarehouseSettings
from warehouse.staging.batches import read_sources
from warehouse.staging.parse import leave_unread
from warehouse.staging.store import Stored
from warehouse.storage import Storage, load_log, repeat_policy, storage_of
from warehouse.storage.enough_memory import Memory, with_enough_memory
from warehouse.storage.errors import DamagedWarehouse, OlderVersion, OtherVersion, WarehouseMissing
from warehouse.storage.load_log import Load
from warehouse.storage.versions import require_current_version

log = logging.getLogger(__name__)


def load(
    inboxes: Inboxes, settings: WarehouseSettings, limits: Limits = DEFAULT_LIMITS, attempts: Attempts | None = None
) -> Load:
    """Publish a generation with the next deliveries, then forget deliveries that need not be kept in their inbox.

    Publishes even when nothing is new: an empty warehouse comes to be this way.
    A generation of an older schema version is upgraded first. A damaged generation is kept aside. The generation before
    it, which has read less of the inboxes, or else an empty one, then loads again what they still hold.

    `attempts` are those of this process: they find a delivery that does not fit into memory.

    Raises:
        StartOver: memory ran out; a fresh process loads fewer deliveries at a time.
        NewerVersion: the warehouse has a schema version that this program does not know.
        repeat_policy.OtherPolicy: the warehouse has another repeat policy than the settings.
    """
    attempts = attempts or Attempts(settings.data_dir)
    storage = storage_of(settings)
    while True:
        try:
            with attempts.noted():
                done, loaded = with_enough_memory(partial(_load, inboxes, storage, settings, limits, attempts))
            break
        except DamagedWarehouse as damage:
            aside = storage.keep_aside(damage)
            log.error("%s; kept as %s; going on without it", damage, aside)  # noqa: TRY400 -- handled
        except OlderVersion:
            rebuild(settings, limits=limits)
    attempts.succeed(done.delivery_count)
    inboxes.note_load(loaded)
    for name in storage.forget_ways_back(limits.way_back):
        log.info("removed %s, the file from before an upgrade", name)
    if storage.ways_back():  # an older release that goes on from there needs what came since
        return done
    try:
        forgotten = inboxes.forget_loaded(loaded, settings.inbox_retention)
    except sqlite3.DatabaseError as error:  # damaged in a part that is loaded already: the receiver repairs it
        log.error("could not prune the inbox: %s", error)  # noqa: TRY400 -- one line
    else:
        if forgotten:
            log.info("forgot %d deliveries of the inbox that are loaded and not kept any longer", forgotten)
    return done


def is_anything_new(inboxes: Inboxes, settings: WarehouseSettings) -> bool:
    """Whether a load has something to do: deliveries, names of speakers, or a file that it must make or upgrade."""
    storage = storage_of(settings)
    try:
        generation = storage.generation()
        with storage.connect() as connection:
            require_current_version(connection)
            its_policy = repeat_policy.stored(connection)
            positions = load_log.inbox_positions(connection)
            has_names = {
                file: connection.sql(f"SELECT count({file.header[1]}) FROM {file.thing}s").fetchall() != [(0,)]
                for file in names.NAME_FILES
            }
    except (WarehouseMissing, OtherVersion, FileNotFoundError, duckdb.Error):
        return True
    published_at = generation.published_ns if generation else 0
    if settings.lake:  # another host may have the file
        has_names = dict.fromkeys(has_names, False)
    are_names_new = any(_is_new(settings.data_dir / file.name, published_at, has_names[file]) for file in has_names)
    return inboxes.is_waiting(positions) or are_names_new or its_policy != settings.repeat_policy


def _is_new(path: Path, published_at: int, has_names: bool) -> bool:  # noqa: FBT001 -- a fact about the warehouse
    """Whether the file with names has changed since the warehouse was published."""
    try:
        # The time of the last change of any kind: a file that is moved here keeps its time of writing.
        return path.stat().st_ctime_ns > published_at
    except OSError:  # there is none, or nobody can read it
        return has_names


def _load(  # noqa: PLR0913, PLR0917 -- what `load` was given, and the memory of this attempt
    inboxes: Inboxes, storage: Storage, settings: WarehouseSettings, limits: Limits, attempts: Attempts, memory: Memory
) -> tuple[Load, Loaded]:
    """The load as the log has it, and as the inboxes are told."""
    started = time.monotonic()
    stored = list[Stored]()
    with storage.new_generation(memory) as connection:
        repeat_policy.require(connection, settings.repeat_policy)
        positions_before = load_log.inbox_positions(connection)
        sources = inboxes.begin_load(positions_before)
        waiting_count = min(sum(max(0, one.last - one.after) for one in sources), limits.deliveries_per_load)
        attempt = _attempt(attempts, sources, waiting_count)
        if attempt.max_count < waiting_count:
            limits = limits.at_most(attempt.max_count)
        ids = load_log.next_ids(connection)
        batches = read_sources(sources, ids, limits)
        if attempt.is_hopeless:
            batches = map(leave_unread, batches)
        pipeline.run(
            connection, islice(batches, limits.batches_per_load), settings.repeat_policy, stored.append, limits, memory
        )
        names.apply(connection, settings.data_dir, names.stored(connection) if settings.lake else names.NOTHING_KEPT)
        counts = load_log.Counts(
            delivery_count=sum(batch.delivery_count for batch in stored),
            duplicate_count=sum(batch.duplicate_count for batch in stored),
            quarantine_count=sum(batch.quarantine_count for batch in stored),
        )
        read_up_to = {source.inbox_id: source.after for source in sources}
        read_up_to |= {batch.inbox_id: batch.position for batch in stored}
        done = load_log.record(connection, started, counts, read_up_to)
        outcomes = _outcomes(connection, counts, ids.delivery_id)
    return done, Loaded(done.positions, positions_before, done.duration_seconds, outcomes)


def _attempt(attempts: Attempts, sources: list[Source], waiting_count: int) -> Attempt:
    """The attempt at the next deliveries of these inboxes. It is told apart by the first delivery that it reads."""
    first = next((source for source in sources if source.last > source.after), None)
    inbox_id, after = (first.inbox_id, first.after) if first else ("", 0)
    return attempts.begin(inbox_id, after, waiting_count)


def _outcomes(connection: DuckDBPyConnection, counts: load_log.Counts, first_id: int) -> dict[Outcome, int]:
    """What became of a load's deliveries, whose ids begin with the first one."""
    quarantined = connection.execute(
        "SELECT reason, count(*) FROM raw.quarantine WHERE delivery_id >= ? GROUP BY reason", [first_id]
    ).fetchall()
    return {
        STORED: counts.delivery_count - counts.duplicate_count - counts.quarantine_count,
        DUPLICATE: counts.duplicate_count,
        **{Outcome("quarantined", reason): count for reason, count in quarantined},
    }
