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
# In a burst on a small machine receiving comes first: what was accepted can be published a little later.
NICENESS = 10

log = logging.getLogger(__name__)


async def supervise_loader() -> None:
    """Keep one loader running, until cancelled; then let it finish what it is publishing."""
    back_off = FIRST_BACK_OFF
    while True:
        started = time.monotonic()
        # A session of its own: Ctrl-C reaches the receiver alone, which ends the loader in order.
        # It knows its parent from the start, and so never outlives a receiver that was killed.
        command = (sys.executable, "-m", "warehouse", "load", "--follow", "--parent", str(os.getpid()))
        loader = await asyncio.create_subprocess_exec(*command, start_new_session=True)
        os.setpriority(os.PRIO_PROCESS, loader.pid, NICENESS)
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
