"""Work beside the webhook: when it fails, that is logged and counted, and the work is begun again.

asyncio keeps a task's exception until somebody asks for it. Nobody asks for the exception of a task that is meant to
run for ever: without this module its work would just stop.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

OnFailure = Callable[[], None]


@dataclass(frozen=True)
class Limits:
    """The wait before work is begun again, in seconds: it doubles with each failure, from the first to the longest."""

    first_back_off: float = 0.5
    max_back_off: float = 30


LIMITS = Limits()


async def keep_at(
    name: str, work: Callable[[], Awaitable[None]], on_failure: OnFailure, limits: Limits = LIMITS
) -> None:
    """Do the work until it returns or this task is cancelled. Begin again whenever it fails."""
    back_off = limits.first_back_off
    while True:
        try:
            return await work()
        except asyncio.CancelledError:
            if (this := asyncio.current_task()) and this.cancelling():
                raise
            reason = "it was cancelled"  # not by us: something that it waited for was
        except Exception as error:
            log.exception("%s failed", name)
            reason = type(error).__name__
        on_failure()
        log.error("%s is begun again in %.1f s (%s)", name, back_off, reason)
        await asyncio.sleep(back_off)
        back_off = min(2 * back_off, limits.max_back_off)


def watch_callbacks(loop: asyncio.AbstractEventLoop, on_failure: OnFailure) -> None:
    """Count and log the failures that nobody waits for: those of callbacks, timers and forgotten tasks."""

    def note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        on_failure()
        loop.default_exception_handler(context)

    loop.set_exception_handler(note)
