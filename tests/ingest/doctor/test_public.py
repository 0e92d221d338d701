"""Checks of the public address, with real servers that are right, and that are wrong on purpose."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ingest.doctor.ask import ask
from ingest.doctor.public import certificate, clock, largest_body, path
from ingest.doctor.receiver import is_ready, runs_this_release
from ingest.send.address import NoAddress
from ingest.verdicts import Verdict

Headers = dict[str, str]
OURS: Headers = {"Content-Type": "application/json", "Allow": "POST"}


@contextmanager
def serving(
    status: int = 405,
    body: bytes = b'{"detail":"send a POST"}',
    headers: Headers = OURS,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """The address of a server that answers everything in the same way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in {"Date": self.date_time_string(), **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Into nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/webhooks/zuddl"
        server.shutdown()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta, timedelta], ssl.SSLContext]:
    """A trusted certificate for 127.0.0.1 that was made so long ago, and ends so much later than now."""

    def make(age: timedelta, left: timedelta) -> ssl.SSLContext:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "made for a test")])
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - age)
            .not_valid_after(now + left)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "certificate.pem"
        file.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    return make


def days(count: float) -> timedelta:
    return timedelta(days=count)


@pytest.mark.parametrize(
    ("age", "left", "verdict", "said"),
    [
        (days(30), days(60.1), Verdict.OK, "60 days"),
        (days(75), days(15.1), Verdict.WARNING, "15 days"),
        (days(86), days(4.1), Verdict.FAIL, "4 days"),
        (days(345), days(20.1), Verdict.WARNING, "20 days"),
        (days(0.1), days(0.42), Verdict.OK, "10 hours"),  # as Caddy's own authority makes them
        (days(0.45), days(0.09), Verdict.FAIL, "2 hours"),
    ],
)
def test_a_certificate_near_its_end_fails(
    age: timedelta,
    left: timedelta,
    verdict: Verdict,
    said: str,
    tls: Callable[[timedelta, timedelta], ssl.SSLContext],
) -> None:
    with serving(tls=tls(age, left)) as url:
        finding = certificate(url)
    assert finding.verdict is verdict
    assert f"valid for {said} more" in finding.found


def test_a_certificate_that_is_over_or_of_nobody_fails(
    tls: Callable[[timedelta, timedelta], ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tls=tls(days(90), days(-1))) as url:
        assert "certificate has expired" in certificate(url).found
    with serving(tls=tls(days(1), days(89))) as url:
        monkeypatch.delenv("SSL_CERT_FILE")
        finding = certificate(url)
    assert (finding.verdict, "is not trusted" in finding.found) == (Verdict.FAIL, True)


def test_an_address_without_tls_fails_unless_it_is_of_this_machine() -> None:
    assert certificate("http://127.0.0.1:8000/webhooks/zuddl").verdict is Verdict.WARNING
    assert certificate("http://events.example.org/webhooks/zuddl").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "events.example.org",
        "ftp://events.example.org/",
        "https://:443/",
        "https://x:99999/",
        "https://a..b/",
        f"https://{'x' * 64}.example.org/",
    ],
)
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(NoAddress, match="is no web address"):
        certificate(text)


@pytest.mark.parametrize("ending", ["/wébhooks zuddl", "?a=é", " ", "\n"])
def test_an_address_that_holds_any_letters_is_asked(ending: str) -> None:
    with serving() as url:
        assert path(url + ending).verdict is Verdict.OK


@pytest.mark.parametrize("host", ["loc alhost", "[fe80::1%25nowhere]", "a%00b"])
def test_a_host_that_can_not_be_is_no_answer(host: str) -> None:
    with pytest.raises(OSError, match=r"."):
        path(f"https://{host}/webhooks/zuddl")


