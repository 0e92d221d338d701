"""Drills: what survives which failure, with real processes (`make drills`). A README says each of these sentences."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from ingest.signature import HEADER, sign
from tests.drills.clients import Clients, body_of
from tests.e2e.machine import BIN, SECRET, Machine, command_of, eventually
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.storage.file.lock import only_writer

pytestmark = pytest.mark.drill

ROUNDS = 50
PAGE = 16_384
ROWS_OF_A_PAGE = 150


def kill_loader(machine: Machine) -> None:
    for process_id in machine.loaders():
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)


def kill_writer(machine: Machine) -> None:
    for process_id in machine.processes_at_work():
        if any(b"inbox_writer" in argument for argument in command_of(process_id)):
            os.kill(process_id, signal.SIGKILL)


@contextmanager
def small_disk(directory: Path, megabytes: int) -> Iterator[Path]:
    """A small file system in memory, which can be filled."""
    directory.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.fail("this drill mounts a small tmpfs: run it as root")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


@contextmanager
def kept_full(directory: Path) -> Iterator[None]:
    """Keep a disk full: also take the room that the loader frees after a failed draft."""
    ballast = directory / "ballast"
    is_over = threading.Event()

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            while not is_over.wait(0.01):
                with suppress(OSError):
                    while True:
                        file.write(bytes(4096))

    filler = threading.Thread(target=fill)
    filler.start()
    try:
        yield
    finally:
        is_over.set()
        filler.join()
        ballast.unlink()


def test_sigkill_at_random_points_loses_no_acknowledged_delivery_and_doubles_none(machine: Machine) -> None:
    """50 rounds with 8 clients. Each round kills everything, or the loader alone, at a random moment."""
    chance = random.Random(3)
    clients = Clients(machine)
    for number in range(ROUNDS):
        machine.serve()
        kill = machine.kill_all if number % 2 else partial(kill_loader, machine)
        clients.post_for(chance.uniform(0.2, 1.0), kill)
        machine.kill_all()
    machine.serve()
    clients.assert_each_acknowledged_is_there_once()


def test_a_killed_writer_of_the_inbox_costs_only_what_it_had_not_acknowledged(machine: Machine) -> None:
    clients = Clients(machine)
    machine.serve()
    for _ in range(10):
        clients.post_for(0.3, partial(kill_writer, machine))
    assert clients.statuses == {200, 503}
    clients.assert_each_acknowledged_is_there_once()


def test_a_full_disk_refuses_with_503_and_recovers_by_itself_once_there_is_room(
    machine: Machine, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small", 48) as disk:
        machine.data_dir = disk
        clients = Clients(machine)
        machine.serve()
        clients.post_for(1)
        with kept_full(disk):

            def is_unready_after_more_deliveries() -> bool:
                clients.post_for(0)
                return not machine.answers("/health/ready")

            eventually(is_unready_after_more_deliveries)
            assert machine.answers("/health/live")
            assert clients.statuses == {200, 503}
        eventually(partial(machine.answers, "/health/ready"))
        clients.post_for(1)
        clients.assert_each_acknowledged_is_there_once()
        machine.kill_all()


def test_a_torn_write_ahead_log_costs_at_most_what_was_not_acknowledged(machine: Machine) -> None:
    """It ends in half a write, as after a power cut before its fsync: nothing of it was acknowledged."""
    clients = Clients(machine)
    machine.serve()
    clients.post_for(1)
    machine.kill_all()
    log = machine.data_dir / "inbox.sqlite-wal"
    with log.open("ab") as file:
        file.write(os.urandom(5_000))
    machine.serve()
    clients.assert_each_acknowledged_is_there_once()


def test_a_full_disk_under_the_warehouse_alone_refuses_nothing_and_is_made_up_for(
    machine: Machine, tmp_path: Path
) -> None:
    """The inbox lies on another disk: deliveries wait there until the loader can write the warehouse again."""
    inbox = tmp_path / "other" / "inbox.sqlite"
    inbox.parent.mkdir()
    with small_disk(tmp_path / "small", 48) as disk:
        machine.data_dir = disk
        (disk / "inbox.sqlite").symlink_to(inbox)
        clients = Clients(machine)
        machine.serve()
        eventually(machine.warehouse.exists)
        with kept_full(disk):
            clients.post_for(2)
            eventually(lambda: any("trying again" in line for line in machine.log("ingest")))
            assert clients.statuses == {200}
            assert machine.query("SELECT count(*) FROM time_spent") == ["0"]
        clients.assert_each_acknowledged_is_there_once()
        machine.kill_all()


def test_a_corrupt_write_ahead_log_costs_what_is_not_loaded_and_nothing_later(machine: Machine) -> None:
    """The disk lost all of the log. What the warehouse holds stays, and later deliveries are loaded."""
    clients = Clients(machine)
    machine.serve()
    clients.post_for(1)
    clients.assert_each_acknowledged_is_there_once()
    machine.kill_all()
    log = machine.data_dir / "inbox.sqlite-wal"
    log.write_bytes(os.urandom(log.stat().st_size))
    machine.serve()
    clients.post_for(1)
    clients.assert_each_acknowledged_is_there_once()


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def fill_with_garbage(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


@pytest.mark.parametrize("harm", [cut_short, fill_with_garbage])
def test_a_damaged_warehouse_is_kept_aside_and_made_again_and_nothing_is_refused(
    harm: Callable[[Path], None], machine: Machine
) -> None:
    clients = Clients(machine)
    machine.serve()
    clients.post_for(1)
    clients.assert_each_acknowledged_is_there_once()

    def harm_the_published() -> None:
        with only_writer(machine.data_dir):  # no load is under way: it would replace the harmed file
            harm(machine.warehouse)

    clients.post_for(1, harm_the_published)
    assert clients.statuses == {200}
    clients.assert_each_acknowledged_is_there_once()
    [kept] = machine.data_dir.glob("warehouse.corrupt-*.duckdb")
    assert any(kept.name in line for line in machine.log("ingest"))


def test_a_corrupt_inbox_is_kept_aside_and_a_new_one_accepts(machine: Machine) -> None:
    clients = Clients(machine)
    machine.serve()
    clients.post_for(1)
    clients.assert_each_acknowledged_is_there_once()
    machine.kill_all()
    (machine.data_dir / "inbox.sqlite").write_bytes(b"this is no database at all" * 1000)
    machine.serve()
    clients.post_for(1)
    clients.assert_each_acknowledged_is_there_once()
    assert list(machine.data_dir.glob("inbox.damaged-*.sqlite"))


@pytest.mark.parametrize("is_running", [False, True], ids=["at rest", "at work"])
def test_an_inbox_damaged_in_its_middle_costs_only_what_lay_on_the_damaged_page(
    is_running: bool, machine: Machine
) -> None:
    """It is noticed although the receiver never reads there. The rest is loaded, and no delivery is refused."""
    clients = Clients(machine)
    machine.serve()
    [loader] = eventually(machine.loaders)
    os.kill(loader, signal.SIGSTOP)
    clients.post_for(2)
    if not is_running:
        machine.kill_all()
    inbox = machine.data_dir / "inbox.sqlite"
    with closing(Inbox(inbox)) as opened:
        opened.settle()
    with inbox.open("r+b") as file:
        # The page of a delivery in the middle: around it lie those of small tables.
        file.seek(file.read().index(body_of(clients.sent // 2)) // PAGE * PAGE)
        file.write(os.urandom(PAGE))
    if is_running:
        os.kill(loader, signal.SIGCONT)
    else:
        machine.serve()
    acknowledged_before = clients.numbered(200)
    [kept] = eventually(lambda: list(machine.data_dir.glob("inbox.damaged-*.sqlite")))
    assert "ingest_inbox_damaged_files 1.0" in machine.read("/metrics")
    assert kept.name in machine.read("/health/ready")
    assert any(kept.name in line for line in machine.log("ingest"))
    clients.post_for(1)
    assert clients.statuses == {200}
    expected = clients.numbered(200) - acknowledged_before
    query = "SELECT registration_id FROM time_spent"
    eventually(lambda: expected.difference(machine.query(query)), lambda missing: not missing)
    stored = machine.query(query)
    assert len(stored) == len(set(stored))
    assert 1 <= len(acknowledged_before.difference(stored)) <= ROWS_OF_A_PAGE


def test_a_refused_priority_of_the_loader_does_not_end_its_supervision(machine: Machine, tmp_path: Path) -> None:
    """As systemd's `SystemCallFilter=~@resources` refuses it. Each killed loader is started again, and counted."""
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=sched_setscheduler"]
    refused = ["-e", "inject=sched_setscheduler:error=EPERM"]
    with (tmp_path / "ingest.log").open("ab") as log:
        process = subprocess.Popen(
            [*strace, *refused, BIN / "ingest", "serve"], env=machine.env, stdout=log, stderr=log
        )
    machine.processes.append(process)
    eventually(partial(machine.answers, "/health/ready"))
    for restarts in (1, 2):
        [loader] = eventually(machine.loaders)
        os.kill(loader, signal.SIGKILL)
        eventually(lambda killed=loader: set(machine.loaders()) - {killed})  # type: ignore[misc]  # a default binds it
        assert f"loader_restarts_total {restarts}.0" in machine.read("/metrics")
    assert "background_task_failures_total 0.0" in machine.read("/metrics")
    assert len([line for line in machine.log("ingest") if "refuses to lower it" in line]) == 1
    assert "EPERM" in (tmp_path / "trace").read_text("utf-8")
    clients = Clients(machine)

    def has_posted_enough() -> bool:  # strace slows the receiver down
        clients.post_for(1)
        return len(clients.numbered(200)) > 100

    eventually(has_posted_enough)
    clients.assert_each_acknowledged_is_there_once()


