"""`ingest send` and `ingest simulate`: what they print, and the status they end with."""

import gzip
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest.send.command import receiver_url, send
from ingest.signature import sign
from ingest.simulate.command import simulate

SMALL = ["--attendees", "20", "--sessions", "9", "--events", "1", "--seed", "1"]


class Receiver(BaseHTTPRequestHandler):
    """Acknowledges what is signed with `secret`; notes when the first delivery has come."""

    protocol_version = "HTTP/1.1"
    has_begun = threading.Event()

    def do_GET(self) -> None:
        self.answer(200)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_right = self.headers["X-Webhook-Signature"] == sign("secret", body)
        self.answer(200 if is_right else 401)
        self.has_begun.set()

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Into nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Receiver.has_begun.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks/zuddl"
        server.shutdown()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs away from any `.env`, with two secrets, of which the first signs."""
    monkeypatch.chdir(tmp_path)
    return CliRunner(env={"ZUDDL_WEBHOOK_SECRET": "secret, other", "ZUDDL_AUTH_HEADER": ""})


def lines_of(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.output.splitlines()]


def test_all_accepted_ends_with_status_0(command: CliRunner, url: str, tmp_path: Path) -> None:
    """And says how many, and how fast."""
    file = tmp_path / "deliveries.ndjson"
    file.write_bytes(b'{"a":1}\r\n\n{"b":2}\n')
    result = command.invoke(send, [str(file), "--url", url])
    sent, accepted, latency = lines_of(result)
    assert sent.startswith("sent 2 in ")
    assert accepted.startswith("accepted 2, ")
    assert latency.startswith("latency p50 ")
    assert result.exit_code == 0


def test_a_refusal_ends_with_status_1_and_its_reason(command: CliRunner, url: str, tmp_path: Path) -> None:
    """A status alone tells nobody what to do."""
    file = tmp_path / "deliveries.ndjson"
    file.write_bytes(b"{}\n")
    result = command.invoke(send, [str(file), "--url", url], env={"ZUDDL_WEBHOOK_SECRET": "wrong"})
    assert "refused 1 with 401: signature or static header wrong" in lines_of(result)
    assert result.exit_code == 1


def test_a_csv_file_is_refused_by_name_and_nothing_is_sent(command: CliRunner, url: str, tmp_path: Path) -> None:
    file = tmp_path / "deliveries.csv"
    file.write_text("action,minutes\nTIME_SPENT_IN_SESSION,38\n", "utf-8")
    result = command.invoke(send, [str(file), "--url", url])
    assert result.exit_code == 1
    assert f"{file}: payload 1 is no JSON object." in result.output
    assert "Nothing was sent." in result.output
    assert not Receiver.has_begun.is_set()


def test_as_is_sends_whatever_a_line_holds(command: CliRunner, url: str, tmp_path: Path) -> None:
    file = tmp_path / "deliveries.csv"
    file.write_text("action,minutes\nTIME_SPENT_IN_SESSION,38\n", "utf-8")
    result = command.invoke(send, [str(file), "--as-is", "--url", url])
    assert lines_of(result)[1].startswith("accepted 2, ")
    assert result.exit_code == 0


def test_a_file_that_is_cut_short_is_named_and_nothing_is_sent(command: CliRunner, url: str, tmp_path: Path) -> None:
    file = tmp_path / "deliveries.ndjson.gz"
    file.write_bytes(gzip.compress(b'{"a":1}\n' * 1000)[:-4])
    result = command.invoke(send, [str(file), "--url", url])
    assert result.exit_code == 1
    assert f"{file} can't be read after payload" in result.output
    assert not Receiver.has_begun.is_set()


def test_standard_input_is_read_once_and_says_how_far_it_came(url: str, tmp_path: Path) -> None:
    cut = b'[{"a": 1},\n {"b": 2},\n {"c"'
    done = subprocess.run(
        [sys.executable, "-c", "from ingest.send.command import send; send()", "-", "--url", url],
        cwd=tmp_path,
        env={**os.environ, "ZUDDL_WEBHOOK_SECRET": "secret", "ZUDDL_AUTH_HEADER": ""},
        input=cut,
        capture_output=True,
        check=False,
    )
    assert b"accepted  2, " in done.stdout
    assert b"Error: standard input: payload 3 is not complete: the file ends within it." in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(("options", "count"), [([], 323), (["--only-time-spent"], 84)], ids=["all", "time spent"])
def test_a_simulation_posts_what_it_says(options: list[str], count: int, command: CliRunner, url: str) -> None:
    """Another count would mean that the same seed makes another conference, which breaks comparisons."""
    result = command.invoke(simulate, [*SMALL, *options, "--url", url])
    assert lines_of(result)[1].startswith(f"accepted {count}, ")
    assert result.exit_code == 0


def test_a_missing_secret_is_named(command: CliRunner, url: str) -> None:
    """Before anything is sent."""
    result = command.invoke(simulate, [*SMALL, "--url", url], env={"ZUDDL_WEBHOOK_SECRET": ""})
    assert "Error: ZUDDL_WEBHOOK_SECRET is not set" in result.output
    assert result.exit_code == 1
    assert not Receiver.has_begun.is_set()


@pytest.mark.parametrize(
    "option",
    ["--attendees=0", "--sessions=-1", "--events=0", "--events=101", "--concurrency=0", "--rate=0", "--rate=-5"],
)
def test_an_option_out_of_range_is_refused(command: CliRunner, option: str) -> None:
    """With the range that is right."""
    result = command.invoke(simulate, [option])
    assert "is not in the range" in result.output
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/webhooks/zuddl"),
        ("receiver.example", "http://receiver.example:8000/webhooks/zuddl"),
        ("0.0.0.0", "http://127.0.0.1:8000/webhooks/zuddl"),  # noqa: S104 -- nothing is bound
        ("::", "http://[::1]:8000/webhooks/zuddl"),
        ("fd00::2", "http://[fd00::2]:8000/webhooks/zuddl"),
    ],
    ids=["loopback", "name", "everywhere", "everywhere, IPv6", "IPv6"],
)
def test_the_receiver_is_reached_where_it_listens(host: str, url: str) -> None:
    """Where it listens everywhere, on this machine."""
    assert receiver_url(host, 8000) == url


def test_ctrl_c_ends_cleanly_with_the_report(url: str, tmp_path: Path) -> None:
    """Status 130, as of any command that Ctrl-C ended; no stack trace."""
    command = [sys.executable, "-c", "from ingest.simulate.command import simulate; simulate()"]
    with subprocess.Popen(
        [*command, "--url", url, "--rate", "50"],
        cwd=tmp_path,
        env={**os.environ, "ZUDDL_WEBHOOK_SECRET": "secret", "ZUDDL_AUTH_HEADER": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert Receiver.has_begun.wait(60)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
    assert output.startswith("sent ")
    assert "when interrupted" in output
    assert "Traceback" not in output
    assert process.returncode == 130
