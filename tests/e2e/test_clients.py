"""What honest clients do, and most servers get wrong: against the real receiver."""

import http.client
import socket
import subprocess
from pathlib import Path

import pytest

from ingest.signature import HEADER, sign
from tests.e2e.machine import SECRET, Machine
from tests.programs import program

pytestmark = pytest.mark.e2e

BODY = b'{"action":"X"}'
TOO_LARGE = 8_000_000


def curl(machine: Machine, path: str, *options: str) -> list[str]:
    """The status, the HTTP version and the content type of the answer."""
    shown = ["-s", "-o", "/dev/null", "-w", "%{http_code} %{http_version} %{content_type}"]
    command = [program("curl", "curl"), *shown, *options, machine.url + path]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return said.stdout.split(" ", 2)


def test_an_offer_of_http_2_is_answered_in_http_1_1_and_the_body_is_stored(machine: Machine) -> None:
    machine.serve()
    signed = ["-H", f"{HEADER}: {sign(SECRET, BODY)}", "--data-binary", BODY.decode()]
    assert curl(machine, "/webhooks/zuddl", "--http2", *signed)[:2] == ["200", "1.1"]
    assert curl(machine, "/health/live", "--http2")[:2] == ["200", "1.1"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/schema/openapi.json"])
def test_head_is_answered_as_get_without_the_body(path: str, machine: Machine) -> None:
    machine.serve()
    assert curl(machine, path, "--head") == curl(machine, path)
    with socket.create_connection(("127.0.0.1", machine.port), timeout=60) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("POST /webhooks/zuddl", "", "413"),
        ("POST /webhooks/zuddl", "Content-Encoding: gzip\r\n", "413"),
        ("POST /elsewhere", "", "404"),
        ("PUT /webhooks/zuddl", "", "405"),
        ("PUT /health/live", "", "405"),
        ("DELETE /elsewhere", "", "404"),
        ("GET /health/live", "", "200"),
        ("POST /webhooks/zuddl", "Content-Length: 1\r\n", "400"),
    ],
)
def test_a_sender_that_reads_only_after_its_large_body_sees_the_answer(
    request_line: str, headers: str, status: str, machine: Machine
) -> None:
    machine.serve()
    head = f"{request_line} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {TOO_LARGE}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", machine.port), timeout=60) as connection:
        connection.sendall(head.encode() + b"x" * TOO_LARGE)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_compressed_body_is_read_before_it_is_refused_and_the_connection_goes_on(machine: Machine) -> None:
    """Whoever gets an answer while still sending may miss it: Caddy hangs up on its sender then."""
    machine.serve()
    connection = http.client.HTTPConnection("127.0.0.1", machine.port, timeout=60)
    for _ in range(2):
        connection.request("POST", "/webhooks/zuddl", b"x" * 900_000, {"Content-Encoding": "gzip"})
        with connection.getresponse() as answer:
            assert (answer.status, answer.read()) == (415, b'{"detail":"send the body without a content-encoding"}')
        assert connection.sock
    connection.close()


def test_curl_sees_413_however_large_its_body_is(machine: Machine, tmp_path: Path) -> None:
    machine.serve()
    body = tmp_path / "body"
    body.write_bytes(b"x" * TOO_LARGE)
    for more in ([], ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked"]):
        assert curl(machine, "/webhooks/zuddl", "--data-binary", f"@{body}", *more)[0] == "413"
