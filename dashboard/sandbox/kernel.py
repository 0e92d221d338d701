"""The kernel's part in the limits: it stops what DuckDB does not count, and what does not look up to be told."""

import ctypes
import math
import os
import resource
import signal
import sys
from pathlib import Path

from dashboard.sandbox.job import Limits

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def die_with(parent_id: int) -> None:
    """Let the kernel kill this process when the thread that started it ends, and end now if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_id:
        os._exit(1)


def confine(limits: Limits) -> None:
    """Bound this process: processor time, memory beyond what it has now, no further process, no dump of its memory.

    A superuser may start processes nonetheless. Only Linux bounds memory.
    """
    seconds = math.ceil(limits.seconds) + 1  # the parent's clock comes first
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if sys.platform == "linux":
        pages_now = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        more = (limits.memory_mb + limits.uncounted_mb) * 1_000_000
        most = pages_now * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def forbid_files() -> None:
    """Let no file of this process grow any more. Pipes are no files."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
