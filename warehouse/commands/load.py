"""Loading: new deliveries of the inbox into the next generation of the warehouse, each exactly once.

How far the inbox has been read is written in the same file as the rows, for each inbox's identity. A crash leaves both
or neither.
"""

import logging
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from warehouse import pipeline
from warehouse.commands.attempts import Attempts
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.notes import DUPLICATE, STORED, LastLoad, Outcome
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import DEFAULT_LIMITS, Limits
from warehouse.marts import names
from warehouse.settings import WarehouseSettings
from warehouse.staging.batches import read_inbox
from warehouse.staging.parse import leave_unread
from warehouse.staging.store import Stored
from warehouse.storage import Storage, load_log, repeat_policy, storage_of
from warehouse.storage.enough_memory import Memory, with_enough_memory
from warehouse.storage.errors import DamagedWarehouse, OlderVersion, OtherVersion, WarehouseMissing
from warehouse.storage.load_log import Load
from warehouse.storage.versions import require_current_version

log = logging.getLogger(__name__)


def load(
    inbox: Inbox, settings: WarehouseSettings, limits: Limits = DEFAULT_LIMITS, attempts: Attempts | None = None
) -> Load:
    """Publish a generation with the inbox's next deliveries, then prune deliveries that are old and loaded twice over.

    Publishes even when nothing is new: an empty warehouse comes to be this way.
    A generation of an older schema version is upgraded first. A damaged generation is kept aside. The generation before
    it, which has read less of the inbox, or else an empty one, then loads again what the inbox still holds.

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
                done, read_before, outcomes = with_enough_memory(
                    partial(_load, inbox, storage, settings, limits, attempts)
                )
            break
        except DamagedWarehouse as damage:
            aside = storage.keep_aside(damage)
            log.error("%s; kept as %s; going on without it", damage, aside)  # noqa: TRY400 -- handled
        except OlderVersion:
            rebuild(settings, limits=limits)
    attempts.succeed(done.delivery_count)
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    inbox.notes.add_load(LastLoad(done.inbox_position, now, done.duration_seconds), outcomes)
    for name in storage.forget_ways_back(limits.way_back):
        log.info("removed %s, the file from before an upgrade", name)
    if storage.ways_back():  # an older release that goes on from there needs what came since
        return done
    try:
        _prune(inbox, read_before, settings.inbox_retention)
    except sqlite3.DatabaseError as error:  # damaged in a part that is loaded already: the receiver repairs it
        log.error("could not prune the inbox: %s", error)  # noqa: TRY400 -- one line
    return done


def is_anything_new(inbox: Inbox, settings: WarehouseSettings) -> bool:
    """Whether a load has something to do: deliveries, names of speakers, or a file that it must make or upgrade."""
    storage = storage_of(settings)
    try:
        generation = storage.generation()
        with storage.connect() as connection:
            require_current_version(connection)
            its_policy = repeat_policy.stored(connection)
            position = load_log.inbox_positions(connection).get(inbox.inbox_id, 0)
            has_names = {
                file: connection.sql(f"SELECT count({file.header[1]}) FROM {file.thing}s").fetchall() != [(0,)]
                for file in names.NAME_FILES
            }
    except (WarehouseMissing, OtherVersion, FileNotFoundError, duckdb.Error):
        return True
    published_at = generation.published_ns if generation else 0
    are_names_new = any(_is_new(settings.data_dir / file.name, published_at, has_names[file]) for file in has_names)
    is_inbox_new = inbox.last_id() > position or inbox.is_behind(position)
    return is_inbox_new or are_names_new or its_policy != settings.repeat_policy


def _is_new(path: Path, published_at: int, has_names: bool) -> bool:  # noqa: FBT001 -- a fact about the warehouse
    """Whether the file with names has changed since the warehouse was published."""
    try:
        # The time of the last change of any kind: a file that is moved here keeps its time of writing.
        return path.stat().st_ctime_ns > published_at
    except OSError:  # there is none, or nobody can read it
        return has_names


def _load(  # noqa: PLR0913, PLR0917 -- what `load` was given, and the memory of this attempt
    inbox: Inbox, storage: Storage, settings: WarehouseSettings, limits: Limits, attempts: Attempts, memory: Memory
) -> tuple[Load, int, dict[Outcome, int]]:
    """The load, how far the generation before had read the inbox, and what became of the deliveries.

    The generation before stays as a second copy.
    """
    started = time.monotonic()
    stored = list[Stored]()
    with storage.new_generation(memory) as connection:
        repeat_policy.require(connection, settings.repeat_policy)
        read_before = _read_before(connection, inbox)
        # What arrives from now on is for the next load: somebody waits for this one.
        last = inbox.last_id()
        inbox.announce_load(last)
        inbox.settle()
        waiting_count = max(0, min(last - read_before, limits.deliveries_per_load))
        attempt = attempts.begin(inbox.inbox_id, read_before, waiting_count)
        if attempt.max_count < waiting_count:
            limits = limits.at_most(attempt.max_count)
        ids = load_log.next_ids(connection)
        batches = read_inbox(inbox, read_before, last, ids, limits)
        if attempt.is_hopeless:
            batches = map(leave_unread, batches)
        pipeline.run(
            connection, islice(batches, limits.batches_per_load), settings.repeat_policy, stored.append, limits
        )
        names.apply(connection, settings.data_dir)
        counts = load_log.Counts(
            delivery_count=sum(batch.delivery_count for batch in stored),
            duplicate_count=sum(batch.duplicate_count for batch in stored),
            quarantine_count=sum(batch.quarantine_count for batch in stored),
        )
        position = stored[-1].position if stored else read_before
        done = load_log.record(connection, started, counts, (inbox.inbox_id, position))
        outcomes = _outcomes(connection, counts, ids.delivery_id)
    return done, read_before, outcomes


def _read_before(connection: DuckDBPyConnection, inbox: Inbox) -> int:
    """How far this inbox has been read. An older copy of it, which somebody put back, is read again in full."""
    position = load_log.inbox_positions(connection).get(inbox.inbox_id, 0)
    if not inbox.is_behind(position):
        return position
    log.error(
        "the inbox is an older copy: the warehouse has read it up to delivery %d, which it never gave to a load; "
        "it gets a new identity and is read in full, and repeats are dropped as duplicates",
        position,
    )
    inbox.renew()
    return 0


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


def _prune(inbox: Inbox, position: int, retention: timedelta) -> None:
    received_before = datetime.now(UTC) - retention
    pruned = inbox.prune(loaded_up_to=position, received_before=int(received_before.timestamp() * 1_000_000))
    if pruned:
        log.info("forgot %d deliveries of the inbox that are loaded and older than %d days", pruned, retention.days)
