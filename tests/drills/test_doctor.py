"""Drills: `ingest doctor` on machines that are broken for real, and as other users (`make drills`)."""

import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.drills.test_faults import small_disk
from tests.drills.test_other_users import ANALYST, GROUP, OTHER_GROUP, SERVICE, run_as, service_dir
from tests.e2e.machine import BIN, Machine
from tests.kinds import Action
from tests.programs import program

pytestmark = pytest.mark.drill
__all__ = ["service_dir"]  # a fixture


def verdicts(said: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """Verdict and finding of each check."""
    return {finding["check"]: (finding["verdict"], finding["found"]) for finding in json.loads(said.stdout)}


def examined(machine: Machine, *wrapper: str, options: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    """What the doctor finds, as a program that another one starts."""
    command = [*wrapper, str(BIN / "ingest"), "doctor", "--json", *options]
    return verdicts(subprocess.run(command, env=machine.env, capture_output=True, text=True, check=False, timeout=300))


def test_a_full_disk_fails_in_room_and_fsync(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=20) as disk:
        machine = Machine(disk)
        machine.serve()
        machine.kill_all()
        with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as file:
            while file.write(bytes(65_536)):
                pass
        found = examined(machine)
    assert [found[name][0] for name in ("file system", "room", "fsync")] == ["FAIL"] * 3
    assert "No space left on device" in found["fsync"][1]


def test_a_disk_whose_fsync_takes_150_ms_is_a_warning(machine: Machine) -> None:
    slow = (program("strace", "strace"), "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync")
    found = examined(machine, *slow, "-e", "inject=fsync:delay_enter=150000")
    assert found["fsync"][0] == "warning"


def test_a_clock_that_is_an_hour_ahead_fails(machine: Machine) -> None:
    machine.serve()
    url = f"{machine.url}/webhooks/zuddl"
    assert examined(machine, options=("--url", url))["clock"][0] == "ok"
    found = examined(machine, program("faketime", "faketime"), "-f", "+3600s", options=("--url", url))
    verdict, said = found["clock"]
    assert verdict == "FAIL"
    assert int(said.split()[0]) in range(3_590, 3_611)


def test_a_file_that_root_left_behind_fails_for_the_service(service_dir: Path, action: Action) -> None:
    file = service_dir.parent / "payloads.ndjson"
    file.write_text(json.dumps(action("ann")))
    assert run_as(SERVICE, GROUP, "warehouse", "load", str(file), data_dir=service_dir).returncode == 0

    def doctor(user: int, group: int) -> dict[str, tuple[str, str]]:
        return verdicts(run_as(user, group, "ingest", "doctor", "--json", data_dir=service_dir))

    assert doctor(SERVICE, GROUP)["owners"][0] == "ok"
    os.chown(service_dir / "inbox.sqlite", 0, 0)
    found = doctor(SERVICE, GROUP)
    assert found["owners"][0] == "FAIL"
    assert "inbox.sqlite belongs to root" in found["owners"][1]
    assert found["backlog"][0] == "FAIL"
    stranger = doctor(ANALYST, OTHER_GROUP)
    assert {verdict for check, (verdict, _) in stranger.items() if check in ("owners", "inbox", "fsync")} == {"FAIL"}
