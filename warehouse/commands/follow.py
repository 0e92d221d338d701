"""Following the inbox: publish as soon as there is something new, at the pace that the machine can spare."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow.dataset  # noqa: F401 -- DuckDB imports it for the first deliveries, and they would wait half a second

from warehouse.commands.load import publish_new
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage.load_log import Publication
from warehouse.storage.lock import LoaderBusy, only_writer

POLL = timedelta(seconds=0.1)
# After a failure, such as a full disk: try again by itself, but not at every poll.
RETRY = timedelta(seconds=2)
# Someone else may publish, rebuild or erase for long: look again whether this loader is still wanted.
TURN = timedelta(seconds=1)
# Of one core, on average: the rest of the machine belongs to the receiver and to who reads.
CORE_SHARE = 0.5

log = logging.getLogger(__name__)


def follow(settings: WarehouseSettings, stop: threading.Event, is_wanted: Callable[[], bool] = lambda: True) -> None:
    """Publish whatever arrives, until `stop` is set or the loader is no longer wanted; failures are retried.

    Raises:
        publish.NewerWarehouse: the warehouse is of a schema version that this program does not know.
    """
    rest = 0.0
    watch = _Watch(settings)
    while is_wanted() and not stop.wait(max(rest, POLL.total_seconds())):
        started, used = time.monotonic(), time.process_time()
        try:
            watch.publish_if_new()
        except LoaderBusy:
            rest = 0.0
        except (OSError, sqlite3.Error, duckdb.Error) as error:
            log.error("could not publish, trying again: %s", error)  # noqa: TRY400 -- one line, no stack trace
            rest = RETRY.total_seconds()
        else:
            rest = pause(time.process_time() - used, time.monotonic() - started)


def pause(core_seconds: float, seconds: float) -> float:
    """How long to rest, in seconds, after work that took so long and so much of the cores."""
    return max(0.0, core_seconds / CORE_SHARE - seconds)


class _Watch:
    """What the loader knows to be published, so that a poll costs one look at the inbox and two at the disk."""

    def __init__(self, settings: WarehouseSettings) -> None:
        self._settings = settings
        self._published: tuple[object, ...] | None = None
        self._position = 0

    def publish_if_new(self) -> None:
        if not self._settings.inbox_path.exists():
            return
        with closing(Inbox(self._settings.inbox_path)) as inbox:
            names = _modified(self._settings.speakers_path)
            # An inbox that has forgotten all it held ends before what was loaded of it.
            is_new = inbox.last_id() > self._position or self._published != (inbox.inbox_id, names)
            if not is_new and self._settings.warehouse_path.exists():
                return
            with only_writer(self._settings.data_dir, TURN):
                publication = publish_new(inbox, self._settings)
            self._published, self._position = (inbox.inbox_id, names), publication.inbox_position
        log_publication(publication)


def log_publication(publication: Publication) -> None:
    """One line about what was published."""
    log.info(
        "published load %d: %d deliveries (%d duplicates, %d quarantined) in %.2f s",
        publication.load_id,
        publication.delivery_count,
        publication.duplicate_count,
        publication.quarantine_count,
        publication.duration_seconds,
    )


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
