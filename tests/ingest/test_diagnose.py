"""`ingest diagnose` and `ingest reverify`: how a user finds out the scheme, and gets back what was refused."""

from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ingest.diagnose import diagnose, reverify
from ingest.signature import INFERRED, Scheme
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox

SECRET = "s3cret"
BODY = b'{"email":"ann@example.org"}'
SCHEMES = [
    Scheme("sha1"),
    Scheme("sha512", "base64"),
    Scheme("sha256", "hex", is_prefixed=False),
    Scheme("sha256", "hex", is_prefixed=True, ending="-with-newline"),
]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs away from any `.env`, with two secrets, of which the second is the right one."""
    monkeypatch.chdir(tmp_path)
    return CliRunner(env={"ZUDDL_WEBHOOK_SECRET": f"old,{SECRET}", "DATA_DIR": str(tmp_path)})


def captured(command: CliRunner, header: bytes, body: bytes = BODY) -> Result:
    """What is said about a captured request."""
    Path("body").write_bytes(body)
    return command.invoke(diagnose, ["--body", "body", "--header", header.decode()])


def set_aside(inbox: Inbox, *deliveries: tuple[bytes, bytes | None]) -> None:
    """Refused deliveries, as the receiver keeps them: body and signature."""
    inbox.set_aside.add([Unverified(n, signature, body) for n, (body, signature) in enumerate(deliveries)], 10**6)


def test_a_request_that_fits_the_scheme_that_is_set_would_be_accepted(command: CliRunner) -> None:
    said = captured(command, INFERRED.sign(SECRET.encode(), BODY))
    assert said.exit_code == 0
    assert "it would be accepted" in said.output


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_another_scheme_is_named_as_the_setting_that_is_right(scheme: Scheme, command: CliRunner) -> None:
    said = captured(command, scheme.sign(SECRET.encode(), BODY))
    assert said.exit_code == 0
    assert f"Set ZUDDL_SIGNATURE_SCHEME={scheme.name}\n" in said.output


def test_a_body_that_an_editor_ended_with_a_newline_is_recognised(command: CliRunner) -> None:
    said = captured(command, INFERRED.sign(SECRET.encode(), BODY), BODY + b"\n")
    assert "Set ZUDDL_SIGNATURE_SCHEME=hmac-sha256-hex-without-newline\n" in said.output


def test_the_latest_that_was_set_aside_is_looked_at_without_a_captured_request(
    command: CliRunner, inbox: Inbox
) -> None:
    set_aside(inbox, (BODY, b"sha256=00"), (BODY, Scheme("sha1").sign(SECRET.encode(), BODY)))
    said = command.invoke(diagnose)
    assert "Set ZUDDL_SIGNATURE_SCHEME=hmac-sha1-hex\n" in said.output


def test_a_request_that_no_scheme_fits_ends_with_status_1_and_the_next_question(command: CliRunner) -> None:
    said = captured(command, b"sha256=00")
    assert said.exit_code == 1
    assert "Is ZUDDL_WEBHOOK_SECRET the secret of this very webhook?" in said.output


def test_a_delivery_without_a_signature_is_said_to_have_none(command: CliRunner, inbox: Inbox) -> None:
    set_aside(inbox, (BODY, None))
    said = command.invoke(diagnose)
    assert said.exit_code == 1
    assert "X-Webhook-Signature" in said.output


def test_with_nothing_set_aside_it_says_what_to_give(command: CliRunner, inbox: Inbox) -> None:
    assert inbox.set_aside.latest() is None
    said = command.invoke(diagnose)
    assert said.exit_code == 1
    assert "--body and --header" in said.output


@pytest.mark.parametrize("run", [diagnose, reverify], ids=["diagnose", "reverify"])
def test_without_an_inbox_it_is_one_clear_line(run: click.Command, command: CliRunner, tmp_path: Path) -> None:
    said = command.invoke(run, env={"DATA_DIR": str(tmp_path / "nowhere")})
    assert said.exit_code == 1
    assert "there is no inbox at" in said.output


def test_a_body_without_its_header_is_refused(command: CliRunner) -> None:
    Path("body").write_bytes(BODY)
    said = command.invoke(diagnose, ["--body", "body"])
    assert said.exit_code == 2
    assert "belong together" in said.output


def test_it_never_prints_a_secret_or_a_body(command: CliRunner) -> None:
    for header in (INFERRED.sign(SECRET.encode(), BODY), Scheme("sha1").sign(SECRET.encode(), BODY), b"sha256=00"):
        said = captured(command, header).output
        assert SECRET not in said
        assert "ann@example.org" not in said


def test_reverify_accepts_what_fits_the_scheme_that_is_set_now_and_keeps_the_rest(
    command: CliRunner, inbox: Inbox
) -> None:
    """Each delivery keeps its time of receipt, and is accepted once."""
    scheme = Scheme("sha1")
    set_aside(inbox, (b"forged", b"sha1=00"), (BODY, scheme.sign(SECRET.encode(), BODY)), (b"bare", None))
    env = {"ZUDDL_SIGNATURE_SCHEME": scheme.name}
    said = [command.invoke(reverify, env=env).output.splitlines()[-1] for _ in range(2)]
    assert said == [
        "Accepted 1 of the 3 deliveries that were set aside; 2 stay there.",
        "Accepted 0 of the 2 deliveries that were set aside; 2 stay there.",
    ]
    with closing(Inbox(Path("inbox.sqlite"))) as again:
        assert [(d.received_at, d.body) for d in again.read_after(0, max_count=9, max_bytes=9**9)] == [(1, BODY)]
        assert again.set_aside.count_and_bytes() == (2, len(b"forged") + len(b"bare"))
