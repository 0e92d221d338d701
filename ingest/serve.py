"""`ingest serve`: the receiver's process, from its first check to its last delivery."""

import asyncio
import errno
import gc
import logging
import os
import resource
import signal
import socket
import sqlite3
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from ingest.app import create_app
from ingest.group_commit import GroupCommit
from ingest.http_server import HttpServer, bind
from ingest.metrics import Metrics
from ingest.settings import ReceiverSettings
from ingest.supervisor import supervise_loader
from warehouse.inbox import InboxTooNew

# Python's own 5 ms would be added to each hand-over between the event loop's and the inbox's threads.
SWITCH_INTERVAL_SECONDS = 0.0005
# What was accepted needs milliseconds; who reads this long later has a disk that hangs.
MOST_SECONDS_TO_END = 20

log = logging.getLogger(__name__)


class CannotServe(Exception):  # noqa: N818 -- names what was found
    """The receiver can't start here; the message is for the operator."""


def serve(settings: ReceiverSettings) -> None:
    """Receive deliveries, and keep a loader at work, until SIGTERM or Ctrl-C.

    Raises:
        CannotServe: the port is taken, or DATA_DIR can't be written.
    """
    listener = open_port(settings)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    uvloop.run(_serve(settings, listener))


async def _serve(settings: ReceiverSettings, listener: socket.socket) -> None:
    metrics = Metrics()
    commit = open_inbox(settings, metrics)
    metrics.watch(settings.warehouse, lambda: commit.queue_depth)
    server = HttpServer(create_app(settings, commit, metrics))
    # What is here by now stays until the end: the garbage collector need not go through it again in a burst.
    gc.freeze()
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True
        # The last resort, against a connection or a disk that never finishes. Nothing acknowledged is lost by it.
        loop.call_later(MOST_SECONDS_TO_END, os._exit, 1)

    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop_signal, end)
    loader = asyncio.create_task(supervise_loader())
    log.info("receiving at http://%s:%d/webhooks/zuddl", settings.host, settings.port)
    try:
        await server.serve([listener])
    finally:
        await commit.close()
        loader.cancel()
        with suppress(asyncio.CancelledError):
            await loader
        log.info("stopped")


def open_inbox(settings: ReceiverSettings, metrics: Metrics) -> GroupCommit:
    """The inbox, ready to store, in a DATA_DIR that exists after this; a damaged one is kept aside, a new one begun.

    Raises:
        CannotServe: it can't be written.
    """
    data_dir, path = settings.warehouse.data_dir, settings.warehouse.inbox_path
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            return GroupCommit.open(path, metrics, settings.set_aside_max_bytes)
        except (InboxTooNew, sqlite3.OperationalError):
            raise
        except sqlite3.DatabaseError as error:
            kept = keep_aside(path)
            log.error("%s is damaged (%s); kept as %s, a new inbox is begun", path, error, kept)  # noqa: TRY400 -- one line
            return GroupCommit.open(path, metrics, settings.set_aside_max_bytes)
    except InboxTooNew as error:
        raise CannotServe(str(error)) from None
    except (OSError, sqlite3.Error) as error:
        raise CannotServe(f"DATA_DIR ({data_dir}) can't be written: {error}") from None


def keep_aside(inbox: Path) -> Path:
    """Rename a damaged inbox, with its companions, for `sqlite3 .recover`; nothing of it is deleted."""
    kept = inbox.with_name(f"inbox.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite")
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            inbox.with_name(inbox.name + suffix).rename(kept.with_name(kept.name + suffix))
    return kept


def open_port(settings: ReceiverSettings) -> socket.socket:
    """The receiver's own address.

    Raises:
        CannotServe: it is taken, or no address of this machine.
    """
    address = f"{settings.host}:{settings.port}"
    try:
        return bind(settings.host, settings.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(f"{address} is taken by another process; set PORT to a free one") from None
        raise CannotServe(f"can't listen at {address}: {error.strerror}; check HOST and PORT") from None
