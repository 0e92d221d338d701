"""Following the inbox: load as soon as there is something new, at the pace that the machine can spare."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import duckdb

from warehouse.commands.attempts import Attempts
from warehouse.commands.inboxes import opened
from warehouse.commands.load import is_anything_new, load
from warehouse.counted import deliveries
from warehouse.inbox.source import Inboxes
from warehouse.marts.names import NAME_FILES
from warehouse.settings import WarehouseSettings
from warehouse.storage import Generation, storage_of
from warehouse.storage.errors import LoaderBusy, NewerVersion
from warehouse.storage.load_log import Load, inbox_positions
from warehouse.storage.one_line import one_line
from warehouse.storage.repeat_policy import OtherPolicy

POLL = timedelta(seconds=0.1)
# After a failure, such as a full disk: try again by itself, but not at every poll.
RETRY = timedelta(seconds=2)
# Another command may load, rebuild or erase for long. After this time the loader looks whether it is still wanted.
TURN = timedelta(seconds=1)
# The loader uses half a core on average. The rest of the machine belongs to the receiver and to readers.
CORE_SHARE = 0.5

log = logging.getLogger(__name__)


def follow(settings: WarehouseSettings, stop: threading.Event, is_wanted: Callable[[], bool] = lambda: True) -> None:
    """Load whatever arrives, until `stop` is set or the loader is no longer wanted. Failures are retried.

    A warehouse of another repeat policy, or of a newer release, is loaded into once somebody has changed the file.

    Raises:
        StartOver: memory ran out; a fresh process loads fewer deliveries at a time.
    """
    # DuckDB imports it for the first deliveries. They would wait for that, and other commands have no use for it.
    import_module("pyarrow.dataset")
    log.info("loading whatever arrives in %s", settings.lake.address if settings.lake else settings.inbox_path)
    rest = 0.0
    said = ""
    watch = _Watch(settings)
    while is_wanted() and not stop.wait(max(rest, POLL.total_seconds())):
        started, used = time.monotonic(), time.process_time()
        try:
            watch.load_if_new()
        except LoaderBusy:
            rest = 0.0
        except (OSError, sqlite3.Error, duckdb.Error) as error:
            reason = one_line(error, settings.lake)
            if reason != said:  # once, and not every two seconds while PostgreSQL is away
                log.error("could not load, trying again: %s", reason)  # noqa: TRY400 -- one line, no stack trace
            said = reason
            rest = RETRY.total_seconds()
        else:
            said = ""
            rest = pause(time.process_time() - used, time.monotonic() - started)


def pause(core_seconds: float, seconds: float) -> float:
    """How long to rest, in seconds, after work that took so long and so much of the cores."""
    return max(0.0, core_seconds / CORE_SHARE - seconds)


class _Watch:
    """What the loader has loaded, so that a poll costs one look at the inbox and two at the disk."""

    def __init__(self, settings: WarehouseSettings) -> None:
        self._settings = settings
        self._storage = storage_of(settings)
        self._attempts = Attempts(settings.data_dir)
        self._positions: Mapping[str, int] = {}
        self._named: list[int | None] | None = None
        self._refused: Generation | None = None

    def load_if_new(self) -> None:
        storage = self._storage
        if not storage.is_tidy():
            with storage.only_writer(TURN):
                storage.tidy()
        if self._refused and self._refused == storage.generation():
            return
        with opened(self._settings) as inboxes:
            if inboxes is None or not self._is_anything_new(inboxes):
                return
            named, before = self._names_now(), storage.generation()
            try:
                with storage.only_writer(TURN):
                    if not self._is_anything_new(inboxes):  # another host has loaded it meanwhile
                        return
                    done = load(inboxes, self._settings, attempts=self._attempts)
                    storage.maintain_if_due(done.load_id)
            except (OtherPolicy, NewerVersion) as refusal:
                # Said once for each generation: only a person can mend it. The next one may be right.
                log.error("%s", refusal)  # noqa: TRY400 -- one line
                self._refused = storage.generation()
                return
            except OSError:
                # What was published and could not be noted is not published again and again.
                if storage.generation() != before:
                    with storage.connect() as connection:
                        self._named, self._positions = named, inbox_positions(connection)
                raise
            self._named, self._positions = named, done.positions
        log_load(done)

    def _is_anything_new(self, inboxes: Inboxes) -> bool:
        if self._named is None and self._settings.lake:
            # Loaders of many hosts begin here. Each load of a lake takes seconds, and leaves files.
            if is_anything_new(inboxes, self._settings):
                return True
            self._named = self._names_now()
        return (
            self._names_now() != self._named or inboxes.has_news(self._positions) or self._storage.generation() is None
        )

    def _names_now(self) -> list[int | None]:
        return [_modified(self._settings.data_dir / file.name) for file in NAME_FILES]


def log_load(done: Load) -> None:
    """One line about a load. A quarantined delivery is a warning: it does not count until somebody has looked."""
    log.log(
        logging.WARNING if done.quarantine_count else logging.INFO,
        "published load %d: %s (%d duplicates, %d quarantined) in %.2f s",
        done.load_id,
        deliveries(done.delivery_count),
        done.duplicate_count,
        done.quarantine_count,
        done.duration_seconds,
    )


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # whatever is wrong with it, a load says
        return None
