"""The operating guide in `ingest/README.md`: its commands are run in their order, and it knows every alert."""

import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.machine import BIN, ROOT, Machine

pytestmark = pytest.mark.e2e
README = (ROOT / "ingest" / "README.md").read_text("utf-8")
GUIDE = README[README.index("\n## Operating guide") : README.index("\n## A made-up organisation")]
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
# A test of the release installs it (`pip`, `sha256sum`). The shell's settings are those of the machine here.
RUN_ELSEWHERE = ("export", "mkdir", "pip", "sha256sum")
PUBLIC = "https://events.example.org"


def shell(machine: Machine, command: str, backups: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the guide, with this machine's address and folders in it."""
    here = command.replace(PUBLIC, machine.url).replace("/var/lib/engagement-backups/main", str(backups))
    return subprocess.run(
        ["bash", "-c", here],
        env=machine.env | {"PATH": f"{BIN}:{machine.env['PATH']}"},
        cwd=machine.directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_command_of_the_guide_runs_in_its_order(machine: Machine, tmp_path: Path) -> None:
    """`systemctl` means the receiver of the test. Services of systemd are for the drills."""
    backups = tmp_path / "backups"
    receiver = machine.serve()
    sent = machine.run("ingest", "send", str(ROOT / "tests" / "payloads" / "every_action.ndjson"))
    assert sent.returncode == 0, sent.stderr
    for command in COMMANDS:
        program, verb = command.split()[:2]
        if program == "systemctl":
            receiver.send_signal(signal.SIGTERM)
            assert receiver.wait(60) == 0
            if verb != "stop":
                receiver = machine.serve()
        elif program not in RUN_ELSEWHERE:
            ended = shell(machine, command, backups)
            # Whether this machine is ready for the day is not the matter here.
            assert ended.returncode in ((0, 1) if verb == "doctor" else (0,)), (
                f"{command}\n{ended.stdout}{ended.stderr}"
            )
            assert "Traceback" not in ended.stderr
    assert [command.split()[1] for command in COMMANDS if command.startswith("warehouse")] == [
        "info",
        "backup",
        "restore",
        "check",
    ]


def test_the_guide_says_what_to_do_at_each_alert() -> None:
    rules = (ROOT / "ingest" / "deploy" / "alerts.yml").read_text("utf-8")
    rows = re.findall(r"^\| ([A-Z][A-Za-z, ]+) \|", GUIDE, re.MULTILINE)
    assert sorted(name for row in rows for name in row.split(", ")) == sorted(re.findall(r"alert: (\w+)", rules))
