"""Hostile senders against the real server: each gets the right 4xx, nothing is stored, nobody else is disturbed."""

import socket
import subprocess
from contextlib import ExitStack, closing, suppress

import pytest

from ingest.receive.limits import LIMITS
from ingest.signature import sign
from tests.e2e.machine import BIN, ROOT, SECRET, Machine, eventually
from warehouse.inbox.sqlite_queue import Inbox

pytestmark = pytest.mark.e2e

BODY = b'{"action":"X"}'
SIGNATURE = f"X-Webhook-Signature: {sign(SECRET, BODY)}\r\n".encode()
POST = b"POST /webhooks/zuddl HTTP/1.1\r\nHost: localhost\r\n"
DELIVERY = POST + SIGNATURE + b"Content-Length: 14\r\n\r\n" + BODY


def raw(machine: Machine, request: bytes) -> bytes:
    """The status line of the answer to exactly these bytes. After an early refusal not all of them can be sent."""
    with socket.create_connection(("127.0.0.1", machine.port), timeout=60) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
        return connection.recv(4096).split(b"\r\n", 1)[0]


def accepted(machine: Machine) -> int:
    """How many deliveries are in the inbox."""
    with closing(Inbox(machine.data_dir / "inbox.sqlite")) as inbox:
        return inbox.last_id()


def series(machine: Machine) -> set[str]:
    """Names of all metrics with their labels."""
    return {line.rpartition(" ")[0] for line in machine.read("/metrics").splitlines() if not line.startswith("#")}


# Each request, and the status that says what is wrong with it.
REQUESTS = {
    "no signature": (b"401", POST + b"Content-Length: 14\r\n\r\n" + BODY),
    "signature of any bytes": (
        b"401",
        POST + b"X-Webhook-Signature: \xff\xfe\xc3\r\nContent-Length: 14\r\n\r\n" + BODY,
    ),
    "two signatures": (b"401", POST + b"X-Webhook-Signature: a\r\n" * 2 + b"Content-Length: 14\r\n\r\n" + BODY),
    "announced too large": (b"413", POST + SIGNATURE + b"Content-Length: 99999999999\r\n\r\n"),
    "length is no number": (b"400", POST + SIGNATURE + b"Content-Length: -1\r\n\r\n" + BODY),
    "two lengths": (b"400", POST + SIGNATURE + b"Content-Length: 14\r\nContent-Length: 15\r\n\r\n" + BODY),
    "found too large": (
        b"413",
        POST + SIGNATURE + b"Transfer-Encoding: chunked\r\n\r\n100000\r\n" + b"x" * 0x100000 + b"\r\n2\r\nxx\r\n",
    ),
    "compressed": (b"415", POST + SIGNATURE + b"Content-Encoding: gzip\r\nContent-Length: 14\r\n\r\n" + BODY),
    "another path": (b"404", POST.replace(b"zuddl", b"zuddle") + SIGNATURE + b"Content-Length: 14\r\n\r\n" + BODY),
    "another method": (b"405", b"PUT /webhooks/zuddl HTTP/1.1\r\nHost: x\r\n" + SIGNATURE + b"\r\n"),
    "two signatures, one right": (
        b"401",
        POST + SIGNATURE + b"X-Webhook-Signature: a\r\nContent-Length: 14\r\n\r\n" + BODY,
    ),
    "signature in the trailer": (
        b"401",
        POST + b"Transfer-Encoding: chunked\r\n\r\ne\r\n" + BODY + b"\r\n0\r\n" + SIGNATURE + b"\r\n",
    ),
    "length and chunks": (
        b"400",
        POST + SIGNATURE + b"Content-Length: 14\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "huge head": (b"400", POST + b"X-A: " + b"a" * 600_000),
    "large head at once": (b"400", DELIVERY.replace(b"\r\n\r\n", b"\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n")),
    "large path": (b"400", b"POST /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
    "no http": (b"400", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10 + b"\r\n\r\n"),
    "bad escape in path": (b"404", b"GET /%ff%00/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n"),
}


def test_each_request_is_refused_with_what_is_wrong_with_it_and_stores_nothing(machine: Machine) -> None:
    machine.serve()
    statuses = {name: raw(machine, request).split()[1] for name, (_, request) in REQUESTS.items()}
    assert statuses == {name: status for name, (status, _) in REQUESTS.items()}
    assert accepted(machine) == 0
    assert machine.answers("/health/ready")


def test_a_body_that_never_ends_is_hung_up_on(machine: Machine) -> None:
    machine.serve()
    with socket.create_connection(("127.0.0.1", machine.port), timeout=60) as connection:
        connection.sendall(POST + SIGNATURE + b"Transfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(ConnectionError):
            connection.sendall((b"100000\r\n" + b"x" * 0x100000 + b"\r\n") * 100)
    assert accepted(machine) == 0


def test_no_metric_and_no_log_grows_with_what_an_unauthenticated_sender_chooses(machine: Machine) -> None:
    """Neither a new series, nor more lines than the bound, nor a word of theirs."""
    machine.serve()
    eventually(lambda: "loader_last_success" in machine.read("/metrics"))
    before = series(machine)
    for number in range(200):
        chosen = f"chosen-{number}".encode()
        for start in (POST, b"GET /" + chosen + b" HTTP/1.1\r\nHost: x\r\n", chosen.upper() + b" / HTTP/1.1\r\n"):
            head = b"X-Webhook-Signature: " + chosen + b"\r\nX-Request-Id: " + chosen + b"\r\nContent-Length: 6\r\n"
            raw(machine, start + head + b"\r\nchosen")
    assert series(machine) == before
    log = machine.log("ingest")
    assert len(log) < 100
    assert "chosen" not in "".join(log)


def test_more_idle_connections_than_there_is_room_for_keep_nobody_out(machine: Machine) -> None:
    """The idle ones that have waited longest are hung up on, and every newcomer is served."""
    machine.serve()
    with ExitStack() as stack:

        def connect() -> socket.socket:
            return stack.enter_context(socket.create_connection(("127.0.0.1", machine.port), timeout=60))

        idle = [connect() for _ in range(LIMITS.max_connections + 20)]
        assert {raw(machine, DELIVERY) for _ in range(20)} == {b"HTTP/1.1 200 OK"}
        assert {one.recv(1) for one in idle[:20]} == {b""}
        idle[-1].sendall(DELIVERY)
        assert idle[-1].recv(4096).startswith(b"HTTP/1.1 200")
    assert accepted(machine) == 21


def test_idle_connections_keep_nobody_out_where_few_files_may_be_open(machine: Machine) -> None:
    limited = ["sh", "-c", f"ulimit -n 256; exec {BIN / 'ingest'} serve"]
    machine.processes.append(subprocess.Popen(limited, env=machine.env, cwd=ROOT, start_new_session=True))
    eventually(lambda: machine.answers("/health/ready"))
    idle = [socket.create_connection(("127.0.0.1", machine.port)) for _ in range(300)]
    assert {raw(machine, DELIVERY) for _ in range(20)} == {b"HTTP/1.1 200 OK"}
    for connection in idle:
        connection.close()
    assert accepted(machine) == 20


def test_an_honest_delivery_is_stored_beside_a_thousand_idle_connections(machine: Machine) -> None:
    machine.serve()
    idle = [socket.create_connection(("127.0.0.1", machine.port)) for _ in range(1000)]
    assert raw(machine, DELIVERY) == b"HTTP/1.1 200 OK"
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
