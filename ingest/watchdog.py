"""The watchdog's proof of life: the event loop turns, and the inbox's writer does its work.

systemd starts the receiver again when the proofs stop. A disk that is full is no reason: the writer says so, the
receiver answers 503, and a new process could do no better.
"""

import asyncio
from contextlib import suppress

from ingest.commit.group_commit import GroupCommit, NotStored
from ingest.systemd import Systemd
from warehouse.counted import deliveries

# systemd advises half of its time. A quarter leaves room for a slow machine.
PROOFS_PER_PERIOD = 4


async def keep_proving(systemd: Systemd, commit: GroupCommit) -> None:
    """Tell systemd for as long as both work, until cancelled. Returns at once where it does not watch."""
    if systemd.watchdog_seconds is None:
        return
    pause = systemd.watchdog_seconds / PROOFS_PER_PERIOD
    proof = commit.prove_write()
    work_seen = commit.seconds_of_work()
    while True:
        await asyncio.wait([proof], timeout=pause)
        work = commit.seconds_of_work()
        # A repair of a large inbox takes longer than a watchdog waits, but not without work.
        if proof.done() or work != work_seen:
            systemd.tell(WATCHDOG="1", STATUS=status(commit))
        work_seen = work
        if proof.done():
            with suppress(NotStored):  # which is logged where it is written
                proof.result()
            await asyncio.sleep(pause)
            proof = commit.prove_write()


def status(commit: GroupCommit) -> str:
    """What `systemctl status` shows."""
    stored = f"{deliveries(commit.stored_count)} stored since the start, {commit.queue_depth:,} wait"
    return f"deliveries are refused, the inbox can't be written; {stored}" if commit.is_failing else stored
