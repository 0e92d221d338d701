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
    is_away = False
    while is_wanted() and not stop.is_set():
        try:
            _follow_session(settings, lake, stop, is_wanted, limits)
        except (CatalogError, sqlite3.Error, OSError) as error:
            # Said once, and not at every attempt.
            if not is_away:
                log.error("can't forward, trying again every %d s: %s", RETRY.seconds, error)  # noqa: TRY400 -- one line
            is_away = True
            stop.wait(RETRY.total_seconds())
        else:
            is_away = False
    if is_wanted() and not is_away:
        with suppress(CatalogError, sqlite3.Error, OSError):  # the next start forwards it
            forward_once(settings, lake, limits, LAST_PASS)


def _follow_session(
    settings: WarehouseSettings,
    lake: LakeSettings,
    stop: threading.Event,
    is_wanted: Callable[[], bool],
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
