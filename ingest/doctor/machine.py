"""Checks of the machine: the file system under the data, how fast it is durable, room, and memory."""

import math
import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from ingest.doctor.listening import processes_that_have_open
from ingest.verdicts import Finding, fail, ok, warning
from warehouse.memory import CGROUPS, machine_bytes
from warehouse.settings import WarehouseSettings
from warehouse.storage.file import files

# SQLite's write-ahead log shares memory between processes, which these don't. Their fsync may promise nothing.
NETWORKS = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "fuse.", "lustre", "ocfs2", "gfs2", "virtiofs")
MEMORY = ("tmpfs", "ramfs")
# Octal, as /proc/self/mountinfo writes blanks and the like in a path.
ESCAPES = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}

FSYNC_COUNT = 100
FSYNC_BYTES = 16_384
# Deliveries share an fsync. At 100 ms a burst of 100,000 still takes minutes, but senders wait.
SLOW_FSYNC_MS, HOPELESS_FSYNC_MS = 100, 1_000

BYTES_IN_THE_INBOX = 2_300
# And 1.1 KB in each of the warehouse, the one before it, and the draft of a load.
BYTES_OF_A_DELIVERY = 6_000
# As the alert DiskFillsUp has it.
MIN_FREE_BYTES = 2_000_000_000
GIGABYTE = 1024**3
# A usual load holds 1.3 GB.
MIN_MEMORY_BYTES, USUAL_MEMORY_BYTES = 2 * GIGABYTE, 4 * GIGABYTE


class Mount(NamedTuple):
    """A mounted file system: where, and of which type."""

    point: Path
    type: str


def file_system(data_dir: Path, mounts: Path = Path("/proc/self/mountinfo")) -> Finding:
    """Whether the data lie on a local disk."""
    mount = _mount_of(data_dir.resolve(), mounts)
    if mount is None:
        return warning(
            "the system does not tell on what file system DATA_DIR lies", "make sure that it is a local disk"
        )
    where = f"{data_dir} lies on {mount.type} ({mount.point})"
    if mount.type.startswith(NETWORKS):
        return fail(f"{where}, a file system that is not local", "move DATA_DIR to a local disk: SQLite needs one")
    if mount.type in MEMORY:
        return fail(f"{where}: in memory, which a restart empties", "move DATA_DIR to a disk")
    if mount.type == "overlay":
        return warning(f"{where}: it goes when the container goes", "mount a volume at DATA_DIR")
    return ok(where)


def _mount_of(folder: Path, mounts: Path) -> Mount | None:
    try:
        lines = mounts.read_text("utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return None
    found = []
    for line in lines:
        before, _, after = line.partition(" - ")
        point = before.split()[4]
        for escape, character in ESCAPES.items():
            point = point.replace(escape, character)
        found.append(Mount(Path(point), after.split()[0]))
    around = [mount for mount in found if mount.point in (folder, *folder.parents)]
    # Of those mounted at the same place the last one counts.
    return max(reversed(around), key=lambda mount: len(mount.point.parts), default=None)


def fsync_latency(
    data_dir: Path, slow_ms: float = SLOW_FSYNC_MS, hopeless_ms: float = HOPELESS_FSYNC_MS, count: int = FSYNC_COUNT
) -> Finding:
    """How long it takes until what is written is on the disk, which each 200 waits for."""
    block = os.urandom(FSYNC_BYTES)
    taken = []
    with TemporaryFile(dir=data_dir) as file:  # it has no name: nothing stays of it
        for _ in range(count):
            began = time.perf_counter()
            file.write(block)
            file.flush()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    p50, p99 = (taken[math.ceil(share * count) - 1] for share in (0.5, 0.99))
    found = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    if p99 > hopeless_ms:
        return fail(found, "deliveries wait for it, and senders give up: use another disk")
    if p99 > slow_ms:
        return warning(found, "deliveries wait for it: what else writes to this disk?")
    return ok(found)


def room(settings: WarehouseSettings, expected_count: int) -> Finding:
    """Whether the deliveries that are expected fit on the disk."""
    latest = files.latest(settings.warehouse_path)
    draft = latest.stat().st_size if latest else 0
    needed = expected_count * (BYTES_IN_THE_INBOX if settings.lake else BYTES_OF_A_DELIVERY) + draft
    free = shutil.disk_usage(settings.data_dir).free
    found = f"{free / 1e9:,.1f} GB free; {expected_count:,} deliveries need {needed / 1e9:,.1f} GB"
    if free < needed:
        return fail(found, "make room: deliveries get a 503 once the disk is full")
    if free - needed < MIN_FREE_BYTES:
        return warning(found, "little is left after them: make room")
    return ok(found)


def memory(
    settings: WarehouseSettings,
    minimum: int = MIN_MEMORY_BYTES,
    usual: int = USUAL_MEMORY_BYTES,
    cgroups: Path = CGROUPS,
) -> Finding:
    """Whether a load has enough memory, in the control group of the processes that have the inbox open, too."""
    processes: list[int | str] = ["self", *processes_that_have_open(settings.inbox_path)]
    allowed = min(machine_bytes(cgroups, process) for process in processes)
    found = f"{allowed / GIGABYTE:,.1f} GB for the loader and the receiver"
    if allowed < minimum:
        return fail(found, f"give them {usual / GIGABYTE:,.0f} GB: a usual load holds 1.3 GB, and the kernel kills it")
    if allowed < usual:
        return warning(found, f"enough for small events; give them {usual / GIGABYTE:,.0f} GB")
    return ok(found)
