"""The ground under drills of a lake: hosts whose links are cut, PostgreSQL and S3 that both reach."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import objects, postgres
from tests.e2e.machine import eventually
from tests.network import Host, Network, network
from tests.radosgw import radosgw

pytestmark = [pytest.mark.drill, pytest.mark.skipif(os.geteuid() != 0, reason="only root makes namespaces")]

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2).close()"
ASK = """
import psycopg, sys
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    for line in sys.stdin:
        print(connection.execute(line).fetchone()[0], flush=True)
"""


@pytest.fixture(scope="module")
def two_hosts() -> Iterator[Network]:
    with network() as made:
        yield made


@pytest.fixture(scope="module")
def server(two_hosts: Network) -> Iterator[postgres.Server]:
    # PostgreSQL runs as another user, who cannot enter pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="postgres-", dir="/tmp") as folder:
        made = postgres.new_server(Path(folder), two_hosts.address, two_hosts.addresses)
        running = made.run()
        yield made
        postgres.stop(running)


def reaches(host: Host, address: str, port: int) -> bool:
    command = host.command(sys.executable, "-c", CONNECT, address, str(port))
    return subprocess.run(command, check=False, capture_output=True, timeout=30).returncode == 0


def repeats_a_packet(host: Host) -> bool:
    """Whether TCP of the host has sent something again because nobody confirmed it."""
    seen = subprocess.run(host.command("ss", "-Hto"), check=True, capture_output=True, text=True, timeout=30).stdout
    return bool(re.search(r"timer:\(on,[^,]+,[1-9]", seen))


def test_a_host_with_its_link_cut_reaches_nothing_and_the_other_goes_on(
    two_hosts: Network, server: postgres.Server
) -> None:
    one, other = two_hosts.hosts
    assert [reaches(host, server.address, server.port) for host in (one, other)] == [True, True]
    with one.cut_off():
        assert [reaches(host, server.address, server.port) for host in (one, other)] == [False, True]
    assert eventually(lambda: reaches(one, server.address, server.port))


def test_a_connection_outlives_a_cut(two_hosts: Network, server: postgres.Server) -> None:
    host = two_hosts.hosts[0]
    session = subprocess.Popen(
        host.command(sys.executable, "-c", ASK, server.conninfo()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with session:
        assert session.stdin
        assert session.stdout
        print("SELECT host(inet_client_addr())", file=session.stdin, flush=True)
        assert session.stdout.readline() == f"{host.address}\n"
        with host.cut_off():
            print("SELECT 'sent while cut'", file=session.stdin, flush=True)
            eventually(lambda: repeats_a_packet(host))
        assert session.stdout.readline() == "sent while cut\n"
        session.stdin.close()
    assert session.returncode == 0


def test_both_hosts_reach_ceph_s_object_storage(two_hosts: Network) -> None:
    with radosgw(two_hosts.address) as env:
        port = int(env["AWS_ENDPOINT_URL"].rpartition(":")[2])
        assert [reaches(host, two_hosts.address, port) for host in two_hosts.hosts] == [True, True]
        objects.client(env).put_object(Bucket=objects.BUCKET, Key="name", Body=b"content")
        assert objects.objects(env) == [b"content"]
    assert not reaches(two_hosts.hosts[0], two_hosts.address, port)
