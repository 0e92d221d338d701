"""Drills: what survives which failure, with real processes (`make drills`). Each test is a sentence of the README."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from ingest.signature import HEADER, sign
from tests.e2e.machine import BIN, SECRET, Machine, eventually

pytestmark = pytest.mark.drill

ROUNDS = 50
CLIENTS = 8


class Clients:
    """Eight senders at once, each delivery with an id of its own; remembers which were answered with 200."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.sent = 0
        self.acknowledged: list[int] = []
        self.statuses: set[int] = set()

    def post_for(self, seconds: float, meanwhile: partial[None] | None = None) -> None:
        """Post as fast as the receiver answers; after the time do what is to be done, and wait for the last answers."""
        asyncio.run(self._post_for(seconds, meanwhile))

    async def _post_for(self, seconds: float, meanwhile: partial[None] | None) -> None:
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            posting = [asyncio.create_task(self._client(session, time.monotonic() + seconds)) for _ in range(CLIENTS)]
            await asyncio.sleep(seconds)
            if meanwhile:
                await asyncio.to_thread(meanwhile)
            await asyncio.gather(*posting)

    async def _client(self, session: aiohttp.ClientSession, until: float) -> None:
        with suppress(aiohttp.ClientError, TimeoutError):  # killed in the middle: not acknowledged
            while time.monotonic() < until + 1:
                self.sent += 1
                number = self.sent
                body = (
                    f'{{"action":"TIME_SPENT_IN_SESSION","actionId":"a{number}","registration":{{"id":"r{number}"}},'
                    '"event":{"id":"e"},"session":{"id":"s"},"timeSpentInMinutes":1}'
                ).encode()
                url = f"{self.machine.url}/webhooks/zuddl"
                async with session.post(url, data=body, headers={HEADER: sign(SECRET, body)}) as answer:
                    self.statuses.add(answer.status)
                    if answer.status == 200:
                        self.acknowledged.append(number)

    def assert_each_acknowledged_is_there_once(self) -> None:
        """Every delivery answered with 200 is in time_spent, and none is there twice."""
        expected = {f"r{number}" for number in self.acknowledged}
        stored = eventually(
            lambda: self.machine.query("SELECT registration_id FROM time_spent"), lambda rows: expected <= set(rows)
        )
        assert len(stored) == len(set(stored))


def kill_loader(machine: Machine) -> None:
    for process_id in machine.loaders():
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)


