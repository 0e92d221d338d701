"""Hostile senders against the real server: always a 4xx, never a 5xx, nothing stored, nobody else disturbed."""

import socket
from contextlib import closing

import pytest

from ingest.signature import sign
from tests.e2e.machine import SECRET, Machine
from warehouse.inbox import Inbox

pytestmark = pytest.mark.e2e

BODY = b'{"action":"X"}'
SIGNATURE = f"X-Webhook-Signature: {sign(SECRET, BODY)}\r\n".encode()
POST = b"POST /webhooks/zuddl HTTP/1.1\r\nHost: localhost\r\n"


def raw(machine: Machine, request: bytes) -> bytes:
    """The status line of the answer to exactly these bytes; empty when the connection was closed without one."""
    with socket.create_connection(("127.0.0.1", machine.port), timeout=60) as connection:
        connection.sendall(request)
        return connection.recv(4096).split(b"\r\n", 1)[0]


def accepted(machine: Machine) -> int:
    """How many deliveries are in the inbox."""
    with closing(Inbox(machine.data_dir / "inbox.sqlite")) as inbox:
        return inbox.last_id()


REQUESTS = {
    "no signature": POST + b"Content-Length: 14\r\n\r\n" + BODY,
    "signature of any bytes": POST + b"X-Webhook-Signature: \xff\xfe\xc3\r\nContent-Length: 14\r\n\r\n" + BODY,
    "two signatures": POST + b"X-Webhook-Signature: a\r\n" * 2 + b"Content-Length: 14\r\n\r\n" + BODY,
    "announced too large": POST + SIGNATURE + b"Content-Length: 99999999999\r\n\r\n",
    "length is no number": POST + SIGNATURE + b"Content-Length: -1\r\n\r\n" + BODY,
    "two lengths": POST + SIGNATURE + b"Content-Length: 14\r\nContent-Length: 15\r\n\r\n" + BODY,
    "chunked without end of limit": POST
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"100000\r\n"
    + b"x" * 0x100000
    + b"\r\n2\r\nxx\r\n",
    "compressed": POST + SIGNATURE + b"Content-Encoding: gzip\r\nContent-Length: 14\r\n\r\n" + BODY,
    "huge headers": POST + b"X-A: " + b"a" * 600_000 + b"\r\n\r\n",
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10 + b"\r\n\r\n",
    "bad escape in path": b"GET /%ff%00/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


def test_any_request_is_refused_with_4xx_or_hung_up_on_and_stores_nothing(machine: Machine) -> None:
    machine.serve()
    for name, request in REQUESTS.items():
        try:
            status = raw(machine, request)
        except ConnectionError:
            status = b""
        assert status == b"" or status.split()[1].startswith(b"4"), (name, status)
    assert accepted(machine) == 0
    assert machine.answers("/health/ready")


def test_an_honest_delivery_is_stored_beside_a_thousand_idle_connections(machine: Machine) -> None:
    machine.serve()
    idle = [socket.create_connection(("127.0.0.1", machine.port)) for _ in range(1000)]
    assert raw(machine, POST + SIGNATURE + b"Content-Length: 14\r\n\r\n" + BODY) == b"HTTP/1.1 200 OK"
    for connection in idle:
        connection.close()
    assert accepted(machine) == 1


def test_fuzzing_from_the_schema_finds_no_5xx_and_nothing_is_accepted(machine: Machine) -> None:
    """Schemathesis makes requests of all kinds from `/schema`; none of them is signed."""
    machine.serve()
    fuzzed = machine.run(
        "schemathesis",
        "run",
        f"{machine.url}/schema/openapi.json",
        "--checks=not_a_server_error",
        "--max-examples=60",
        "--phases=examples,coverage,fuzzing",
    )
    assert fuzzed.returncode == 0, fuzzed.stdout[-3000:]
    assert accepted(machine) == 0
