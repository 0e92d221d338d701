"""The loader as a process of its own: started with the receiver, watched, restarted with back-off, ended with it."""

import asyncio
import logging
import os
import sys
import time
from datetime import timedelta

FIRST_BACK_OFF = timedelta(seconds=0.5)
LONGEST_BACK_OFF = timedelta(seconds=30)
# A loader that ran this long was well; its next failure starts with the shortest back-off again.
HEALTHY_AFTER = timedelta(seconds=60)
# Longer than a publication of an ordinary event; after it the loader is killed, which loses nothing.
TIME_TO_FINISH = timedelta(seconds=10)
# Where the system has no SCHED_IDLE.
NICENESS = 10

log = logging.getLogger(__name__)


async def supervise_loader() -> None:
    """Keep one loader running, until cancelled; then let it finish what it is publishing."""
    back_off = FIRST_BACK_OFF
    while True:
        started = time.monotonic()
        # A process group of its own: Ctrl-C reaches the receiver alone, which ends the loader in order. But the same
        # session: Linux compares the priorities of processes only within one (man 7 sched, "The autogroup feature").
        # It knows its parent from the start, and so never outlives a receiver that was killed.
        command = (sys.executable, "-m", "warehouse", "load", "--follow", "--parent", str(os.getpid()))
        loader = await asyncio.create_subprocess_exec(*command, preexec_fn=os.setpgrp)
        _give_way(loader.pid)
        log.info("loader started (pid %d)", loader.pid)
        try:
            status = await loader.wait()
        except asyncio.CancelledError:
            await _end(loader)
            raise
        if time.monotonic() - started > HEALTHY_AFTER.total_seconds():
            back_off = FIRST_BACK_OFF
        log.error("the loader ended (status %d); starting it again in %.1f s", status, back_off.total_seconds())
        await asyncio.sleep(back_off.total_seconds())
        back_off = min(2 * back_off, LONGEST_BACK_OFF)


def _give_way(process_id: int) -> None:
    """In a burst on a small machine receiving comes first: what was accepted can be published a little later."""
    if sys.platform == "linux":
        # Niceness is not enough: whoever is nice still finishes a time slice of milliseconds while a delivery waits.
        os.sched_setscheduler(process_id, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.setpriority(os.PRIO_PROCESS, process_id, NICENESS)


async def _end(loader: asyncio.subprocess.Process) -> None:
    if loader.returncode is not None:
        return
    loader.terminate()
    try:
        await asyncio.wait_for(loader.wait(), TIME_TO_FINISH.total_seconds())
    except TimeoutError:
        log.warning("the loader did not end in time; killing it (what it was publishing is loaded again)")
        loader.kill()
        await loader.wait()
