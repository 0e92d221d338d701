"""The receiver's settings: right values, and errors that name the variable and say what would be right."""

import pytest

from ingest.settings import AuthHeader, ReceiverSettings
from warehouse.settings import SettingsError

ENV = {"ZUDDL_WEBHOOK_SECRET": "s3cret"}


def test_the_secret_alone_is_enough() -> None:
    settings = ReceiverSettings.from_env(ENV)
    assert (settings.host, settings.port, settings.max_body_bytes) == ("127.0.0.1", 8000, 1_048_576)
    assert settings.secrets == (b"s3cret",)
    assert settings.auth_header is None


def test_several_secrets_are_separated_by_commas() -> None:
    assert ReceiverSettings.from_env({"ZUDDL_WEBHOOK_SECRET": "old, new,"}).secrets == (b"old", b"new")


def test_a_static_header_has_a_name_and_a_value() -> None:
    settings = ReceiverSettings.from_env({**ENV, "ZUDDL_AUTH_HEADER": "X-Webhook-Token: abc:123"})
    assert settings.auth_header == AuthHeader(b"x-webhook-token", b"abc:123")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZUDDL_WEBHOOK_SECRET", " , "),
        ("ZUDDL_WEBHOOK_SECRET", '""'),
        ("ZUDDL_WEBHOOK_SECRET", "good-enough-as-it-is,''"),
        ("ZUDDL_WEBHOOK_SECRET", "\u200b"),
        ("ZUDDL_WEBHOOK_SECRET", "a-long-enough\u200b-secret"),
        ("ZUDDL_WEBHOOK_SECRET", "\ufeffa-long-enough-secret"),
        ("ZUDDL_WEBHOOK_SECRET", "a-long-enough\n-secret"),
        ("ZUDDL_WEBHOOK_SECRET", "a-long-enough\udcff-secret"),  # as Python reads the byte 0xff of the environment
        ("ZUDDL_SIGNATURE_SCHEME", "hmac-md5-hex"),
        ("ZUDDL_SIGNATURE_SCHEME", "hmac-sha256-hex-hex-secret"),
        ("ZUDDL_AUTH_HEADER", "just-a-name"),
        ("ZUDDL_AUTH_HEADER", "X Token: abc"),
        ("ZUDDL_AUTH_HEADER", '"X-Token: abc"'),
        ("ZUDDL_AUTH_HEADER", "X-Tökén: abc"),
        ("ZUDDL_AUTH_HEADER", "X-Token: äbc"),
        ("ZUDDL_AUTH_HEADER", "X-Token: a\nb"),
        ("ZUDDL_AUTH_HEADER", "X-Token: a\udcff"),
        ("ZUDDL_AUTH_HEADER", ": value"),
        ("ZUDDL_AUTH_HEADER", "X-Webhook-Signature: abc"),
        ("ZUDDL_AUTH_HEADER", "content-length: 14"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("MAX_BODY_BYTES", "1e6"),
        ("REPEAT_POLICY", "first"),
        ("DATA_DIR", "~/data"),
        ("INBOX_RETENTION_DAYS", "a month"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        ReceiverSettings.from_env({**ENV, name: value})


def test_a_secret_that_is_named_twice_counts_once() -> None:
    assert ReceiverSettings.from_env({"ZUDDL_WEBHOOK_SECRET": "same,other,same"}).secrets == (b"same", b"other")


@pytest.mark.parametrize(
    ("secret", "doubt"),
    [
        ("fifteen-letters", "fewer than 16 characters"),
        ('"a-secret-of-24-characters"', "in quotes"),
        ("'a-secret-of-24-characters'", "in quotes"),
        ("\N{LEFT DOUBLE QUOTATION MARK}a-secret-of-24-characters\N{RIGHT DOUBLE QUOTATION MARK}", "in quotes"),
        ("short,shorter", "fewer than 16 characters"),
        ("a-secret-of-24-characters,", "a comma with nothing"),
        ("a-secret-of-24-characters,a-secret-of-24-characters", "the same secret twice"),
    ],
)
def test_a_doubtful_secret_is_used_and_warned_about_without_its_value(secret: str, doubt: str) -> None:
    settings = ReceiverSettings.from_env({"ZUDDL_WEBHOOK_SECRET": secret})
    [said] = settings.secret.doubts()
    assert doubt in said
    assert said.startswith("ZUDDL_WEBHOOK_SECRET ")
    assert "a-secret" not in said
    assert settings.secrets


def test_a_good_secret_and_a_rotation_raise_no_doubt() -> None:
    for secret in ("exactly-16-chars", "a-secret-of-24-characters, another-of-22-characters"):
        assert list(ReceiverSettings.from_env({"ZUDDL_WEBHOOK_SECRET": secret}).secret.doubts()) == []


def test_nothing_that_is_printed_shows_a_secret() -> None:
    settings = ReceiverSettings.from_env({**ENV, "ZUDDL_AUTH_HEADER": "X-Webhook-Token: t0ken"})
    assert "s3cret" not in repr(settings)
    assert "t0ken" not in repr(settings)
