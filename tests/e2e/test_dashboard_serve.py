"""`dashboard serve` as a process: where it listens, what it refuses to start with, and how it ends."""

import signal
import socket
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.machine import THIS_MACHINE_ONLY, Machine, eventually, free_port, listens_at

pytestmark = pytest.mark.e2e


def serve(machine: Machine, folder: Path, **more_env: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start the dashboard in this folder, and wait until it answers. Its process and its port."""
    port = free_port()
    machine.directory = folder
    machine.more_env = {"HOME": str(folder), "DASHBOARD_PORT": str(port), **more_env}
    process = machine.start("dashboard", "serve")
    eventually(lambda: machine.answers("/_stcore/health", f"http://127.0.0.1:{port}"))
    return process, port


def refusal(machine: Machine) -> str:
    """The only line that it prints before it ends with a non-zero status."""
    ended = machine.run("dashboard", "serve")
    assert (ended.returncode, ended.stdout) == (1, "")
    [line] = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "nowhere.invalid", "192.0.2.7", "unix://dashboard.socket"])
def test_a_host_that_is_none_of_this_machine_is_one_clear_line(host: str, machine: Machine) -> None:
    machine.more_env = {"DASHBOARD_HOST": host}
    assert "DASHBOARD_HOST" in refusal(machine)


def test_a_taken_port_is_one_clear_line(machine: Machine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        machine.more_env = {"DASHBOARD_PORT": str(port)}
        assert refusal(machine) == (
            f"Error: 127.0.0.1:{port} is taken by another process; set DASHBOARD_PORT to a free one"
        )


def test_a_faulty_setting_is_one_clear_line(machine: Machine) -> None:
    machine.more_env = {"DASHBOARD_ALLOWED": "example.com"}
    assert "DASHBOARD_ALLOWED must list" in refusal(machine)


@pytest.mark.parametrize(
    ("secrets", "fault"),
    [
        (b'auth = "a secret"', "`[auth]` in `.streamlit/secrets.toml` is no section"),
        (b"auth = []", "`[auth]` in `.streamlit/secrets.toml` is no section"),
        (
            b"[auth]\nredirect_uri = 7",
            "`[auth]` in `.streamlit/secrets.toml` has no text for redirect_uri, cookie_secret",
        ),
        (b"[auth", "can't be read, or is no TOML"),
        (b"\xff\xfe[auth]", "can't be read, or is no TOML"),
    ],
    ids=["text", "list", "number", "no TOML", "no UTF-8"],
)
def test_faulty_secrets_are_one_clear_line(secrets: bytes, fault: str, machine: Machine, tmp_path: Path) -> None:
    """With some of them Streamlit would end with a traceback, or show every visitor an empty page."""
    machine.directory = tmp_path
    machine.more_env = {"HOME": str(tmp_path), "DASHBOARD_PORT": str(free_port())}
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_bytes(secrets)

    said = refusal(machine)

    assert said.startswith("Error: Sign-in can't be set up: ")
    assert fault in said
    assert "a secret" not in said


@pytest.mark.parametrize("stop_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order(stop_signal: signal.Signals, machine: Machine, tmp_path: Path) -> None:
    process, _ = serve(machine, tmp_path)
    process.send_signal(stop_signal)
    assert process.wait(30) == 0
    assert not [line for line in machine.log("dashboard") if "Traceback" in line]


def test_ctrl_c_ends_it_in_order_before_it_listens(machine: Machine) -> None:
    machine.more_env = {"DASHBOARD_PORT": str(free_port())}
    process = machine.start("dashboard", "serve")
    eventually(lambda: [line for line in machine.log("dashboard") if line.startswith("Dashboard: http://127.0.0.1:")])
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not [line for line in machine.log("dashboard") if "Traceback" in line]


def test_it_listens_to_this_machine_only_whatever_streamlit_is_told_elsewhere(machine: Machine, tmp_path: Path) -> None:
    """Neither the folder, nor the home directory, nor Streamlit's own variables open it."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[server]\naddress = "0.0.0.0"\n', "utf-8")
    _, port = serve(machine, tmp_path, STREAMLIT_SERVER_ADDRESS="0.0.0.0")  # noqa: S104 -- it must not listen there
    assert listens_at(port)
    assert listens_at(port) <= THIS_MACHINE_ONLY


@pytest.mark.parametrize(
    ("more_env", "sentence"),
    [
        ({"DASHBOARD_HOST": "0.0.0.0"}, "The dashboard listens beyond its own machine, without sign-in."),  # noqa: S104
        ({"DASHBOARD_ALLOWED": "@example.com"}, "DASHBOARD_ALLOWED says who may enter, but sign-in is not configured"),
    ],
    ids=["beyond", "allowed"],
)
def test_without_sign_in_it_says_what_to_set(
    more_env: dict[str, str], sentence: str, machine: Machine, browser: Browser, tmp_path: Path
) -> None:
    """On every page, for a visitor on this machine too."""
    _, port = serve(machine, tmp_path, **more_env)
    page = browser.new_page()
    for path in ("", "sessions", "health", "sql"):
        page.goto(f"http://127.0.0.1:{port}/{path}")
        expect(page.get_by_text(sentence)).to_be_visible(timeout=30_000)
        expect(page.get_by_text("Nothing to show yet")).to_have_count(0)
