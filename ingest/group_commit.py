"""Group commit: everything that waits goes into one transaction of the inbox, one fsync, and only then is answered.

All state belongs to the event loop; a thread of its own does nothing but write. While it writes one batch the next
one gathers, so the batch grows with the load and nothing is locked or signalled per delivery.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ingest.metrics import Metrics
from warehouse.inbox import Inbox
from warehouse.set_aside import Unverified

# What may wait before the inbox; beyond it a delivery is refused, so that memory stays bounded.
MOST_WAITING = 10_000
MOST_WAITING_BYTES = 64 * 1024 * 1024
# Unverified deliveries are written twice a second, and never more than this: an attacker can't keep the disk busy,
# yet a burst of genuine ones under a wrong secret passes.
SET_ASIDE_EVERY_SECONDS = 0.5
SET_ASIDE_MOST_AT_ONCE = 1_000
SET_ASIDE_MOST_BYTES_AT_ONCE = 4 * 1024 * 1024

Futures = list[asyncio.Future[None]]

log = logging.getLogger(__name__)


class TooManyWaiting(Exception):  # noqa: N818 -- names what was found
    """The queue before the inbox is full."""


class NotStored(Exception):  # noqa: N818 -- names what happened
    """The inbox could not be written; nothing of this was stored."""


class GroupCommit:
    """Stores deliveries durably, as many at a time as happen to wait."""

    def __init__(self, inbox: Inbox, loop: asyncio.AbstractEventLoop, metrics: Metrics, set_aside_most: int) -> None:
        self._inbox = inbox
        self._loop = loop
        self._metrics = metrics
        self._unverified = _Unverified(set_aside_most)
        self._writer = ThreadPoolExecutor(1, "inbox")
        self._rows: list[tuple[int, bytes]] = []
        self._futures: Futures = []
        self._probes: Futures = []
        self._waiting_bytes = 0
        self._is_failing = False
        self._writing: asyncio.Future[None] | None = None

    @classmethod
    def open(cls, path: Path, metrics: Metrics, set_aside_most: int) -> "GroupCommit":
        """Open the inbox for the running event loop, making the file when there is none.

        Args:
            path: the inbox.
            metrics: where commits are measured.
            set_aside_most: how many bytes of unverified deliveries to keep.

        Raises:
            sqlite3.Error: it can't be written, or is no inbox.
        """
        return cls(Inbox(path, create=True), asyncio.get_running_loop(), metrics, set_aside_most)

    @property
    def queue_depth(self) -> int:
        """Deliveries that wait for the next commit."""
        return len(self._rows)

    def store(self, received_at: int, body: bytes) -> asyncio.Future[None]:
        """A future that is done once the body is on disk, or fails with NotStored.

        Raises:
            TooManyWaiting: the queue is full; nothing was queued.
        """
        if len(self._rows) >= MOST_WAITING or self._waiting_bytes >= MOST_WAITING_BYTES:
            raise TooManyWaiting
        self._rows.append((received_at, body))
        self._waiting_bytes += len(body)
        return self._expect(self._futures)

    def prove_write(self) -> asyncio.Future[None]:
        """A future that is done once a small write is on disk, or fails with NotStored."""
        return self._expect(self._probes)

    def set_aside(self, delivery: Unverified) -> None:
        """Keep an unverified delivery, within bounds of size and rate; it is written soon, and nobody waits for it."""
        if not self._unverified.take(delivery):
            self._metrics.set_aside_dropped.inc()
        elif not self._unverified.is_flushing:
            self._unverified.is_flushing = True
            self._loop.call_later(SET_ASIDE_EVERY_SECONDS, self._flush_set_aside)

    async def close(self) -> None:
        """Store what still waits, then close the inbox. Once more does nothing."""
        self._flush_set_aside()
        while self._writing:
            await asyncio.wait([self._writing])
        self._writer.shutdown()
        self._inbox.close()

    def _expect(self, futures: Futures) -> asyncio.Future[None]:
        future = self._loop.create_future()
        futures.append(future)
        self._wake()
        return future

    def _flush_set_aside(self) -> None:
        if self._unverified.is_flushing:
            self._unverified.is_due = True
            self._wake()

    def _wake(self) -> None:
        if self._writing is None:
            # Not at once: whatever else this round of the event loop brings goes into the same transaction.
            self._writing = self._loop.create_future()
            self._loop.call_soon(self._write_next)

    def _write_next(self) -> None:
        if self._unverified.is_due:
            self._write(partial(self._add_set_aside, *self._unverified.hand_over()), [])
        elif self._futures:
            rows = self._rows
            # What stores deliveries proves a write as well.
            futures = self._futures + self._probes
            self._rows, self._futures, self._probes, self._waiting_bytes = [], [], [], 0
            self._write(partial(self._append, rows), futures)
        elif self._probes:
            futures, self._probes = self._probes, []
            self._write(self._inbox.prove_write, futures)
        elif self._writing:
            self._writing.set_result(None)
            self._writing = None

    def _append(self, rows: list[tuple[int, bytes]]) -> None:
        started = time.perf_counter()
        self._inbox.append(rows)
        self._metrics.commit_seconds.observe(time.perf_counter() - started)
        self._metrics.commit_deliveries.observe(len(rows))
        self._metrics.outcomes["stored"].inc(len(rows))

    def _add_set_aside(self, deliveries: list[Unverified], most_bytes: int) -> None:
        self._metrics.set_aside_dropped.inc(self._inbox.set_aside.add(deliveries, most_bytes))

    def _write(self, write: Callable[[], None], futures: Futures) -> None:
        self._loop.run_in_executor(self._writer, write).add_done_callback(partial(self._settle, futures))

    def _settle(self, futures: Futures, written: asyncio.Future[None]) -> None:
        error = written.exception()
        self._log_change(error)
        for future in futures:
            if future.cancelled():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(NotStored(str(error)))
        self._write_next()

    def _log_change(self, error: BaseException | None) -> None:
        """Two lines for a full disk, when it begins and when it ends, however many deliveries meet it."""
        if error is not None and not self._is_failing:
            log.error("the inbox can't be written, deliveries are refused: %s", error)
        elif error is None and self._is_failing:
            log.info("the inbox can be written again")
        self._is_failing = error is not None


class _Unverified:
    """Unverified deliveries on their way into the inbox: so many, and so many bytes, between two writings."""

    def __init__(self, most_kept: int) -> None:
        self.is_flushing = False
        self.is_due = False
        self._most_kept = most_kept
        self._deliveries: list[Unverified] = []
        self._bytes = 0

    def take(self, delivery: Unverified) -> bool:
        """Whether there was room for it."""
        is_full = len(self._deliveries) >= SET_ASIDE_MOST_AT_ONCE or self._bytes >= SET_ASIDE_MOST_BYTES_AT_ONCE
        if is_full or len(delivery.body) > self._most_kept:
            return False
        self._deliveries.append(delivery)
        self._bytes += len(delivery.body)
        return True

    def hand_over(self) -> tuple[list[Unverified], int]:
        """All of them, and how many bytes the inbox may keep."""
        deliveries, self._deliveries, self._bytes = self._deliveries, [], 0
        self.is_flushing = self.is_due = False
        return deliveries, self._most_kept
