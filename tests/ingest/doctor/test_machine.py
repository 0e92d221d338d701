"""Checks of the machine, each seen ok and seen to fail. A full disk, and one that hangs, are drills."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ingest.doctor.machine import GIGABYTE, file_system, fsync_latency, memory, room
from ingest.verdicts import Verdict
from warehouse.settings import WarehouseSettings

IN_MEMORY = Path("/dev/shm")  # noqa: S108 -- a real file system in memory


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder on a real file system in memory."""
    if not IN_MEMORY.is_dir():
        pytest.skip("this system has no /dev/shm")
    with TemporaryDirectory(dir=IN_MEMORY) as folder:
        yield Path(folder)


def mounts(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text("".join(f"1 0 0:1 / {line}\n" for line in lines))
    return file


def test_a_file_system_in_memory_fails(in_memory: Path) -> None:
    finding = file_system(in_memory)
    assert (finding.verdict, "a restart empties" in finding.found) == (Verdict.FAIL, True)


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("ext4", Verdict.OK), ("nfs4", Verdict.FAIL), ("fuse.sshfs", Verdict.FAIL), ("overlay", Verdict.WARNING)],
)
def test_a_file_system_that_is_not_local_fails(kind: str, verdict: Verdict, tmp_path: Path) -> None:
    """As the kernel writes its mounts: of those around the folder the nearest counts."""
    file = mounts(
        tmp_path, "/ rw - ext4 /dev/vda rw", f"/srv/my\\040data rw shared:1 - {kind} host:/x rw", "/srv/m rw - nfs x rw"
    )
    assert file_system(Path("/srv/my data/inbox"), file).verdict is verdict
    assert file_system(Path("/srv/other"), file).verdict is Verdict.OK


def test_of_two_file_systems_at_one_place_the_last_one_counts(tmp_path: Path) -> None:
    file = mounts(tmp_path, "/srv rw - ext4 x rw", "/srv rw - nfs x rw")
    assert file_system(Path("/srv/data"), file).verdict is Verdict.FAIL


def test_a_system_without_such_a_list_is_a_warning(tmp_path: Path) -> None:
    assert file_system(tmp_path, tmp_path / "none").verdict is Verdict.WARNING


def test_a_disk_is_judged_by_the_99th_of_100_writes(tmp_path: Path) -> None:
    unhurried, never = 60_000.0, 0.0
    assert fsync_latency(tmp_path, slow_ms=unhurried, hopeless_ms=unhurried).verdict is Verdict.OK
    assert fsync_latency(tmp_path, slow_ms=never, hopeless_ms=unhurried).verdict is Verdict.WARNING
    assert fsync_latency(tmp_path, slow_ms=never, hopeless_ms=never).verdict is Verdict.FAIL
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_for_the_burst_fails(settings: WarehouseSettings) -> None:
    assert room(settings, 0).verdict is Verdict.OK
    finding = room(settings, 10**12)
    assert (finding.verdict, "1,000,000,000,000 deliveries need 6,000,000.0 GB" in finding.found) == (
        Verdict.FAIL,
        True,
    )


def test_room_for_the_draft_of_the_next_load_is_counted(settings: WarehouseSettings) -> None:
    with settings.warehouse_path.open("wb") as file:
        file.truncate(10**13)  # a hole: it takes no room itself
    assert room(settings, 0).verdict is Verdict.FAIL


def test_a_service_that_is_allowed_too_little_memory_fails(settings: WarehouseSettings, tmp_path: Path) -> None:
    """By the limit of the control group around this process, as the kernel shows it."""
    assert memory(settings, minimum=1, usual=1).verdict is Verdict.OK
    assert memory(settings, minimum=1, usual=2**60).verdict is Verdict.WARNING
    (tmp_path / "memory.max").write_text(str(GIGABYTE))
    finding = memory(settings, cgroups=tmp_path)
    assert (finding.verdict, finding.found.split(" for ")[0]) == (Verdict.FAIL, "1.0 GB")
