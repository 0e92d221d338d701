"""Drills: `ingest rehearse` is killed, run by root in a service's folder, and on a disk that is nearly full."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.drills.test_faults import small_disk
from tests.drills.test_other_users import GROUP, SERVICE, service_dir
from tests.e2e.machine import BIN, Machine, eventually
from tests.kinds import Sample

pytestmark = pytest.mark.drill
__all__ = ["service_dir"]  # a fixture


def test_a_rehearsal_that_is_killed_has_said_the_command_which_erases_it(machine: Machine) -> None:
    machine.serve()
    command = [str(BIN / "ingest"), "rehearse", "--deliveries", "100000", "--rate", "200"]
    rehearsal = subprocess.Popen(command, env=machine.env, stdout=subprocess.PIPE, text=True)
    eventually(lambda: machine.query("SELECT count(*) > 0 FROM time_spent") == ["true"])
    rehearsal.send_signal(signal.SIGKILL)
    said, _ = rehearsal.communicate(timeout=60)
    its_command = said.splitlines()[1].strip()
    env = {"PATH": os.environ["PATH"]}
    erased = subprocess.run(["sh", "-c", its_command], env=env, cwd="/", check=False, capture_output=True, text=True)
    assert erased.returncode == 0, erased.stderr
    eventually(lambda: machine.query("SELECT count(*) FROM raw.deliveries") == ["0"])


def test_files_stay_those_of_the_service_when_root_rehearses(service_dir: Path) -> None:
    machine = Machine(service_dir, directory=service_dir.parent)
    try:
        machine.serve()
        for _ in range(2):
            said = machine.run("ingest", "rehearse", "--deliveries", "100")
            assert said.returncode == 0, said.stdout + said.stderr
            owners = {(path.stat().st_uid, path.stat().st_gid) for path in service_dir.rglob("*")}
            assert owners == {(SERVICE, GROUP)}
    finally:
        machine.kill_all()


def test_on_a_disk_without_room_to_erase_nothing_is_sent(tmp_path: Path, sample: Sample) -> None:
    with small_disk(tmp_path / "disk", megabytes=40) as disk:
        machine = Machine(disk)
        try:
            machine.serve()
            (tmp_path / "one.json").write_bytes(sample("time_spent_full"))
            assert machine.run("ingest", "send", str(tmp_path / "one.json")).returncode == 0
            eventually(lambda: machine.query("SELECT count(*) FROM time_spent") == ["1"])
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            with (disk / "ballast").open("wb") as ballast:
                ballast.write(bytes(free - 1_000_000))
            said = machine.run("ingest", "rehearse")
            assert said.returncode == 1
            assert "erasing the rehearsal makes the warehouse again: that needs" in said.stderr
            assert 'ingest_deliveries_total{outcome="stored"} 1.0' in machine.read("/metrics")
        finally:
            machine.kill_all()
