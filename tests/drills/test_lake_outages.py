"""Drills: a lake's hosts lose the network, PostgreSQL or a disk, while deliveries arrive."""

import logging
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from tests import postgres
from tests.drills.lake_hosts import BATCH, Lake, lake_in, worker
from tests.drills.test_faults import kept_full, small_disk
from tests.e2e.machine import eventually
from tests.network import network
from tests.radosgw import radosgw

pytestmark = [pytest.mark.drill, pytest.mark.skipif(os.getuid() != 0, reason="Ceph and namespaces need root")]

# A failure is tried again every two seconds.
RETRIES_SECONDS = 15

log = logging.getLogger(__name__)


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


def test_receivers_go_on_while_the_disk_of_postgresql_is_full_and_say_so_once(
    tmp_path: Path, keys: dict[str, str]
) -> None:
    # A socket's path must be short, and PostgreSQL has a user of its own.
    with tempfile.TemporaryDirectory(prefix="disk-", dir="/tmp") as name, small_disk(Path(name), 260) as disk:
        disk.chmod(0o755)
        with lake_in(tmp_path, keys, disk) as lake:
            host = lake.host("one")
            lake.send(host)
            lake.is_all_there()
            with kept_full(disk):
                lake.send(host)
                eventually(lambda: "No space left" in "\n".join(host.log("ingest")), seconds=120)
                time.sleep(RETRIES_SECONDS)
                assert host.answers("/health/ready")
            failures = [line for line in host.log("ingest") if "trying again" in line]
            log.info("%d lines in %d s: %s", len(failures), RETRIES_SECONDS, failures)
            if lake.running.poll() is not None:  # PostgreSQL ends when it can't write its log
                lake.running = lake.server.run()
            lake.is_all_there()
            assert len([line for line in failures if "can't forward" in line]) == 1
            assert len(failures) <= 3


def test_a_loader_whose_own_disk_is_full_loads_what_others_forward_and_nothing_else(lake: Lake) -> None:
    one = lake.host("one")
    eventually(lambda: lake.rows("SELECT count(*) FROM raw.loads"), lambda rows: rows == [(1,)])
    os.kill(worker(one, "load"), signal.SIGSTOP)  # it holds no lock: nothing has arrived
    with small_disk(lake.folder / "disk", 20) as disk, kept_full(disk):
        full = lake.machine("full", data_dir=disk)
        full.start("warehouse", "load", "--follow")
        for _ in range(2):
            lake.send(one)
            lake.is_all_there()
        [(load_count,)] = lake.rows("SELECT count(*) FROM raw.loads")
        time.sleep(RETRIES_SECONDS)
        lines = full.log("warehouse")
        log.info("%s loads, and these lines: %s", load_count, lines)
        assert lake.rows("SELECT count(*) FROM raw.loads") == [(load_count,)]
        assert len([line for line in lines if "no culprit is found" in line]) == 1
        assert not [line for line in lines if "trying again" in line]
        full.kill_all()
