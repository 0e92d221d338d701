"""Drills: other users and other DuckDB clients at the same files, as real processes (`make drills`)."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.drills.clients import Clients
from tests.drills.test_faults import small_disk
from tests.e2e.machine import BIN, Machine, eventually
from tests.foreign_client import open_to_write
from tests.kinds import Action

pytestmark = pytest.mark.drill

SERVICE, ANALYST = 60_001, 60_002
GROUP, OTHER_GROUP = 60_003, 60_004
WHO = "SELECT registration_id FROM time_spent ORDER BY ALL"
OPEN_TO_WRITE = "import sys, duckdb; duckdb.connect(sys.argv[1]).execute('CREATE TABLE mine (n INTEGER)')"
READ = f"import sys, duckdb; print(duckdb.connect(sys.argv[1], read_only=True).sql('{WHO}').fetchall())"


@pytest.fixture
def service_dir() -> Iterator[Path]:
    """A data directory of the service's user, which other users can reach: pytest's own folders are for root alone."""
    if os.geteuid() != 0:
        pytest.fail("this drill runs commands as other users: run it as root")
    with TemporaryDirectory(prefix="drill-") as folder:
        Path(folder).chmod(0o755)
        data_dir = Path(folder) / "data"
        data_dir.mkdir(0o750)
        os.chown(data_dir, SERVICE, GROUP)
        yield data_dir


def run_as(user: int, group: int, *command: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user of one group."""
    program, *arguments = command
    return subprocess.run(
        ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", BIN / program, *arguments],
        env={"DATA_DIR": str(data_dir), "PATH": os.environ["PATH"]},
        umask=0o022,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def payloads(data_dir: Path, *actions: object) -> str:
    file = data_dir.parent / "payloads.ndjson"
    file.write_text("\n".join(json.dumps(action) for action in actions))
    return str(file)


def test_after_root_has_rebuilt_backed_up_and_erased_the_service_still_publishes(
    service_dir: Path, action: Action
) -> None:
    def as_service(*command: str) -> None:
        result = run_as(SERVICE, GROUP, *command, data_dir=service_dir)
        assert result.returncode == 0, result.stderr

    as_service("warehouse", "load", payloads(service_dir, action("ann"), action("bob")))
    for command in (["rebuild"], ["backup", str(service_dir / "backup")], ["erase", "--registration-id", "bob"]):
        result = run_as(0, 0, "warehouse", *command, data_dir=service_dir)
        assert result.returncode == 0, result.stderr
        as_service("warehouse", "load", payloads(service_dir, action(f"after-{command[0]}")))
        owners = {path: (path.stat().st_uid, path.stat().st_gid) for path in service_dir.rglob("*")}
        assert set(owners.values()) == {(SERVICE, GROUP)}, owners
    read = run_as(SERVICE, GROUP, "python", "-c", READ, str(service_dir / "warehouse.duckdb"), data_dir=service_dir)
    assert read.stdout == "[('after-backup',), ('after-erase',), ('after-rebuild',), ('ann',)]\n"


def test_a_data_dir_that_root_makes_belongs_to_the_owner_of_the_folder_above(service_dir: Path, action: Action) -> None:
    new = service_dir / "new"
    result = run_as(0, 0, "warehouse", "load", payloads(service_dir, action("ann")), data_dir=new)
    assert result.returncode == 0, result.stderr
    result = run_as(SERVICE, GROUP, "warehouse", "load", payloads(service_dir, action("bob")), data_dir=new)
    assert result.returncode == 0, result.stderr


def test_files_that_root_made_with_an_earlier_release_stop_nothing(service_dir: Path, action: Action) -> None:
    """The warehouse is root's, for everybody to read; so is the lock of that release."""
    run_as(SERVICE, GROUP, "warehouse", "load", payloads(service_dir, action("ann")), data_dir=service_dir)
    (service_dir / ".loader.lock").touch()
    for name in ("warehouse.duckdb", ".loader.lock"):
        os.chown(service_dir / name, 0, 0)
        (service_dir / name).chmod(0o644)
    for name in ("bob", "cat"):
        result = run_as(SERVICE, GROUP, "warehouse", "load", payloads(service_dir, action(name)), data_dir=service_dir)
        assert result.returncode == 0, result.stderr


def test_the_group_reads_the_warehouse_nobody_writes_it_and_others_see_nothing(
    service_dir: Path, action: Action
) -> None:
    run_as(SERVICE, GROUP, "warehouse", "load", payloads(service_dir, action("ann")), data_dir=service_dir)
    warehouse = str(service_dir / "warehouse.duckdb")
    service_dir.chmod(0o755)  # as a folder that somebody made: the files are closed by themselves
    for user, group, program, output in (
        (ANALYST, GROUP, READ, "[('ann',)]\n"),
        (ANALYST, OTHER_GROUP, READ, ""),
        (ANALYST, GROUP, OPEN_TO_WRITE, ""),
        (SERVICE, GROUP, OPEN_TO_WRITE, ""),
    ):
        result = run_as(user, group, "python", "-c", program, warehouse, data_dir=service_dir)
        assert result.stdout == output
        assert (result.returncode == 0) == bool(output)
        assert not output or not result.stderr
        assert output or "Permission denied" in result.stderr
    assert not list(service_dir.glob("*.wal"))


def test_a_killed_client_that_wrote_costs_nothing_and_its_log_is_set_aside(machine: Machine) -> None:
    """Root opens the published file to write, deletes, and is killed, again and again, under receiver and loader."""
    machine.serve()
    clients = Clients(machine)
    clients.post_for(0.5)
    clients.assert_each_acknowledged_is_there_once()
    for _ in range(3):
        with open_to_write(machine.warehouse, "DELETE FROM time_spent; DELETE FROM raw.deliveries"):
            clients.post_for(0.5)
        clients.assert_each_acknowledged_is_there_once()
    with open_to_write(machine.warehouse, "DELETE FROM time_spent; DELETE FROM raw.deliveries"):
        for command in (["info"], ["check"], ["load"], ["rebuild"], ["backup", str(machine.data_dir / "backup")]):
            result = machine.run("warehouse", *command)
            assert result.returncode == 0, result.stdout + result.stderr
    eventually(lambda: list(machine.data_dir.glob("warehouse.duckdb.wal")), lambda logs: not logs)
    clients.assert_each_acknowledged_is_there_once()
    kept = list(machine.data_dir.glob("warehouse.foreign-*.duckdb.wal"))
    assert kept
    warnings = machine.log("ingest")
    for path in kept:
        assert sum(path.name in line for line in warnings) <= 1
    assert any(path.name in line for path in kept for line in warnings)


def test_a_backup_onto_a_full_disk_leaves_nothing_and_says_how_much_it_needs(machine: Machine, tmp_path: Path) -> None:
    big = tmp_path / "big.ndjson"
    big.write_text("\n".join(json.dumps({"action": "OTHER", "note": os.urandom(4000).hex()}) for _ in range(1000)))
    assert machine.run("warehouse", "load", str(big)).returncode == 0
    with small_disk(tmp_path / "small", 8) as disk:
        for target in (disk, disk / "new"):
            result = machine.run("warehouse", "backup", str(target))
            assert result.returncode == 1
            assert "MB, and 8." in result.stderr
            assert list(disk.iterdir()) == []
