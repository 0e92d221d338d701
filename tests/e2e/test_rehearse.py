"""`ingest rehearse` with a real receiver, through a real Caddy with TLS, beside live traffic, and interrupted."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.e2e.caddy_with_tls import Public, caddy_with_tls
from tests.e2e.machine import BIN, Machine, eventually
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.storage.file.lock import only_writer

pytestmark = pytest.mark.e2e


@pytest.fixture
def public(machine: Machine, tmp_path: Path) -> Iterator[Public]:
    """A receiver behind Caddy."""
    machine.serve()
    with caddy_with_tls(machine.port, tmp_path) as its:
        yield its


def test_a_rehearsal_through_caddy_with_tls_is_ok_and_leaves_nothing(public: Public, machine: Machine) -> None:
    machine.more_env = {"SSL_CERT_FILE": str(public.authority)}
    said = machine.run("ingest", "rehearse", "--url", public.url, "--deliveries", "300")
    assert said.returncode == 0, said.stdout + said.stderr
    event, command, *results = said.stdout.splitlines()
    assert [line.split()[0] for line in results] == ["ok"] * 7
    assert command.strip().startswith("DATA_DIR=")
    assert machine.query("SELECT count(*) FROM time_spent") == ["0"]
    assert machine.query("SELECT sum(erased_count) FROM raw.loads") == ["300"]
    event_id = event.split()[1].rstrip(".")
    assert not [path for path in machine.data_dir.rglob("*") if event_id.encode() in path.read_bytes()]


def test_a_certificate_that_nobody_trusts_is_said_and_nothing_is_sent(public: Public, machine: Machine) -> None:
    said = machine.run("ingest", "rehearse", "--url", public.url)
    assert said.returncode == 1
    assert f"The certificate of {public.url} is not trusted: unable to get local issuer certificate" in said.stderr
    assert "SSL_CERT_FILE names an authority of your own" in said.stderr
    assert 'ingest_deliveries_total{outcome="stored"} 0.0' in machine.read("/metrics")


def test_deliveries_that_arrive_meanwhile_are_all_counted(machine: Machine) -> None:
    machine.serve()
    live = machine.start(
        "ingest", "simulate", "--only-time-spent", "--events", "1", "--attendees", "300", "--rate", "300"
    )
    eventually(lambda: machine.query("SELECT count(*) > 0 FROM time_spent") == ["true"])
    said = machine.run("ingest", "rehearse", "--deliveries", "300")
    assert said.returncode == 0, said.stdout + said.stderr
    assert live.wait(120) == 0
    with closing(Inbox.open_read_only(machine.data_dir / "inbox.sqlite")) as inbox:
        eventually(lambda: inbox.backlog().delivery_count == 0)
    sent = int(re.findall(r"accepted +([\d,]+)", "\n".join(machine.log("ingest")))[0].replace(",", ""))
    held = "SELECT (SELECT count(*) FROM raw.deliveries) + (SELECT count(*) FROM raw.repeats)"
    eventually(lambda: machine.query(held) == [str(sent)])
    assert machine.query("SELECT count(*) FROM events WHERE event_id LIKE 'rehearsal-%'") == ["0"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_rehearsal_erases_what_it_has_sent(stop: signal.Signals, machine: Machine) -> None:
    machine.serve()
    rehearsal = subprocess.Popen(
        [BIN / "ingest", "rehearse", "--deliveries", "100000", "--rate", "200"],
        env=machine.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: machine.query("SELECT count(*) > 0 FROM time_spent") == ["true"])
    rehearsal.send_signal(stop)
    said, _ = rehearsal.communicate(timeout=120)
    assert rehearsal.returncode == 130
    assert "interrupted; erasing what was sent" in said
    assert "no table, inbox or file of DATA_DIR holds the event's id" in said.splitlines()[-1]
    eventually(lambda: machine.query("SELECT count(*) FROM time_spent") == ["0"])


def test_what_a_hanging_receiver_may_store_after_the_erasure_is_said(machine: Machine) -> None:
    receiver = machine.serve()
    rehearsal = subprocess.Popen(
        [BIN / "ingest", "rehearse", "--deliveries", "100000", "--rate", "200", "--concurrency", "4"],
        env=machine.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: machine.query("SELECT count(*) > 0 FROM time_spent") == ["true"])
    receiver.send_signal(signal.SIGSTOP)
    try:
        time.sleep(1)  # at 200 a second, at least one of the four has no answer by then, whether it was read or not
        rehearsal.send_signal(signal.SIGINT)
        said, _ = rehearsal.communicate(timeout=120)
    finally:
        receiver.send_signal(signal.SIGCONT)
        rehearsal.kill()
    hint = "but [1-4] deliveries had no answer and may be stored later -> in an hour, once more: DATA_DIR="
    assert re.search(hint, said)


def test_an_interrupted_erasure_says_the_command_which_then_erases(machine: Machine) -> None:
    """Another process writes the warehouse, so that the erasure waits."""
    machine.serve()
    rehearsal = subprocess.Popen(
        [BIN / "ingest", "rehearse", "--deliveries", "50", "--within", "1"],
        env=machine.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert rehearsal.stdout is not None
    with only_writer(machine.data_dir):
        for line in rehearsal.stdout:
            if line.startswith("FAIL    visible in time"):
                break
        rehearsal.send_signal(signal.SIGINT)
        try:
            rehearsal.wait(5)
        except subprocess.TimeoutExpired:  # the first one came before the erasure began, and only ended the checks
            rehearsal.send_signal(signal.SIGINT)
        _, said = rehearsal.communicate(timeout=120)
    assert rehearsal.returncode == 1
    assert "the event is not erased (KeyboardInterrupt). Erase it with:" in said
    command = said.splitlines()[-1].strip()
    env = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", command], env=env, cwd="/", check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    eventually(lambda: machine.query("SELECT count(*) FROM raw.deliveries") == ["0"])


class Yes(BaseHTTPRequestHandler):
    """Answers 200 to everything, as a page for all paths does. `posted` counts the deliveries."""

    posted = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Yes.posted += 1
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Into nothing."""


