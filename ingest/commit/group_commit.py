"""Group commit: everything that waits goes into one transaction of the inbox, one fsync, and only then is answered.

All state belongs to the event loop; a process of its own does nothing but write. While it writes one batch the next
one gathers, so the batch grows with the load and nothing is locked or signalled per delivery.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ingest.commit.writer_process import JobFailed, WriterProcess
from ingest.metrics import Metrics
from warehouse.inbox.set_aside import Unverified

# What may wait before the inbox; beyond it a delivery is refused, so that memory stays bounded.
MAX_WAITING = 10_000
MAX_WAITING_BYTES = 64 * 1024 * 1024
# Unverified deliveries are written twice a second, and never more than this: an attacker can't keep the disk busy,
# yet a burst of genuine ones under a wrong secret passes.
SET_ASIDE_EVERY_SECONDS = 0.5
SET_ASIDE_MAX_AT_ONCE = 1_000
SET_ASIDE_MAX_BYTES_AT_ONCE = 4 * 1024 * 1024

Future = asyncio.Future[None]

log = logging.getLogger(__name__)


class TooManyWaiting(Exception):
    """The queue before the inbox is full."""


class NotStored(Exception):
    """The inbox could not be written; nothing of this was stored."""


class GroupCommit:
    """Stores deliveries durably, as many at a time as happen to wait."""

    def __init__(self, inbox: Path, metrics: Metrics, set_aside_most: int) -> None:
        """For the running event loop; the file is opened, and made when there is none, with the first write.

        Args:
            inbox: its path.
            metrics: where commits are measured.
            set_aside_most: how many bytes of unverified deliveries to keep.
        """
        self._loop = asyncio.get_running_loop()
        self._metrics = metrics
        self._unverified = _Unverified(set_aside_most)
        self._writer = WriterProcess(inbox)
        self._rows: list[tuple[int, bytes]] = []
        self._futures: list[Future] = []
        self._probes: list[Future] = []
        self._waiting_bytes = 0
        self._is_failing = False
        self._is_mending_due = False
        self._writing: asyncio.Task[None] | None = None

    @property
    def queue_depth(self) -> int:
        """Deliveries that wait for the next commit."""
        return len(self._rows)

    def store(self, received_at: int, body: bytes) -> Future:
        """A future that is done once the body is on disk, or fails with NotStored.

        Raises:
            TooManyWaiting: the queue is full; nothing was queued.
        """
        if len(self._rows) >= MAX_WAITING or self._waiting_bytes >= MAX_WAITING_BYTES:
            raise TooManyWaiting
        self._rows.append((received_at, body))
        self._waiting_bytes += len(body)
        return self._expect(self._futures)

    def prove_write(self) -> Future:
        """A future that is done once a small write is on disk, or fails with NotStored."""
        return self._expect(self._probes)

    def set_aside(self, delivery: Unverified) -> None:
        """Keep an unverified delivery, within bounds of size and rate; it is written soon, and nobody waits for it."""
        if not self._unverified.take(delivery):
            self._metrics.set_aside_dropped.inc()
        elif not self._unverified.is_flushing:
            self._unverified.is_flushing = True
            self._loop.call_later(SET_ASIDE_EVERY_SECONDS, self._flush_set_aside)

    def mend_if_damaged(self) -> None:
        """Have all of the inbox read soon, and mended when it is damaged; deliveries wait meanwhile."""
        self._is_mending_due = True
        self._wake()

    async def close(self) -> None:
        """Store what still waits, then close the inbox. Once more does nothing."""
        self._flush_set_aside()
        if self._writing:
            await self._writing
        await self._writer.close()

    def _expect(self, futures: list[Future]) -> Future:
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
            # It begins after whatever else this round of the event loop brings, which goes into the same transaction.
            self._writing = self._loop.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._rows or self._probes or self._unverified.is_due or self._is_mending_due:
                if self._is_mending_due:
                    self._is_mending_due = False
                    await self._do("mend_if_damaged")
                elif self._unverified.is_due:
                    dropped = await self._do("set_aside", *self._unverified.hand_over())
                    self._metrics.set_aside_dropped.inc(dropped or 0)
                elif self._rows:
                    await self._write_deliveries()
                else:
                    probes, self._probes = self._probes, []
                    await self._do("prove_write", awaited_by=probes)
        finally:
            self._writing = None

    async def _write_deliveries(self) -> None:
        rows = self._rows
        # What stores deliveries proves a write as well.
        futures = self._futures + self._probes
        self._rows, self._futures, self._probes, self._waiting_bytes = [], [], [], 0
        started = time.perf_counter()
        await self._do("append", rows, awaited_by=futures)
        if not self._is_failing:
            self._metrics.commit_seconds.observe(time.perf_counter() - started)
            self._metrics.commit_deliveries.observe(len(rows))
            self._metrics.outcomes["stored"].inc(len(rows))

    async def _do(self, job: str, *arguments: object, awaited_by: Iterable[Future] = ()) -> Any:  # noqa: ANN401 -- the job's
        """What the job returned, None when it failed; who awaits it is told."""
        result, failure = None, None
        try:
            result = await self._writer.do(job, *arguments)
        except JobFailed as error:
            failure = error
        self._log_change(failure)
        for future in awaited_by:
            if future.cancelled():
                continue
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(NotStored(str(failure)))
        return result

    def _log_change(self, error: BaseException | None) -> None:
        """Two lines for a full disk, when it begins and when it ends, however many deliveries meet it."""
        if error is not None and not self._is_failing:
            log.error("the inbox can't be written, deliveries are refused: %s", error)
        elif error is None and self._is_failing:
            log.info("the inbox can be written again")
        self._is_failing = error is not None


class _Unverified:
    """Unverified deliveries on their way into the inbox: so many, and so many bytes, between two writings."""

    def __init__(self, max_kept: int) -> None:
        self.is_flushing = False
        self.is_due = False
        self._max_kept = max_kept
        self._deliveries: list[Unverified] = []
        self._bytes = 0

    def take(self, delivery: Unverified) -> bool:
        """Whether there was room for it."""
        is_full = len(self._deliveries) >= SET_ASIDE_MAX_AT_ONCE or self._bytes >= SET_ASIDE_MAX_BYTES_AT_ONCE
        if is_full or len(delivery.body) > self._max_kept:
            return False
        self._deliveries.append(delivery)
        self._bytes += len(delivery.body)
        return True

    def hand_over(self) -> tuple[list[Unverified], int]:
        """All of them, and how many bytes the inbox may keep."""
        deliveries, self._deliveries, self._bytes = self._deliveries, [], 0
        self.is_flushing = self.is_due = False
        return deliveries, self._max_kept
