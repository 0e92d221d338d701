"""Who gets in."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.cli import flags
from dashboard.frame.access import is_allowed, is_beyond_this_machine
from dashboard.settings import DashboardSettings
from dashboard.sign_in import fault_of
from tests.dashboard.page import listening_at, said, visitor_from
from tests.dashboard.rows import TWO_EVENTS, Publish
from warehouse.settings import SettingsError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DASHBOARD_SQL", "yes"),
        ("DASHBOARD_SHOW_PII", "2"),
        ("DASHBOARD_ALLOWED", "example.com"),
        ("DASHBOARD_OPEN", "x"),
        ("DASHBOARD_PORT", "0"),
        ("DASHBOARD_PORT", "http"),
    ],
)
def test_a_wrong_setting_of_the_dashboard_is_named(name: str, value: str) -> None:
    """With what would be right."""
    with pytest.raises(SettingsError, match=f"{name} must"):
        DashboardSettings.from_env({name: value})


@pytest.mark.parametrize(
    "entry", ["example.com", "a@b@c", "@", "ann@", "a nn@example.com", "@exam ple.com", "a@b\\u200b"]
)
def test_an_entry_that_is_no_address_is_named(entry: str) -> None:
    """It would let nobody in, or somebody else."""
    entry = entry.replace("\\u200b", "\u200b")

    with pytest.raises(SettingsError, match="DASHBOARD_ALLOWED must list mail addresses or @domains, not"):
        DashboardSettings.from_env({"DASHBOARD_ALLOWED": f"ann@example.com, {entry}"})


def test_the_list_of_who_may_look_takes_addresses_and_domains() -> None:
    """In upper or lower case. A domain does not include its subdomains."""
    settings = DashboardSettings.from_env({"DASHBOARD_ALLOWED": "Ada@example.com, @example.org"})

    assert [settings.allows(mail) for mail in ("ada@EXAMPLE.com", "bob@example.org")] == [True, True]
    refused = ("bob@example.com", "ada@evil-example.org", "ada@sub.example.org", "", "example.org", "@")
    assert not any(settings.allows(mail) for mail in refused)


@pytest.mark.parametrize(
    "mail",
    [
        "ann@straße.com",
        "ann@evil.com@strasse.com",
        "ann@strasse.com\n",
        " ann@strasse.com",
        "an n@strasse.com",
        "ann\t@strasse.com",
        "ann\u200b@strasse.com",
        "ann\ud800@strasse.com",
        "ann@\u017ftrasse.com",
        "ann@STRASSE.COM\u212a",
        "@strasse.com",
    ],
)
def test_an_almost_allowed_address_is_refused(mail: str) -> None:
    """Only A to Z have a lower case, one @ stands between two parts, and nothing in them is blank or invisible."""
    settings = DashboardSettings.from_env({"DASHBOARD_ALLOWED": "@strasse.com"})

    assert not settings.allows(mail)
    assert settings.allows("Ann@Strasse.COM")


def test_an_address_beyond_ascii_is_compared_as_it_is() -> None:
    """Its ASCII letters in either case."""
    settings = DashboardSettings.from_env({"DASHBOARD_ALLOWED": "@Straße.com"})

    assert settings.allows("ann@straße.COM")
    assert not settings.allows("ann@strasse.com")


@pytest.mark.parametrize("verified", [False, "false", "true", "True", 0, 1, None, "", [True]])
def test_only_true_is_verified(verified: object) -> None:
    """Also where the claim is optional: what a provider says is not what it leaves out."""
    env = {"DASHBOARD_ALLOWED": "@example.com", "DASHBOARD_EMAIL_VERIFIED_OPTIONAL": "1"}
    claims = {"email": "ann@example.com", "email_verified": verified}

    assert not is_allowed(claims, DashboardSettings.from_env(env))
    assert is_allowed({**claims, "email_verified": True}, DashboardSettings.from_env(env))


@pytest.mark.parametrize(("switch", "is_let_in"), [("", False), ("0", False), ("1", True)])
def test_a_missing_claim_is_accepted_only_by_a_switch(switch: str, is_let_in: bool) -> None:
    env = {"DASHBOARD_ALLOWED": "@example.com", "DASHBOARD_EMAIL_VERIFIED_OPTIONAL": switch}

    assert is_allowed({"email": "ann@example.com"}, DashboardSettings.from_env(env)) is is_let_in


@pytest.mark.parametrize("mail", [None, 1, ["ann@example.com"]])
def test_an_address_that_is_no_text_is_refused(mail: object) -> None:
    settings = DashboardSettings.from_env({"DASHBOARD_ALLOWED": "@example.com"})

    assert not is_allowed({"email": mail, "email_verified": True}, settings)
    assert not is_allowed({"email_verified": True}, settings)


@pytest.fixture
def two_events(publish: Publish, app: AppTest) -> AppTest:
    publish(TWO_EVENTS)
    return app


def shows_nothing(app: AppTest) -> bool:
    """Whether there are neither figures nor filters."""
    return not app.exception and not any((app.metric, app.dataframe, app.multiselect))


AUTH = {
    "redirect_uri": "https://dashboard.example.com/oauth2callback",
    "cookie_secret": "a long random text that nobody knows",
    "client_id": "dashboard",
    "client_secret": "a secret of the client",
    "server_metadata_url": "https://id.example.com/.well-known/openid-configuration",
}
OURS = {name: AUTH[name] for name in ("redirect_uri", "cookie_secret")}


@pytest.mark.parametrize(
    ("auth", "fault"),
    [
        (AUTH, None),
        (OURS | {"default": {name: text for name, text in AUTH.items() if name not in OURS}}, None),
        (OURS, "has no text for client_id, client_secret, server_metadata_url"),
        (AUTH | {"client_secret": " "}, "has no text for client_secret"),
        (AUTH | {"client_id": 7}, "has no text for client_id"),
        (AUTH | {"default": {}}, "has no text for client_id, client_secret, server_metadata_url"),
        (AUTH | {"default": "x"}, "has no text for client_id, client_secret, server_metadata_url"),
        ({}, f"has no text for {', '.join(AUTH)}"),
        ("x", "is no section: write `[auth]` on a line of its own, and its settings below"),
        ([], "is no section: write `[auth]` on a line of its own, and its settings below"),
        (
            AUTH | {"redirect_uri": "https://dashboard.example.com/"},
            "has a redirect_uri that does not end with /oauth2callback",
        ),
    ],
)
def test_what_keeps_the_section_from_signing_in_is_named(auth: object, fault: str | None) -> None:
    assert fault_of(auth) == fault


@pytest.mark.parametrize("is_open", ["0", "1"])
def test_an_incomplete_section_closes_the_dashboard_in_one_sentence(
    two_events: AppTest, monkeypatch: pytest.MonkeyPatch, is_open: str
) -> None:
    """Whoever wrote it wants sign-in, also where DASHBOARD_OPEN was left."""
    monkeypatch.setenv("DASHBOARD_OPEN", is_open)
    monkeypatch.setenv("DASHBOARD_ALLOWED", "@example.com")
    two_events.secrets["auth"] = {name: text for name, text in AUTH.items() if name != "client_id"}

    two_events.run()

    assert shows_nothing(two_events)
    assert not two_events.button
    [error] = two_events.error
    assert error.value == (
        "Sign-in can't be set up: `[auth]` in `.streamlit/secrets.toml` has no text for client_id. "
        "The dashboard stays closed."
    )


def test_where_sign_in_is_configured_nobody_gets_in_without_a_list(two_events: AppTest) -> None:
    two_events.secrets["auth"] = AUTH

    two_events.run()

    assert shows_nothing(two_events)
    assert "`DASHBOARD_ALLOWED` names nobody" in said(two_events)


@pytest.mark.parametrize("secrets", [b"[auth\nredirect_uri = 1", b"\xff\xfe[auth]", b"auth = "])
def test_broken_secrets_close_the_dashboard(
    two_events: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: bytes
) -> None:
    """Whoever wrote them wants sign-in. The page names the file."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_bytes(secrets)
    monkeypatch.chdir(tmp_path)

    two_events.run()

    assert shows_nothing(two_events)
    [error] = two_events.error
    assert error.value.startswith(f"Sign-in can't be set up: `{tmp_path}/.streamlit/secrets.toml` can't be read")


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {}),
        ("2001:db8::7", {}),
        (None, {"X_Forwarded_For": "192.0.2.7"}),
        (None, {"X_Real_IP": "192.0.2.7"}),
        (None, {"Forwarded": "for=192.0.2.7"}),
        (None, {"Host": "evil.example:8501"}),
        (None, {"Host": "localhost.evil.example"}),
    ],
)
def test_without_sign_in_nothing_is_shown_beyond_this_machine(
    two_events: AppTest, monkeypatch: pytest.MonkeyPatch, address: str | None, headers: dict[str, str]
) -> None:
    """Neither directly nor through a proxy, unless the operator says DASHBOARD_OPEN=1."""
    visitor_from(address, monkeypatch, **headers)

    assert shows_nothing(two_events.run())
    assert "Without sign-in the dashboard shows data only on the machine that it runs on." in said(two_events)

    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    assert two_events.run().metric


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "localhost"])
def test_this_machine_has_several_names(two_events: AppTest, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    visitor_from(None, monkeypatch, Host=host)

    assert two_events.run().metric


def test_a_list_without_sign_in_closes_the_dashboard(two_events: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wrote it wants sign-in, but started the dashboard in a folder without the secrets."""
    monkeypatch.setenv("DASHBOARD_ALLOWED", "@example.com")

    assert shows_nothing(two_events.run())
    [error] = two_events.error
    assert error.value.startswith("`DASHBOARD_ALLOWED` says who may enter, but sign-in is not configured")

    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    assert two_events.run().metric


@pytest.mark.parametrize("address", [None, "0.0.0.0", "192.0.2.7"])  # noqa: S104 -- to be refused
def test_a_server_beyond_this_machine_shows_nothing_without_sign_in(
    two_events: AppTest, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    """Not even to a visitor on this machine: the operator sees at once what others would."""
    listening_at(address)

    assert shows_nothing(two_events.run())
    assert "The dashboard listens beyond its own machine, without sign-in." in said(two_events)

    monkeypatch.setenv("DASHBOARD_OPEN", "1")
    assert two_events.run().metric


@pytest.mark.parametrize(
    ("address", "is_beyond"),
    [
        ("localhost", False),
        ("127.0.0.1", False),
        ("127.0.1.1", False),
        ("::1", False),
        (None, True),
        ("", True),
        ("0.0.0.0", True),  # noqa: S104 -- nothing listens
        ("::", True),
        ("10.0.0.1", True),
        ("dashboard.example.com", True),
        ("localhost.example.com", True),
    ],
)
def test_only_loopback_addresses_are_this_machine(address: str | None, is_beyond: bool) -> None:
    assert is_beyond_this_machine(address) is is_beyond


def test_the_options_beside_the_script_and_the_address_are_flags() -> None:
    """Flags win over the environment, and over files in the working and the home directory."""
    env = {"DASHBOARD_HOST": "192.0.2.7", "DASHBOARD_PORT": "8600"}

    assert {
        "--server.address=192.0.2.7",
        "--server.port=8600",
        "--client.disableDataExport=True",
        "--client.showErrorDetails=none",
        "--browser.gatherUsageStats=False",
        "--theme.light.primaryColor=#006AA8",
    } <= set(flags(DashboardSettings.from_env(env)))


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8501"), ("::1", "http://[::1]:8501"), ("", "http://127.0.0.1:8501")],
)
def test_the_address_for_a_browser(host: str, url: str) -> None:
    assert DashboardSettings.from_env({"DASHBOARD_HOST": host}).url == url
