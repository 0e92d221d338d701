"""Group commit: everything that waits goes into one transaction of the inbox, one fsync, and only then is answered.

One thread owns the inbox; the event loop hands bodies over and gets a future for each.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from warehouse.inbox import Inbox

# What may wait before the inbox; beyond it a delivery is refused, so that memory stays bounded.
MOST_WAITING = 10_000
MOST_WAITING_BYTES = 64 * 1024 * 1024

log = logging.getLogger(__name__)


class TooManyWaiting(Exception):  # noqa: N818 -- names what was found
    """The queue before the inbox is full."""


class NotStored(Exception):  # noqa: N818 -- names what happened
    """The inbox could not be written; nothing of this was stored."""


class GroupCommit:
    """Stores deliveries durably, as many at a time as happen to wait."""

    def __init__(self, inbox: Inbox, loop: asyncio.AbstractEventLoop) -> None:
        self._inbox = inbox
        self._loop = loop
        self._waiting: list[tuple[int, bytes, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._probes: list[asyncio.Future[None]] = []
        self._is_closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="group-commit")
        self._thread.start()

    @classmethod
    def open(cls, path: Path) -> "GroupCommit":
        """Open the inbox for the running event loop, making the file when there is none.

        Raises:
            sqlite3.Error: it can't be written, or is no inbox.
        """
        return cls(Inbox(path, create=True), asyncio.get_running_loop())

    def store(self, received_at: int, body: bytes) -> asyncio.Future[None]:
        """A future that is done once the body is on disk, or fails with NotStored.

        Raises:
            TooManyWaiting: the queue is full; nothing was queued.
        """
        future = self._loop.create_future()
        with self._changed:
            if len(self._waiting) >= MOST_WAITING or self._waiting_bytes >= MOST_WAITING_BYTES:
                raise TooManyWaiting
            self._waiting.append((received_at, body, future))
            self._waiting_bytes += len(body)
            self._changed.notify()
        return future

    def prove_write(self) -> asyncio.Future[None]:
        """A future that is done once a small write is on disk, or fails with NotStored."""
        future = self._loop.create_future()
        with self._changed:
            self._probes.append(future)
            self._changed.notify()
        return future

    def close(self) -> None:
        """Store what still waits, then close the inbox. Blocks until done."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()
        self._inbox.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._probes or self._is_closing)
                waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
                probes, self._probes = self._probes, []
            if waiting:
                rows = [(received_at, body) for received_at, body, _ in waiting]
                self._commit(partial(self._inbox.append, rows), [future for _, _, future in waiting])
            if probes:
                self._commit(self._inbox.prove_write, probes)
            if not (waiting or probes):
                return

    def _commit(self, write: Callable[[], None], futures: list[asyncio.Future[None]]) -> None:
        error = None
        try:
            write()
        except sqlite3.Error as cause:
            log.error("the inbox can't be written: %s", cause)  # noqa: TRY400 -- one line, no stack trace
            error = str(cause)
        self._loop.call_soon_threadsafe(_settle, futures, error)


def _settle(futures: list[asyncio.Future[None]], error: str | None) -> None:
    for future in futures:
        if future.cancelled():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(NotStored(error))
