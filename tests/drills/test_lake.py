"""Drills: hosts of a lake are killed, hang, lose the network or PostgreSQL, while deliveries arrive at each."""

import json
import logging
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests import objects, postgres
from tests.e2e.machine import Machine, command_of, eventually
from tests.network import network
from tests.radosgw import radosgw
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of

pytestmark = [pytest.mark.drill, pytest.mark.skipif(os.getuid() != 0, reason="Ceph and namespaces need root")]

KILLS = 24
BATCH = 400
MAIL = "ada.lovelace@example.org"

log = logging.getLogger(__name__)


@dataclass
class Lake:
    """A PostgreSQL and a bucket, the hosts that use them, and the action ids that were accepted with a 200."""

    env: dict[str, str]
    server: postgres.Server
    running: "subprocess.Popen[bytes]"
    folder: Path
    hosts: list[Machine] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)

    def host(self, name: str, prefix: tuple[str, ...] = ()) -> Machine:
        (self.folder / name).mkdir()
        self.hosts.append(Machine(self.folder / name / "data", more_env=self.env, prefix=prefix))
        self.hosts[-1].start("ingest", "serve")
        eventually(lambda: "receiving at" in "\n".join(self.hosts[-1].log("ingest")))
        return self.hosts[-1]

    def send(self, host: Machine, count: int = BATCH, mail: str = "bob@example.org") -> None:
        """Deliver time spent by many people; each delivery must be answered with a 200."""
        first = len(self.accepted)
        ids = [f"a{number}" for number in range(first, first + count)]
        file = self.folder / "payloads.ndjson"
        file.write_text("".join(json.dumps(payload(name, mail)) + "\n" for name in ids))
        sent = host.run("ingest", "send", str(file))
        assert sent.returncode == 0, sent.stdout + sent.stderr
        self.accepted |= set(ids)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        try:
            with storage_of(WarehouseSettings.from_env(self.env)).connect() as connection:
                return connection.sql(sql).fetchall()
        except Exception:  # noqa: BLE001 -- nothing is published yet, or PostgreSQL is being restarted
            return []

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server.conninfo(), autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    def loader(self) -> int:
        """The process that holds the lock; 0 when nobody does."""
        rows = self.ask("SELECT process_id FROM engagement.loader WHERE name <> ''")
        return int(str(rows[0][0])) if rows else 0

    def is_all_there(self) -> None:
        """Each accepted delivery is stored once, and every figure has a second derivation that equals it."""
        sql = "SELECT count(*), count(DISTINCT action_id) FROM raw.deliveries"
        count = len(self.accepted)
        eventually(lambda: self.rows(sql), lambda rows: rows == [(count, count)], seconds=180)
        checked = self.hosts[0].run("warehouse", "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def kill_all(self) -> None:
        for host in self.hosts:
            host.kill_all()


def payload(name: str, mail: str) -> dict[str, object]:
    number = int(name[1:])
    profile = {"email": f"{number % 50}.{mail}", "firstName": "Bob"} if mail != MAIL else {"email": MAIL}
    return {
        "actionId": name,
        "action": "TIME_SPENT_IN_SESSION",
        "actionCreatedAt": "2025-09-18T18:00:00Z",
        "timeSpentInMinutes": 5 + number % 30,
        "event": {"id": "e1", "name": "Summit"},
        "session": {"id": f"s{number % 7}", "eventId": "e1", "title": "Talk"},
        "registration": {"id": f"r{number % 50}" if mail != MAIL else "ada", "profile": profile},
    }


@pytest.fixture(scope="module")
def bucket() -> Iterator[dict[str, str]]:
    with radosgw() as env:
        yield env


@contextmanager
def lake_in(folder: Path, env: dict[str, str], disk: Path | None = None) -> Iterator[Lake]:
    """A lake whose PostgreSQL is its own, with its data on `disk` if one is given."""
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=disk or "/tmp"))  # noqa: S108 -- a socket's path must be short
    server = postgres.new_server(home)
    prefix = f"s3://{objects.BUCKET}/{folder.name}/"
    own = {**env, "WAREHOUSE": f"ducklake:postgres:{server.conninfo()}", "WAREHOUSE_DATA": prefix}
    lake = Lake(own, server, server.run(), folder)
    try:
        yield lake
    finally:
        lake.kill_all()
        lake.running.kill()
        lake.running.wait()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def lake(tmp_path: Path, bucket: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    for name, value in bucket.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    with lake_in(tmp_path, bucket) as made:
        yield made


def workers(host: Machine) -> list[int]:
    """The host's loader and forwarder."""
    return [pid for pid in host.processes_at_work() if {b"load", b"forward"} & set(command_of(pid))]


def test_forwarders_and_loaders_killed_24_times_lose_and_double_nothing(lake: Lake) -> None:
    chance = random.Random(1)
    hosts = [lake.host(name) for name in ("one", "two")]
    for number in range(KILLS):
        lake.send(hosts[number % 2])
        time.sleep(chance.random())
        victim = chance.choice([pid for host in hosts for pid in workers(host)] or [0])
        if victim:
            os.kill(victim, signal.SIGKILL)
    lake.is_all_there()
    for host in hosts:
        host.kill_all()
    assert hosts[0].run("warehouse", "maintain").returncode == 0
    known = {str(row[0]) for row in lake.ask("SELECT path FROM ducklake_data_file")}
    known |= {str(row[0]) for row in lake.ask("SELECT path FROM ducklake_delete_file")}
    waiting = {str(row[0]) for row in lake.ask("SELECT path FROM ducklake_files_scheduled_for_deletion")}
    found = {
        name.rpartition("/")[2]
        for name in objects.names(lake.env)
        if lake.folder.name in name and name.endswith(".parquet")
    }
    orphans = found - {name.rpartition("/")[2] for name in known | waiting}
    accepted = len(lake.accepted)
    log.info("%d kills, %d accepted and stored once, %d objects, %d orphans", KILLS, accepted, len(found), len(orphans))
    assert not orphans


def test_a_killed_loader_is_replaced_within_two_seconds(lake: Lake) -> None:
    hosts = [lake.host(name) for name in ("one", "two")]
    victim = in_the_middle_of_a_load(lake, hosts[0])
    os.kill(victim, signal.SIGKILL)
    killed = time.monotonic()
    eventually(lake.loader, lambda pid: pid not in (0, victim))
    seconds = time.monotonic() - killed
    log.info("take-over after a kill: %.1f s", seconds)
    lake.is_all_there()
    assert seconds <= 2


def test_a_loader_that_hangs_is_replaced_and_changes_nothing_when_it_comes_back(lake: Lake) -> None:
    hosts = [lake.host(name) for name in ("one", "two")]
    victim = in_the_middle_of_a_load(lake, hosts[0])
    os.kill(victim, signal.SIGSTOP)
    hung = time.monotonic()
    eventually(lake.loader, lambda pid: pid not in (0, victim), seconds=90)
    seconds = time.monotonic() - hung
    log.info("take-over after a hang: %.1f s", seconds)
    eventually(lambda: lake.rows("SELECT count(*) FROM raw.deliveries"), lambda rows: rows == [(len(lake.accepted),)])
    os.kill(victim, signal.SIGCONT)
    lake.send(hosts[1])
    lake.is_all_there()
    assert seconds <= 75


def test_an_erasure_while_a_loader_hangs_leaves_nothing_of_the_person_and_doubles_nobody(lake: Lake) -> None:
    one, two = lake.host("one"), lake.host("two")
    lake.send(one, 1, MAIL)
    eventually(lambda: lake.rows("SELECT count(*) FROM raw.deliveries"), lambda rows: rows == [(1,)])
    victim = in_the_middle_of_a_load(lake, one)
    os.kill(victim, signal.SIGSTOP)
    erased = one.run("warehouse", "erase", "--email", MAIL, "--json")
    assert erased.returncode == 0, erased.stderr
    os.kill(victim, signal.SIGCONT)
    lake.accepted.discard("a0")
    lake.accepted.add("in the place of a0")  # ids go on where they were
    lake.send(two)
    lake.accepted.discard("in the place of a0")
    lake.is_all_there()
    assert lake.rows("SELECT count(*) FROM attendees WHERE registration_id = 'ada'") == [(0,)]


def test_a_host_whose_network_is_cut_goes_on_receiving_and_forwards_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with network() as net, radosgw(net.address) as env:
        for name, value in env.items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        home = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        server = postgres.new_server(home, net.address, net.addresses)
        own = {**env, "WAREHOUSE": f"ducklake:postgres:{server.conninfo()}"}
        lake = Lake(own, server, server.run(), tmp_path)
        try:
            one, two = (lake.host(host.name, tuple(host.command())) for host in net.hosts)
            lake.send(one)
            lake.send(two)
            lake.is_all_there()
            with net.hosts[0].cut_off():
                lake.send(one)
                lake.send(two)
                lost = len(lake.accepted) - BATCH
                counted = "SELECT count(*) FROM raw.deliveries"
                eventually(lambda: lake.rows(counted), lambda rows: rows == [(lost,)], seconds=120)
            lake.is_all_there()
        finally:
            lake.kill_all()
            lake.running.kill()
            lake.running.wait()
            shutil.rmtree(home, ignore_errors=True)


def test_postgresql_may_be_restarted_under_load(lake: Lake) -> None:
    hosts = [lake.host(name) for name in ("one", "two")]
    for number in range(6):
        lake.send(hosts[number % 2])
        if number % 2:
            postgres.stop(lake.running)
            lake.send(hosts[0])
            lake.running = lake.server.run()
    lake.is_all_there()
    assert all("Traceback" not in line for host in hosts for line in host.log("ingest"))
    assert lake.rows("SELECT count(*) FROM raw.quarantine") == [(0,)]


def test_receivers_go_on_while_the_disk_of_postgresql_is_full(
    tmp_path: Path, bucket: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bucket.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    disk = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=260M,mode=755", "tmpfs", disk], check=True)
    try:
        with lake_in(tmp_path, bucket, disk) as lake:
            host = lake.host("one")
            lake.send(host)
            lake.is_all_there()
            filler = disk / "filler"
            with filler.open("wb") as file:
                fill(file.write)
            lake.send(host)
            eventually(lambda: "No space left" in "\n".join(host.log("ingest")), seconds=120)
            assert host.answers("/health/ready")
            filler.unlink()
            if lake.running.poll() is not None:  # PostgreSQL ends when it can't write its log
                lake.running = lake.server.run()
            lake.is_all_there()
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(write: Callable[[bytes], object]) -> None:
    """Write until the disk is full."""
    try:
        while True:
            write(bytes(1_000_000))
    except OSError:
        return


def in_the_middle_of_a_load(lake: Lake, host: Machine) -> int:
    """The process that loads now, with a load under way that takes a while."""
    lake.send(host, 4_000)
    return eventually(lake.loader)
