"""Checks of what the operator has set, each seen ok and seen to fail."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.doctor.configuration import dashboard, environment_file, secret
from ingest.doctor.listening import addresses, processes_that_have_open
from ingest.secret import WebhookSecret, read_secret
from ingest.verdicts import Verdict

LONG_ENOUGH = "a-secret-of-24-characters"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text(f"{LONG_ENOUGH}\n")
    path.chmod(0o600)
    return path


def test_a_good_secret_is_ok_and_so_are_two_while_rotating() -> None:
    assert secret(WebhookSecret(LONG_ENOUGH, "IT")) == (Verdict.OK, "IT is set", "")
    assert "2 secrets" in secret(WebhookSecret(f"{LONG_ENOUGH},another-of-22-characters", "IT")).found


def test_a_short_secret_is_a_warning() -> None:
    finding = secret(WebhookSecret("short", "IT"))
    assert (finding.verdict, "fewer than 16 characters" in finding.found) == (Verdict.WARNING, True)


def test_a_secret_in_a_file_that_everybody_can_read_fails(file: Path) -> None:
    assert secret(read_secret(file, "IT")).verdict is Verdict.OK
    file.chmod(0o644)
    finding = secret(read_secret(file, "IT"))
    assert (finding.verdict, finding.cure) == (Verdict.FAIL, "chmod 600, and make a new secret")
    assert LONG_ENOUGH not in str(finding)


def test_an_environment_file_with_a_secret_that_everybody_can_read_fails(file: Path) -> None:
    file.write_text(f"ZUDDL_WEBHOOK_SECRET={LONG_ENOUGH}\n")
    assert environment_file(file).verdict is Verdict.OK
    file.chmod(0o644)
    finding = environment_file(file)
    assert (finding.verdict, finding.cure) == (Verdict.FAIL, f"chmod 600 {file}, and make new ones")
    assert LONG_ENOUGH not in str(finding)
    file.write_text("ZUDDL_WEBHOOK_SECRET=\nPORT=8000\n")
    assert environment_file(file).verdict is Verdict.OK
    assert environment_file(file.with_name("none")).verdict is Verdict.OK


@pytest.fixture(params=["127.0.0.1", "0.0.0.0", "::1"])  # noqa: S104 -- one of them is what must be seen
def listener(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """A port of the test's own that something listens at."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.create_server((request.param, 0), family=family) as opened:
        yield request.param, opened.getsockname()[1]


def test_where_something_listens_is_seen(listener: tuple[str, int]) -> None:
    address, port = listener
    assert addresses(port) == {address}


def test_a_process_that_has_a_file_open_is_seen(file: Path) -> None:
    assert processes_that_have_open(file) == []
    with file.open():
        assert processes_that_have_open(file) == [os.getpid()]


LOCAL, ANYWHERE = {"127.0.0.1"}, {"0.0.0.0"}  # noqa: S104 -- compared, not bound
SIGN_IN = "[auth]\nclient_id = 'x'\n"


@pytest.mark.parametrize(
    ("env", "listening", "secrets", "verdict"),
    [
        ({}, set(), "", Verdict.OK),
        ({}, LOCAL, "", Verdict.OK),
        ({}, ANYWHERE, "", Verdict.WARNING),
        ({"DASHBOARD_OPEN": "1"}, LOCAL, "", Verdict.WARNING),
        ({"DASHBOARD_OPEN": "1"}, ANYWHERE, "", Verdict.FAIL),
        ({}, ANYWHERE, SIGN_IN, Verdict.WARNING),
        ({"DASHBOARD_ALLOWED": "@example.org"}, ANYWHERE, SIGN_IN, Verdict.OK),
    ],
    ids=["off", "local", "closed", "open to a proxy", "open to all", "nobody is named", "sign-in"],
)
def test_who_may_see_the_dashboard(
    env: dict[str, str], listening: set[str], secrets: str, verdict: Verdict, tmp_path: Path
) -> None:
    if secrets:
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets)
    assert dashboard(env, 8501, listening, (tmp_path,)).verdict is verdict


def test_secrets_of_the_dashboard_that_are_no_toml_are_named(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth\n")
    with pytest.raises(OSError, match=r"secrets\.toml is no TOML"):
        dashboard({}, 8501, set(), (tmp_path,))