def test_a_certificate_that_nobody_trusts_hides_no_other_fault(
    tls: Callable[[timedelta, timedelta], ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that is hours behind makes a good certificate one that is not valid yet."""
    with serving(tls=tls(days(1), days(89))) as url:
        monkeypatch.delenv("SSL_CERT_FILE")
        assert certificate(url).verdict is Verdict.FAIL
        assert (clock(url).verdict, path(url).verdict) == (Verdict.OK, Verdict.OK)


@pytest.mark.parametrize("piece", [b"x", b"x" * 1_000_000], ids=["byte by byte", "without an end"])
def test_an_answer_that_does_not_end_is_given_up(piece: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def send_for_ever() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    connection.sendall(piece)
                    time.sleep(0.01)

        sending = threading.Thread(target=send_for_ever)
        sending.start()
        with pytest.raises(OSError, match="does not end"):
            ask(f"http://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.5)
        sending.join()


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(0, Verdict.OK), (-30, Verdict.WARNING), (30, Verdict.WARNING), (3_600, Verdict.FAIL)]
)
def test_a_clock_that_differs_from_the_date_of_the_answer_fails(seconds: int, verdict: Verdict) -> None:
    theirs = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    with serving(headers={**OURS, "Date": theirs}) as url:
        assert clock(url).verdict is verdict


def test_an_answer_with_a_date_that_is_none_is_a_warning() -> None:
    with serving(headers={"Date": "today"}) as url:
        assert clock(url).verdict is Verdict.WARNING


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>Welcome</html>", "something else answers, and deliveries are lost"),
        (405, b"<html>Not allowed</html>", "not with the receiver's 405"),
        (405, b"[" * 200_000, "not with the receiver's 405"),
        (404, b"", "not with the receiver's 405"),
        (502, b"", "the proxy does not reach the receiver"),
        (401, b"", "not with the receiver's 405"),
    ],
)
def test_a_path_that_something_else_answers_fails(status: int, body: bytes, said: str) -> None:
    with serving() as url:
        assert path(url).verdict is Verdict.OK
    with serving(status, body, {}) as url:
        finding = path(url)
    assert (finding.verdict, said in finding.found) == (Verdict.FAIL, True)


def test_a_redirect_is_named_and_not_followed() -> None:
    with serving(301, b"", {"Location": "https://www.example.org/"}) as url:
        finding = path(url)
    assert (finding.verdict, "a redirect to https://www.example.org/" in finding.found) == (Verdict.FAIL, True)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (413, b"<html>Request Entity Too Large</html>", "is refused by the proxy"),
        (413, b'{"detail":"the body is too large"}', "is refused by the receiver"),
        (200, b"", "is answered with 200 by something else"),
    ],
)
def test_a_largest_body_that_is_refused_fails(status: int, body: bytes, said: str) -> None:
    with serving(status, body) as url:
        finding = largest_body(url, 100_000)
    assert (finding.verdict, said in finding.found) == (Verdict.FAIL, True)


def test_a_largest_body_that_is_cut_off_fails() -> None:
    """By a proxy that hangs up without an answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(1_000)
            connection.close()

        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()
        finding = largest_body(f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/zuddl", 10_000_000)
        hanging_up.join()
    assert (finding.verdict, "is cut off" in finding.found) == (Verdict.FAIL, True)


def test_a_largest_body_that_the_receiver_would_not_decode_has_reached_it() -> None:
    with serving(415, b'{"detail":"send the body without a content-encoding"}') as url:
        assert largest_body(url, 100_000).verdict is Verdict.OK


def test_a_receiver_that_does_not_answer_or_is_not_ready_fails() -> None:
    with serving(200, b'{"status":"ready"}') as url:
        base = url.removesuffix("/webhooks/zuddl")
        assert is_ready(base).verdict is Verdict.OK
    assert is_ready(base).verdict is Verdict.FAIL
    with serving(503, b'{"detail":"the inbox can\'t be written: disk full"}') as url:
        finding = is_ready(url.removesuffix("/webhooks/zuddl"))
    assert (finding.verdict, "disk full" in finding.found) == (Verdict.FAIL, True)


def test_a_receiver_of_another_release_is_a_warning() -> None:
    metrics = b'# HELP\nengagement_warehouse_info{schema="11",version="0.1.0"} 1.0\n'
    with serving(200, metrics) as url:
        assert runs_this_release(url, "0.1.0").verdict is Verdict.OK
        assert runs_this_release(url, "0.2.0").verdict is Verdict.WARNING
    assert runs_this_release(url, "0.2.0").verdict is Verdict.OK
