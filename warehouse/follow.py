"""Following the inbox: publish as soon as there is something new, and rest as long as publishing took."""

import fcntl
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb

from warehouse.inbox import Inbox
from warehouse.loader import Publication, publish_new
from warehouse.settings import WarehouseSettings

LOCK_NAME = ".loader.lock"
POLL = timedelta(seconds=0.1)
# After a failure, such as a full disk: try again by itself, but not at every poll.
RETRY = timedelta(seconds=2)

log = logging.getLogger(__name__)


class LoaderBusy(Exception):  # noqa: N818 -- names what was found
    """Another loader holds this data directory."""


@contextmanager
def only_loader(data_dir: Path, stop: threading.Event | None = None) -> Iterator[None]:
    """Hold the lock that keeps the loader single; with `stop`, wait for it until that is set.

    Raises:
        LoaderBusy: another loader has it, and either there is no `stop` or it was set.
    """
    with (data_dir / LOCK_NAME).open("a") as lock:
        is_waiting = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if stop is None:
                    raise LoaderBusy from None
                if not is_waiting:
                    log.info("another loader is at work in %s; waiting until it ends", data_dir)
                    is_waiting = True
                if stop.wait(POLL.total_seconds()):
                    raise LoaderBusy from None
        yield


def follow(settings: WarehouseSettings, stop: threading.Event, is_wanted: Callable[[], bool] = lambda: True) -> None:
    """Publish whatever arrives, until `stop` is set or the loader is no longer wanted; failures are retried."""
    rest = 0.0
    watch = _Watch(settings)
    while is_wanted() and not stop.wait(max(rest, POLL.total_seconds())):
        started = time.monotonic()
        try:
            watch.publish_if_new()
        except (OSError, sqlite3.Error, duckdb.Error) as error:
            log.error("could not publish, trying again: %s", error)  # noqa: TRY400 -- one line, no stack trace
            rest = RETRY.total_seconds()
        else:
            rest = time.monotonic() - started


class _Watch:
    """What the loader knows to be published, so that a poll costs one look at the inbox and two at the disk."""

    def __init__(self, settings: WarehouseSettings) -> None:
        self._settings = settings
        self._published: tuple[object, ...] | None = None

    def publish_if_new(self) -> None:
        if not self._settings.inbox_path.exists():
            return
        with closing(Inbox(self._settings.inbox_path)) as inbox:
            names = _modified(self._settings.speakers_path)
            if self._published == (inbox.inbox_id, inbox.last_id(), names) and self._settings.warehouse_path.exists():
                return
            publication = publish_new(inbox, self._settings)
            self._published = (inbox.inbox_id, publication.inbox_position, names)
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
