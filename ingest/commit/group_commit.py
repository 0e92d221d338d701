"""Group commit: all deliveries that wait go into one transaction of the inbox, with one fsync, and are then answered.

All state belongs to the event loop; a process of its own does nothing but write. While it writes one batch the next
one gathers: the batch grows with the load, and no delivery takes a lock or wakes a thread.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.background import keep_at
from ingest.commit.jobs import Append, Job, ProveWrite, Repair
from ingest.commit.unverified import Bound, WaitingUnverified
from ingest.commit.writer_process import JobFailed, WriterProcess
from ingest.metrics import Metrics
from warehouse.inbox.set_aside import Unverified

Future = asyncio.Future[None]

log = logging.getLogger(__name__)


SET_ASIDE_AT_ONCE = Bound(max_count=5_000, max_bytes=8 * 1024 * 1024)
UNVERIFIED_WAITING = Bound(max_count=20_000, max_bytes=32 * 1024 * 1024)


@dataclass(frozen=True)
class Limits:
    """How much may wait before the inbox. Beyond it a delivery is refused, so that memory stays bounded.

    Unverified deliveries are written twice a second, within bounds of their own: an attacker can't keep the disk busy,
    yet a burst of genuine deliveries under a wrong secret is kept: 10,000 a second, or 16 MB. Two seconds of them may
    wait, for a moment in which the writer gets no processor: with half a second of room, 4 to 800 of 55,000 were lost.
    Those that carry nothing like a signature have a sixteenth of each bound, apart.
    """

    max_waiting: int = 10_000
    max_waiting_bytes: int = 64 * 1024 * 1024
    set_aside_every_seconds: float = 0.5
    set_aside_at_once: Bound = SET_ASIDE_AT_ONCE
    unverified_waiting: Bound = UNVERIFIED_WAITING


LIMITS = Limits()


class TooManyWaiting(Exception):
    """The queue before the inbox is full."""


class NotStored(Exception):
    """The inbox could not be written; nothing of this was stored."""


class GroupCommit:
    """Stores deliveries durably, as many at a time as happen to wait."""

    def __init__(self, inbox: Path, metrics: Metrics, set_aside_max_bytes: int, limits: Limits = LIMITS) -> None:
        """For the running event loop. The first write opens the file, and makes it where there is none.

        Args:
            inbox: its path.
            metrics: where commits are measured.
            set_aside_max_bytes: how many bytes of unverified deliveries with a plausible signature the inbox keeps.
            limits: how much may wait.
        """
        self._loop = asyncio.get_running_loop()
        self._metrics = metrics
        self._limits = limits
        self._writer = WriterProcess(inbox)
        self._rows: list[tuple[int, bytes]] = []
        self._futures: list[Future] = []
        self._waiting_bytes = 0
        self._unverified = WaitingUnverified(set_aside_max_bytes, limits.unverified_waiting, limits.set_aside_at_once)
        self.stored_count = 0  # deliveries on disk since the start
        self.is_failing = False  # the latest write failed
        self._is_set_aside_due = False
        self._is_repair_due = False
        self._writing: asyncio.Task[None] | None = None

    @property
    def queue_depth(self) -> int:
        """Deliveries that wait for the next commit."""
        return len(self._rows)

    def seconds_of_work(self) -> float:
        """Seconds of processor time that the writer has used. They stand still while it hangs."""
        return self._writer.seconds_of_work()

    def store(self, received_at: int, body: bytes) -> Future:
        """A future that is done once the body is on disk, or fails with NotStored.

        Raises:
            TooManyWaiting: the queue is full; nothing was queued.
        """
        if len(self._rows) >= self._limits.max_waiting or self._waiting_bytes >= self._limits.max_waiting_bytes:
            raise TooManyWaiting
        self._rows.append((received_at, body))
        self._waiting_bytes += len(body)
        return self._next_write()

    def prove_write(self) -> Future:
        """A future that is done once a small write is on disk, or fails with NotStored."""
        return self._next_write()

    def set_aside(self, delivery: Unverified) -> None:
        """Keep an unverified delivery, within bounds of size and rate. It is written soon; nobody waits for that."""
        was_empty = self._unverified.is_empty
        self._count_dropped(*self._unverified.add(delivery))
        if was_empty:
            self._flush_set_aside_soon()

    def repair_if_damaged(self) -> None:
        """Have all of the inbox read soon, and repaired when it is damaged. Deliveries wait meanwhile."""
        self._is_repair_due = True
        self._wake()

    async def close(self) -> None:
        """Store what still waits, then close the inbox. A second call does nothing."""
        self._flush_set_aside()
        while self._writing:
            await self._writing
            self._flush_set_aside()
        await self._writer.close()

    def _next_write(self) -> Future:
        future = self._loop.create_future()
        self._futures.append(future)
        self._wake()
        return future

    def _flush_set_aside_soon(self) -> None:
        if not self._unverified.is_empty:
            self._loop.call_later(self._limits.set_aside_every_seconds, self._flush_set_aside)

    def _flush_set_aside(self) -> None:
        if not self._unverified.is_empty:
            self._is_set_aside_due = True
            self._wake()

    def _wake(self) -> None:
        if self._writing is None:
            # The task starts after this round of the event loop: what the round still brings joins the transaction.
            self._writing = self._loop.create_task(self._write())

    async def _write(self) -> None:
        try:
            await keep_at("group commit", self._write_all, self._metrics.background_task_failures.inc)
        finally:
            self._writing = None

    async def _write_all(self) -> None:
        while self._futures or self._is_set_aside_due or self._is_repair_due:
            if self._is_repair_due:
                self._is_repair_due = False
                await self._do(Repair())
            elif self._is_set_aside_due:
                await self._set_aside_unverified()
            else:
                await self._write_deliveries()

    async def _set_aside_unverified(self) -> None:
        job = self._unverified.take()
        self._is_set_aside_due = False
        self._flush_set_aside_soon()
        await self._do(job)
        if self.is_failing:
            self._count_dropped(len(job.plausible), len(job.others))

    def _count_dropped(self, plausible: int, others: int) -> None:
        self._metrics.set_aside_dropped.inc(plausible + others)
        self._metrics.set_aside_plausible_dropped.inc(plausible)

    async def _write_deliveries(self) -> None:
        rows, futures = self._rows, self._futures
        self._rows, self._futures, self._waiting_bytes = [], [], 0
        started = time.perf_counter()
        # Storing deliveries proves a write as well.
        await self._do(Append(rows) if rows else ProveWrite(), awaited_by=futures)
        if rows and not self.is_failing:
            self._metrics.commit_seconds.observe(time.perf_counter() - started)
            self._metrics.commit_deliveries.observe(len(rows))
            self._metrics.outcomes["stored"].inc(len(rows))
            self.stored_count += len(rows)

    async def _do(self, job: Job, awaited_by: Iterable[Future] = ()) -> None:
        """Have a job done, and settle the futures."""
        failure = None
        try:
            answer = await self._writer.do(job)
            self._count_dropped(answer.plausible_dropped, answer.others_dropped)
            self._metrics.inbox_replaced.inc(answer.is_put_back)
            failure = None if answer.failure is None else JobFailed(answer.failure)
        except JobFailed as error:
            failure = error
        except Exception as error:
            # Whatever it is, no sender may wait for an answer that never comes.
            log.exception("the inbox's writer can't be asked")
            failure = JobFailed(str(error))
        self._log_change(failure)
        for future in awaited_by:
            if future.cancelled():
                continue
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(NotStored(str(failure)))

    def _log_change(self, failure: JobFailed | None) -> None:
        """Log when writing begins to fail and when it succeeds again: two lines, however many deliveries meet it."""
        if failure is not None and not self.is_failing:
            log.error("the inbox can't be written, deliveries are refused: %s", failure)
        elif failure is None and self.is_failing:
            log.info("the inbox can be written again")
        self.is_failing = failure is not None
