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
    Scheme("sha256", "hex", layout="-bare"),
    Scheme("sha256", "hex", ending="-with-newline"),
    Scheme("sha256", "upperhex"),
    Scheme("sha256", "base64", layout="-v1"),
    Scheme("sha256", "hex", layout="-t-v1"),
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


def set_aside(inbox: Inbox, *deliveries: tuple[bytes, bytes | None], reason: str = "bad_signature") -> None:
    """Refused deliveries, as the receiver keeps them: body and signature."""
    unverified = [Unverified(n, signature, body, reason) for n, (body, signature) in enumerate(deliveries)]
    inbox.set_aside.add(unverified, 10**6)


def signed(count: int, scheme: Scheme = INFERRED, secret: str = SECRET) -> list[tuple[bytes, bytes | None]]:
    bodies = [b'{"n":%d}' % number for number in range(count)]
    return [(body, scheme.sign(secret.encode(), body)) for body in bodies]


def lines_of(result: Result) -> list[str]:
    return result.output.splitlines()


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


def test_one_unsigned_scan_does_not_hide_what_came_before_it(command: CliRunner, inbox: Inbox) -> None:
    set_aside(inbox, *signed(18, Scheme("sha512")), *[(b"scan", None)] * 82, (b"scan", b"nonsense"))
    said = command.invoke(diagnose)
    assert said.exit_code == 0
    assert lines_of(said) == [
        "Of the latest 101 deliveries that were set aside:",
        "- 18 fit hmac-sha512-hex. Set ZUDDL_SIGNATURE_SCHEME=hmac-sha512-hex",
        "  and restart the receiver; `ingest reverify` then accepts what was set aside.",
        "- 82 carried no signature (X-Webhook-Signature): is a secret set in Zuddl? Or somebody scans.",
        "- 1 carried an X-Webhook-Signature that can be no signature.",
    ]


def test_a_longer_scan_than_it_looks_at_hides_nothing_either(command: CliRunner, inbox: Inbox) -> None:
    set_aside(inbox, *signed(3, Scheme("sha512")), *[(b"scan", None)] * 1_500)
    said = command.invoke(diagnose)
    assert "- 3 fit hmac-sha512-hex." in said.output
    assert "- 1,000 carried no signature" in said.output


def test_a_refusal_for_the_static_header_is_not_called_acceptable(command: CliRunner, inbox: Inbox) -> None:
    set_aside(inbox, *signed(2), reason="bad_auth_header")
    set_aside(inbox, *signed(1))
    said = command.invoke(diagnose, env={"ZUDDL_AUTH_HEADER": "X-Webhook-Token: abc"})
    assert said.exit_code == 0
    [_, refused, accepted] = lines_of(said)
    assert refused.startswith("- 2 fit hmac-sha256-hex, the scheme that is set, but had a wrong static header: compare")
    assert accepted.startswith("- 1 fit hmac-sha256-hex, the scheme that is set, and would be accepted now.")


def test_a_captured_request_would_be_accepted_only_with_the_static_header_that_is_set(command: CliRunner) -> None:
    Path("body").write_bytes(BODY)
    header = INFERRED.sign(SECRET.encode(), BODY).decode()
    env = {"ZUDDL_AUTH_HEADER": "X-Webhook-Token: abc"}
    said = command.invoke(diagnose, ["--body", "body", "--header", header], env=env)
    assert "it would be accepted, if its static header is that of ZUDDL_AUTH_HEADER." in said.output


def test_a_single_delivery_that_two_schemes_fit_is_settled_by_the_others(command: CliRunner, inbox: Inbox) -> None:
    """Many a digest is the same text in base64 and base64url."""
    scheme = Scheme("sha256", "base64url")
    deliveries = signed(40, scheme)
    assert any(header and not {*b"-_"} & {*header} for _, header in deliveries)
    set_aside(inbox, *deliveries)
    assert "- 40 fit hmac-sha256-base64url. Set" in command.invoke(diagnose).output


@pytest.mark.parametrize(
    "pasted",
    ["X-Webhook-Signature: {}", "x-webhook-signature:{}", "'X-Webhook-Signature: {}'", '"{}"', " {} \n"],
)
def test_a_header_may_be_pasted_as_a_whole_line_or_in_quotes(pasted: str, command: CliRunner) -> None:
    said = captured(command, pasted.format(INFERRED.sign(SECRET.encode(), BODY).decode()).encode())
    assert "it would be accepted" in said.output


def test_quotes_around_the_secret_are_named(command: CliRunner) -> None:
    Path("body").write_bytes(BODY)
    header = INFERRED.sign(SECRET.encode(), BODY).decode()
    env = {"ZUDDL_WEBHOOK_SECRET": f'"{SECRET}"'}
    said = command.invoke(diagnose, ["--body", "body", "--header", header], env=env)
    assert said.exit_code == 0
    assert "with the secret without its quotes: remove them from ZUDDL_WEBHOOK_SECRET" in said.output
    assert SECRET not in said.output


def test_a_comma_in_the_secret_is_named(command: CliRunner) -> None:
    Path("body").write_bytes(BODY)
    header = INFERRED.sign(b"one,secret", BODY).decode()
    env = {"ZUDDL_WEBHOOK_SECRET": "one,secret"}
    said = command.invoke(diagnose, ["--body", "body", "--header", header], env=env)
    assert said.exit_code == 0
    assert "a comma separates secrets here" in said.output
    assert "one,secret" not in said.output


def test_bytes_that_are_no_utf_8_are_named(command: CliRunner) -> None:
    Path("body").write_bytes("ä".encode("utf-16"))
    said = command.invoke(diagnose, ["--body", "body", "--header", "sha256=\udcff"])
    assert said.exit_code == 1
    assert "The header holds bytes that are in no signature." in said.output
    assert "body is no UTF-8 text: was it captured byte for byte?" in said.output


def test_a_scheme_that_the_secret_is_not_written_for_does_not_stop_the_search(command: CliRunner) -> None:
    """Such a scheme stops the receiver at its start, which then names this command."""
    Path("body").write_bytes(BODY)
    header = INFERRED.sign(SECRET.encode(), BODY).decode()
    env = {"ZUDDL_SIGNATURE_SCHEME": "hmac-sha256-hex-hex-secret"}
    said = command.invoke(diagnose, ["--body", "body", "--header", header], env=env)
    assert "Set ZUDDL_SIGNATURE_SCHEME=hmac-sha256-hex\n" in said.output


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


@pytest.mark.parametrize("run", [diagnose, reverify], ids=["diagnose", "reverify"])
def test_a_folder_that_cannot_be_looked_into_is_one_line(
    run: click.Command, command: CliRunner, tmp_path: Path
) -> None:
    said = command.invoke(run, env={"DATA_DIR": str(tmp_path / ("long" * 100))})
    assert (said.exit_code, said.output.count("\n")) == (1, 1)
    assert "File name too long" in said.output


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