@contextmanager
def small_disk(directory: Path, megabytes: int) -> Iterator[Path]:
    """A tmpfs of its own, which can be filled."""
    directory.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.fail("this drill mounts a small tmpfs: run it as root")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def fill(directory: Path) -> Path:
    """Take all the room that is left."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    return ballast


def test_sigkill_at_random_points_loses_no_acknowledged_delivery_and_doubles_none(machine: Machine) -> None:
    """50 rounds with 8 clients; each kills everything, or the loader alone, at a random moment."""
    chance = random.Random(3)
    clients = Clients(machine)
    for number in range(ROUNDS):
        machine.serve()
        victim = machine.kill_all if number % 2 else partial(kill_loader, machine)
        clients.post_for(chance.uniform(0.2, 1.0), partial(victim))
        machine.kill_all()
    assert len(clients.acknowledged) > ROUNDS
    machine.serve()
    clients.assert_each_acknowledged_is_there_once()


def test_a_full_disk_refuses_with_503_and_recovers_by_itself_once_there_is_room(
    machine: Machine, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small", 48) as disk:
        machine.data_dir = disk
        clients = Clients(machine)
        machine.serve()
        clients.post_for(1)
        ballast = fill(disk)
        clients.post_for(2)
        assert clients.statuses == {200, 503}
        assert not machine.answers("/health/ready")
        ballast.unlink()
        eventually(partial(machine.answers, "/health/ready"))
        clients.post_for(1)
        clients.assert_each_acknowledged_is_there_once()
        machine.kill_all()


def test_a_torn_write_ahead_log_costs_at_most_what_was_not_acknowledged(machine: Machine) -> None:
    """The last bytes of the log are cut off, as by a power cut in the middle of a write that nobody was told of."""
    clients = Clients(machine)
    machine.serve()
    clients.post_for(1)
    machine.kill_all()
    log = machine.data_dir / "inbox.sqlite-wal"
    with log.open("ab") as file:
        file.write(os.urandom(5_000))
    machine.serve()
    clients.assert_each_acknowledged_is_there_once()


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
    """The second half is received a year before the first, as far as the receiver knows."""
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
    """Refused while the secret was wrong, accepted by `ingest reverify` once it is mended, each once."""
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": "mistyped"}
    receiver = machine.serve()
    clients = Clients(machine)
    clients.post_for(1)
    assert clients.statuses == {401}
    receiver.terminate()
    assert receiver.wait(30) == 0
    machine.more_env = {}
    assert "it would be accepted" in machine.run("ingest", "diagnose").stdout
    assert machine.run("ingest", "reverify").returncode == 0
    machine.serve()
    assert eventually(lambda: machine.query("SELECT count(*) > 100 FROM time_spent"), lambda rows: rows == ["true"])


def test_the_200_is_sent_only_after_the_fsync(machine: Machine, tmp_path: Path) -> None:
    """Strace shows, between the last write to the log and the first byte of the answer, an fdatasync that returned."""
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-y", "-e", "trace=pwrite64,fdatasync,fsync,write,writev,send,sendto,sendmsg"]
    with (tmp_path / "log").open("ab") as log:
        process = subprocess.Popen(
            [*strace, "-s", "80", "-o", trace, BIN / "ingest", "serve"], env=machine.env, stdout=log, stderr=log
        )
    machine.processes.append(process)
    eventually(partial(machine.answers, "/health/ready"))
    body = b'{"action":"TRACED"}'
    curl = ["curl", "-s", "--data-binary", body.decode(), "-H", f"{HEADER}: {sign(SECRET, body)}"]
    subprocess.run([*curl, f"{machine.url}/webhooks/zuddl"], check=True, capture_output=True)
    machine.kill_all()
    lines = trace.read_text(errors="replace").splitlines()
    stored = max(i for i, line in enumerate(lines) if "inbox.sqlite-wal" in line and "pwrite64" in line)
    answered = next(i for i, line in enumerate(lines) if '{\\"status\\":\\"stored\\"}' in line)
    synced = [line for line in lines[stored:answered] if "sync" in line and "= 0" in line]
    assert synced, lines[stored : answered + 1]


@pytest.mark.parametrize(
    "start", [b"POST /webhooks/zuddl HTTP/1.1\r\nHost: x\r\nX-A: a", b""], ids=["headers", "silence"]
)
def test_who_is_too_slow_with_headers_is_cut_off(start: bytes, machine: Machine) -> None:
    machine.serve()
    with socket.create_connection(("127.0.0.1", machine.port), timeout=60) as slow:
        slow.sendall(start)
        began = time.monotonic()
        with suppress(ConnectionError):
            while slow.recv(4096):
                pass
        assert time.monotonic() - began < 50


def test_who_is_too_slow_with_a_body_is_cut_off(machine: Machine) -> None:
    machine.serve()
    with socket.create_connection(("127.0.0.1", machine.port), timeout=60) as slow:
        slow.sendall(b"POST /webhooks/zuddl HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        assert slow.recv(4096).startswith(b"HTTP/1.1 408")


def test_it_ends_within_its_time_limit_and_loses_nothing_when_told_to_end_in_a_burst(machine: Machine) -> None:
    receiver = machine.serve()
    clients = Clients(machine)
    clients.post_for(1, partial(receiver.terminate))
    assert receiver.wait(30) == 0
    machine.serve()
    clients.assert_each_acknowledged_is_there_once()
