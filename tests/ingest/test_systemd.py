"""What systemd offers a process, and what it is told."""

import os
import socket
from pathlib import Path

import pytest

from ingest.systemd import Systemd


def test_what_was_meant_for_another_process_is_not_taken() -> None:
    env = {"LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDS": "1", "WATCHDOG_PID": "1", "WATCHDOG_USEC": "5000000"}
    assert Systemd.take(env) == Systemd(None, "", None)


def test_no_child_inherits_a_variable() -> None:
    env = {
        "LISTEN_PID": "1",
        "LISTEN_FDS": "1",
        "LISTEN_FDNAMES": "x",
        "NOTIFY_SOCKET": "/x",
        "WATCHDOG_PID": "1",
        "WATCHDOG_USEC": "1",
        "HOME": "/",
    }
    Systemd.take(env)
    assert env == {"HOME": "/"}


def test_the_watchdogs_time_is_seconds() -> None:
    assert Systemd.take({"WATCHDOG_USEC": "2500000"}).watchdog_seconds == 2.5


def test_without_systemd_nobody_is_told() -> None:
    Systemd.take({}).tell(READY="1")


@pytest.mark.parametrize("is_abstract", [False, True])
def test_states_are_lines_of_one_message(is_abstract: bool, tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name}" if is_abstract else name)
        Systemd(notify_socket=f"@{name}" if is_abstract else name).tell(READY="1", STATUS="here")
        assert heard.recv(100) == b"READY=1\nSTATUS=here"


def test_a_manager_that_can_not_be_reached_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Systemd(notify_socket=str(tmp_path / "nobody")).tell(READY="1")
    assert [record.getMessage() for record in caplog.records] == [
        "systemd could not be told READY: No such file or directory"
    ]
