"""How much memory a process that loads may take. The kernel holds it to that, whatever a payload says."""

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# The receiver, the dashboard and the system have the rest.
SHARE = 0.75
# A usual load holds 1.3 GB, and has reserved up to 3.6 GB: allocators keep what they once had.
MIN_BYTES = 4 * 1024**3
CGROUPS = Path("/sys/fs/cgroup")
# In thousandths of the machine's memory: should it run out, the kernel ends this process before the receiver, which is
# small, and not before another one that is the cause.
READINESS_TO_GO = "100"


def limit_this_process() -> None:
    """Bound this process's memory, unless it is bounded more tightly already (`ulimit -d`). For Linux."""
    if sys.platform != "linux":  # macOS takes the bound and does not hold it
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = max(MIN_BYTES, int(SHARE * machine_bytes()))
    resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *_finite(soft, hard)]), hard))
    # To write a backtrace, polars asks for memory that is not there, and waits for ever.
    os.environ["RUST_BACKTRACE"] = "0"
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(READINESS_TO_GO, "ascii")


def limit_bytes() -> int:
    """The most that this process may take: its own bound, else the machine's memory."""
    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return min([machine_bytes(), *_finite(soft)])


def machine_bytes(cgroups: Path = CGROUPS, process: int | str = "self") -> int:
    """The machine's memory, or what a container or a service is allowed of it: this process's, or another one's."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_allowed(cgroups, process)])


def kill_count(counters: Path = Path("/proc/vmstat")) -> int:
    """How many processes the kernel has killed since it started because memory ran out; 0 where it does not say."""
    with suppress(OSError):
        for line in counters.read_text("ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0


def _allowed(cgroups: Path, process: int | str) -> Iterator[int]:
    """The limits of a process's control group, and of those around it."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/cgroup").read_text("utf-8").splitlines():
            number, _, path = line.split(":", 2)
            if number == "0":  # version 2
                group = cgroups / path.lstrip("/")
                for folder in (group, *group.parents):
                    with suppress(OSError, ValueError):  # "max": none
                        yield int((folder / "memory.max").read_text("ascii"))


def _finite(*limits: int) -> list[int]:
    return [limit for limit in limits if limit != resource.RLIM_INFINITY]
