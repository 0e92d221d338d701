"""`ingest serve` as a process: what it refuses to start with, how it ends, and how it keeps its loader."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from ingest.signature import HEADER, sign
from tests.e2e.machine import SECRET, Machine, eventually
from tests.kinds import Sample
from tests.programs import program

pytestmark = pytest.mark.e2e


def refusal(machine: Machine) -> str:
    """The only line that `ingest serve` prints before it ends with a non-zero status."""
    ended = machine.run("ingest", "serve")
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    return line


def test_without_a_secret_it_names_the_variable_and_says_how_to_make_one(machine: Machine) -> None:
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": ""}
    assert "ZUDDL_WEBHOOK_SECRET is not set" in (line := refusal(machine))
    assert "secrets.token_urlsafe" in line


def test_a_short_secret_is_one_warning_that_does_not_show_it(machine: Machine) -> None:
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": "hunter2"}
    machine.serve()
    [line] = [line for line in machine.log("ingest") if "fewer than 16 characters" in line]
    assert '"level": "warning"' in line
    assert "hunter2" not in "".join(machine.log("ingest"))


@pytest.mark.parametrize("host", ["a..b", "x" * 64])
def test_a_host_that_can_be_none_is_one_clear_line(host: str, machine: Machine) -> None:
    machine.more_env = {"HOST": host}
    assert "HOST" in refusal(machine)


def test_a_taken_port_is_one_clear_line(machine: Machine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", machine.port))
        taken.listen()
        assert f"127.0.0.1:{machine.port} is taken" in refusal(machine)


def test_a_second_receiver_at_the_same_port_is_refused(machine: Machine) -> None:
    machine.serve()
    assert f"127.0.0.1:{machine.port} is taken" in refusal(machine)


def test_a_data_dir_that_cannot_be_written_is_one_clear_line(machine: Machine) -> None:
    machine.data_dir = Path("/proc/nowhere")
    assert "DATA_DIR (/proc/nowhere) can't be written" in refusal(machine)


@pytest.mark.parametrize("stop_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order_and_takes_its_loader_along(stop_signal: signal.Signals, machine: Machine) -> None:
    receiver = machine.serve()
    eventually(machine.loaders)
    receiver.send_signal(stop_signal)
    assert receiver.wait(30) == 0
    assert machine.processes_at_work() == []


def test_the_loader_gives_way_to_the_receiver_and_is_out_of_reach_of_ctrl_c(machine: Machine) -> None:
    receiver = machine.serve()
    [loader] = eventually(machine.loaders)
    eventually(lambda: os.sched_getscheduler(loader) == os.SCHED_IDLE)
    # Linux compares the priorities of processes only within a session.
    assert os.getsid(loader) == os.getsid(receiver.pid)
    assert os.getpgid(loader) != os.getpgid(receiver.pid)


def test_a_killed_loader_is_started_again_and_loads_on(machine: Machine, sample: Sample, tmp_path: Path) -> None:
    machine.serve()
    [first] = eventually(machine.loaders)
    os.kill(first, signal.SIGKILL)
    file = tmp_path / "one.ndjson"
    file.write_bytes(sample("time_spent_full"))
    assert machine.run("ingest", "send", str(file)).returncode == 0
    eventually(lambda: machine.query("SELECT count(*) FROM time_spent"), lambda rows: rows == ["1"])
    [second] = machine.loaders()
    assert second != first


def test_a_loader_does_not_outlive_a_killed_receiver(machine: Machine) -> None:
    receiver = machine.serve()
    eventually(machine.loaders)
    receiver.kill()
    receiver.wait()
    eventually(lambda: machine.processes_at_work() == [])


def test_a_wrong_signature_is_401_and_never_reaches_the_warehouse(machine: Machine) -> None:
    machine.serve()
    bad, good = b'{"action": "BAD"}', b'{"action": "GOOD"}'
    for body, secret, status in ((bad, "another", "401"), (good, SECRET, "200")):
        curl = [program("curl", "curl"), "-s", "-o", os.devnull, "-w", "%{http_code}", "--data-binary", body.decode()]
        signed = ["-H", f"{HEADER}: {sign(secret, body)}", f"{machine.url}/webhooks/zuddl"]
        assert subprocess.run([*curl, *signed], capture_output=True, text=True, check=True).stdout == status
    eventually(lambda: machine.query("SELECT action FROM raw.deliveries"), lambda rows: rows == ["GOOD"])


def test_a_load_beside_the_receivers_own_loader_takes_its_turn_and_doubles_nothing(
    machine: Machine, sample: Sample, tmp_path: Path
) -> None:
    machine.serve()
    file = tmp_path / "one.ndjson"
    file.write_bytes(sample("time_spent_full"))
    assert machine.run("ingest", "send", str(file)).returncode == 0
    assert machine.run("warehouse", "load").returncode == 0
    assert machine.query("SELECT count(*) FROM raw.deliveries") == ["1"]


@pytest.mark.parametrize("command", ["ingest", "ingest serve", "ingest send", "ingest simulate", "warehouse load"])
def test_help_is_there_for_every_command(command: str, machine: Machine) -> None:
    shown = machine.run(*command.split(), "--help")
    assert shown.returncode == 0
    assert shown.stdout.startswith("Usage: ")


def test_packages_of_the_working_directory_do_not_run_in_place_of_ours(
    machine: Machine, sample: Sample, tmp_path: Path
) -> None:
    """Such as another checkout's. Each of them would note that it ran."""
    machine.directory = tmp_path / "elsewhere"
    for package in ("warehouse", "ingest", "ingest/commit", "dashboard", "duckdb", "json"):
        (folder := machine.directory / package).mkdir(parents=True)
        for module in ("__init__", "__main__", "inbox_writer"):
            (folder / f"{module}.py").write_text("open('ran', 'a').write(__file__)\n", "utf-8")
    machine.serve()
    file = tmp_path / "one.ndjson"
    file.write_bytes(sample("time_spent_full"))
    assert machine.run("ingest", "send", str(file)).returncode == 0
    eventually(lambda: machine.query("SELECT count(*) FROM time_spent"), lambda rows: rows == ["1"])
    assert not (machine.directory / "ran").exists()


def test_a_secret_from_a_file_is_in_no_command_line_and_no_environment(machine: Machine, tmp_path: Path) -> None:
    """Neither of the receiver nor of the processes that it starts, nor in their log."""
    file = tmp_path / "secret"
    file.write_text("only-in-this-file-0123456789\n")
    file.chmod(0o644)
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": "", "ZUDDL_WEBHOOK_SECRET_FILE": str(file)}
    machine.serve()
    processes = eventually(machine.processes_at_work, lambda found: len(found) >= 3)
    for process in processes:
        for source in ("cmdline", "environ"):
            assert b"only-in-this-file" not in Path(f"/proc/{process}/{source}").read_bytes()
    log = machine.log("ingest")
    assert any("can be read or changed by every user" in line for line in log)
    assert "only-in-this-file" not in str(log)
