"""Forwarding what arrives at this host to the shared inbox of a lake."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from socket import gethostname

from warehouse.inbox.forward import LIMITS, Limits, forward, loaded_up_to
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.postgres import CatalogError, make_tables, session
from warehouse.settings import LakeSettings, WarehouseSettings

POLL = timedelta(seconds=0.1)
# PostgreSQL may be away for long. The host accepts deliveries meanwhile.
RETRY = timedelta(seconds=2)
PRUNE_EVERY = timedelta(minutes=1)
# What was accepted just before the receiver ended would wait on this host until its next start.
LAST_PASS = timedelta(seconds=2)

log = logging.getLogger(__name__)


def forward_once(
    settings: WarehouseSettings, lake: LakeSettings, limits: Limits = LIMITS, max_time: timedelta = timedelta.max
) -> int:
    """Forward what waits by now; return how many deliveries that were. No batch begins after `max_time`.

    Raises:
        CatalogError: PostgreSQL can't be reached, or refuses.
    """
    count, started = 0, time.monotonic()
    with session(lake.catalog, "forwarder") as postgres, closing(Inbox(settings.inbox_path)) as inbox:
        make_tables(postgres)
        last_id, inbox_id = inbox.last_id(), inbox.inbox_id
        while True:
            done = forward(inbox, postgres, gethostname(), limits)
            count += done.delivery_count
            is_renewed, inbox_id = inbox.inbox_id != inbox_id, inbox.inbox_id
            noted = inbox.notes.last_load()
            is_over = noted is not None and noted.position >= last_id
            if (not done.delivery_count or is_over) and not is_renewed:
                return count
            if time.monotonic() - started > max_time.total_seconds():
                return count


def follow(
    settings: WarehouseSettings,
    lake: LakeSettings,
    stop: threading.Event,
    is_wanted: Callable[[], bool] = lambda: True,
    limits: Limits = LIMITS,
) -> None:
    """Forward whatever arrives, until the forwarder is no longer wanted, or `stop` is set: then what waits by now.

    Failures are retried.
    """
    log.info("forwarding whatever arrives in %s", settings.inbox_path)
    outage = _Outage()
    while is_wanted() and not stop.is_set():
        try:
            _follow_session(settings, lake, stop, is_wanted, outage, limits)
        except (CatalogError, sqlite3.Error, OSError) as error:
            outage.goes_on(error)
            stop.wait(RETRY.total_seconds())
    if is_wanted() and not outage.is_there:
        with suppress(CatalogError, sqlite3.Error, OSError):  # the next start forwards it
            forward_once(settings, lake, limits, LAST_PASS)


class _Outage:
    """A time in which nothing can be forwarded. Its beginning and its end are said, and not each attempt."""

    def __init__(self) -> None:
        self.is_there = False

    def goes_on(self, error: Exception) -> None:
        if not self.is_there:
            log.error("can't forward, trying again every %d s: %s", RETRY.seconds, error)
        self.is_there = True

    def is_over(self) -> None:
        if self.is_there:
            log.info("forwarding again")
        self.is_there = False


def _follow_session(  # noqa: PLR0913, PLR0917 -- what `follow` was given, and the outage
    settings: WarehouseSettings,
    lake: LakeSettings,
    stop: threading.Event,
    is_wanted: Callable[[], bool],
    outage: _Outage,
    limits: Limits,
) -> None:
    """The same, until the session or the inbox fails."""
    is_full = False
    pruned_at = time.monotonic()
    with session(lake.catalog, "forwarder") as postgres:
        make_tables(postgres)
        while is_wanted() and not stop.is_set():
            with closing(Inbox(settings.inbox_path)) as inbox:
                done = forward(inbox, postgres, gethostname(), limits)
                outage.is_over()
                if done.is_full and not is_full:
                    log.warning("the shared inbox is full: forwarding pauses until the loader has caught up")
                is_full = done.is_full
                if time.monotonic() - pruned_at > PRUNE_EVERY.total_seconds():
                    pruned_at = time.monotonic()
                    received_before = datetime.now(UTC) - settings.inbox_retention
                    inbox.prune(
                        loaded_up_to=loaded_up_to(inbox, postgres),
                        received_before=int(received_before.timestamp() * 1_000_000),
                    )
            if not done.delivery_count:
                stop.wait(POLL.total_seconds())
