"""Processes beside the receiver, such as the loader: restarted when they fail, with back-off; ended with it."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Where the system has no SCHED_IDLE.
NICENESS = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """Bounds on waiting, in seconds: the back-off doubles with each failure, from the first to the longest."""

    first_back_off: float = 0.5
    max_back_off: float = 30
    # A loader that ran so long was healthy: its next failure starts with the first back-off again.
    healthy_after: float = 60
    # Longer than the load of an ordinary event. The loader is killed after it, which loses nothing.
    max_time_to_finish: float = 10


LIMITS = Limits()


def loader_command() -> tuple[str, ...]:
    """The loader's command line. It names its parent, so that the loader never outlives a receiver that was killed.

    `-P` keeps the working directory from Python's path: a folder `warehouse` there, such as another checkout's, would
    run instead of ours.
    """
    return _command("load")


def forwarder_command() -> tuple[str, ...]:
    """The command line of the forwarder, which a host of a lake has beside its loader."""
    return _command("forward")


def _command(verb: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "warehouse", verb, "--follow", "--parent", str(os.getpid()))


async def supervise(
    command: Sequence[str],
    limits: Limits = LIMITS,
    on_restart: Callable[[], None] = lambda: None,
    name: str = "loader",
) -> None:
    """Keep one process of the command running, until cancelled; then let it finish its load.

    Raises:
        OSError: no process can be started now.
    """
    back_off = limits.first_back_off
    may_set_priority = True
    while True:
        started = time.monotonic()
        # A process group of its own: Ctrl-C reaches the receiver alone, which then ends the loader in order. But the
        # same session: Linux compares priorities only within a session (man 7 sched, "The autogroup feature").
        loader = await asyncio.create_subprocess_exec(*command, preexec_fn=os.setpgrp)
        try:
            may_set_priority = may_set_priority and _give_way(loader.pid)
            log.info("%s started (pid %d)", name, loader.pid)
            status = await loader.wait()
        except BaseException:  # whatever it is, no loader may be left behind beside the next one
            await _end(loader, limits.max_time_to_finish)
            raise
        if time.monotonic() - started > limits.healthy_after:
            back_off = limits.first_back_off
        log.error("the %s ended (status %d); starting it again in %.1f s", name, status, back_off)
        on_restart()
        await asyncio.sleep(back_off)
        back_off = min(2 * back_off, limits.max_back_off)


def _give_way(process_id: int) -> bool:
    """Let the receiver go first on a small machine: what it accepted can be loaded a little later.

    Returns whether the system allows that. A sandbox, such as systemd's SystemCallFilter, may refuse it.
    """
    try:
        if sys.platform == "linux":
            # Niceness is not enough: a nice process still finishes its time slice of milliseconds while a delivery
            # waits.
            os.sched_setscheduler(process_id, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.setpriority(os.PRIO_PROCESS, process_id, NICENESS)
    except ProcessLookupError:
        pass  # it has ended already, which `supervise` sees
    except OSError as error:
        log.warning("the loader runs at the receiver's priority, since the system refuses to lower it: %s", error)
        return False
    return True


async def _end(loader: asyncio.subprocess.Process, max_seconds: float) -> None:
    if loader.returncode is not None:
        return
    loader.terminate()
    try:
        await asyncio.wait_for(loader.wait(), max_seconds)
    except TimeoutError:
        log.warning("the loader did not end in time and is killed; its load is repeated at the next start")
        loader.kill()
        await loader.wait()