@contextmanager
def answering(handler: type[Yes]) -> Iterator[str]:
    """The address of a webhook that answers so, during the block."""
    Yes.posted = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks/zuddl"
        server.shutdown()


def test_a_proxy_that_accepts_everything_is_found_out_and_gets_no_more(machine: Machine) -> None:
    machine.serve()
    with answering(Yes) as url:
        said = machine.run("ingest", "rehearse", "--url", url, "--deliveries", "20", "--within", "1")
    assert said.returncode == 1
    assert "FAIL    wrong signature        accepted with 200" in said.stdout
    assert Yes.posted == 1
    assert "were accepted, and none of them was in" in said.stdout


class Falls(Yes):
    """Refuses the first delivery, accepts the second, and then leaves each without an answer."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Yes.posted += 1
        if Yes.posted > 2:
            self.close_connection = True
            return
        self.send_response(401 if Yes.posted == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_a_receiver_that_falls_silent_is_given_up_soon(machine: Machine) -> None:
    """Each delivery may wait a minute. Those without an answer may be stored: how to erase them later is said."""
    machine.serve()
    with answering(Falls) as url:
        said = machine.run("ingest", "rehearse", "--url", url, "--deliveries", "10000", "--concurrency", "4")
    assert said.returncode == 1
    assert "without an answer; gave up after" in said.stdout
    assert Yes.posted < 20
    assert "warehouse erase --event rehearsal-" in said.stdout.splitlines()[-1]


def test_a_receiver_with_another_secret_gets_one_delivery(machine: Machine) -> None:
    """Perhaps it is somebody else's: what it sets aside can't be erased from here."""
    machine.serve()
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": "another-secret-of-another-one"}
    said = machine.run("ingest", "rehearse", "--deliveries", "100")
    assert said.returncode == 1
    assert "FAIL    each answered 200      0 of 1; 1 answered 401 -> 401: signature or static header" in said.stdout
    assert 'ingest_deliveries_total{outcome="bad_signature"} 2.0' in machine.read("/metrics")


@pytest.mark.parametrize("url", ["", "events.example.org", "https://a..b/webhooks/zuddl"])
def test_a_text_that_is_no_address_is_wrong_use(url: str, machine: Machine) -> None:
    said = machine.run("ingest", "rehearse", "--url", url)
    assert (said.returncode, "is no web address" in said.stderr, said.stdout) == (2, True, "")