def test_a_loader_that_hangs_for_a_minute_delays_and_loses_nothing(machine: Machine) -> None:
    clients = Clients(machine)
    machine.serve()
    [loader] = eventually(machine.loaders)
    os.kill(loader, signal.SIGSTOP)
    clients.post_for(2)
    time.sleep(60)
    assert clients.statuses == {200}
    os.kill(loader, signal.SIGCONT)
    clients.assert_each_acknowledged_is_there_once()


def test_a_clock_that_is_set_back_loses_and_doubles_nothing(machine: Machine) -> None:
    """By the receiver's clock, the second half is received a year before the first."""
    clients = Clients(machine)
    machine.serve()
    clients.post_for(1)
    machine.kill_all()
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not libraries:
        pytest.fail("this drill needs libfaketime (Debian: apt install libfaketime)")
    machine.more_env = {"LD_PRELOAD": str(libraries[0]), "FAKETIME": "-365d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    machine.serve()
    clients.post_for(1)
    machine.more_env = {}
    clients.assert_each_acknowledged_is_there_once()


def test_a_wrong_secret_costs_nothing(machine: Machine) -> None:
    """Refused while the secret was wrong; `ingest reverify` accepts each once, after the secret is right.

    Eight senders post at the pace of a real burst. Beyond the bound on the rate, deliveries are dropped and counted.
    """
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": "mistyped"}
    receiver = machine.serve()
    clients = Clients(machine, seconds_between=0.01)
    clients.post_for(2)
    assert clients.statuses == {401}
    receiver.terminate()
    assert receiver.wait(30) == 0
    machine.more_env = {}
    assert "would be accepted now" in machine.run("ingest", "diagnose").stdout
    assert machine.run("ingest", "reverify").returncode == 0
    machine.serve()
    clients.assert_there_once(401)


def test_the_200_is_sent_only_after_the_fsync(machine: Machine, tmp_path: Path) -> None:
    """Strace shows it: after the last write to the log, fdatasync returned before the answer's first byte was sent."""
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-y", "-e", "trace=pwrite64,fdatasync,fsync,write,writev,send,sendto,sendmsg"]
    with (tmp_path / "log").open("ab") as log:
        process = subprocess.Popen(
            [*strace, "-s", "400", "-o", trace, BIN / "ingest", "serve"], env=machine.env, stdout=log, stderr=log
        )
    machine.processes.append(process)
    eventually(partial(machine.answers, "/health/ready"))
    body = b'{"action":"TRACED"}'
    curl = ["curl", "-s", "--data-binary", body.decode(), "-H", f"{HEADER}: {sign(SECRET, body)}"]
    subprocess.run([*curl, f"{machine.url}/webhooks/zuddl"], check=True, capture_output=True)
    loaders = {str(process_id) for process_id in machine.loaders()}
    machine.kill_all()
    # Without the loader, which writes and syncs too.
    calls = [line for line in trace.read_text(errors="replace").splitlines() if line.split()[0] not in loaders]
    answered = next(i for i, call in enumerate(calls) if '{\\"status\\":\\"stored\\"}' in call)
    stored = max(i for i, call in enumerate(calls[:answered]) if "pwrite64" in call and "inbox.sqlite-wal" in call)
    writer = calls[stored].split()[0]
    after = [call for call in calls[stored:answered] if call.split()[0] == writer]
    assert any("fdatasync" in call and "inbox.sqlite-wal" in call for call in after), after
    assert any("fdatasync" in call and call.endswith("= 0") for call in after), after
