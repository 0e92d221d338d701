"""Who gets in: visitors on this machine, those who have signed in, or everybody where the operator says so.

Sign-in is Streamlit's own OpenID Connect, when `.streamlit/secrets.toml` has an [auth] section.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from dashboard.display.text import plain
from dashboard.settings import DashboardSettings

# A proxy on this machine passes on what comes from elsewhere, and says so in one of these.
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")

# What Streamlit's sign-in needs in [auth]. What concerns the provider may stand in [auth.default] instead.
OURS = ("redirect_uri", "cookie_secret")
PROVIDERS = ("client_id", "client_secret", "server_metadata_url")
# Streamlit's own, the only one that takes a visitor back who comes from the provider.
CALLBACK = "/oauth2callback"

# Streamlit shows its first page after sign-in. The browser keeps the address of the link meanwhile, for this tab alone.
# It is a whole address of this site, so it can't lead to another one.
KEEP_ADDRESS = "<script>sessionStorage.setItem('opened', location.href)</script>"
GO_BACK = """
<script>
const opened = sessionStorage.getItem('opened')
sessionStorage.removeItem('opened')
if (opened && opened !== location.href) location.replace(opened)
</script>
"""


def require(settings: DashboardSettings) -> None:
    """Let the visitor through, or end the run with the reason."""
    if not _is_sign_in_configured():
        if not settings.is_open:
            _require_this_machine(settings)
        return
    if find_spec("authlib") is None:
        _refuse("Sign-in is configured, but the package Authlib is not installed: `pip install 'streamlit[auth]'`.")
    if fault := fault_of(st.secrets["auth"]):
        _refuse(f"Sign-in can't be set up: `[auth]` in `.streamlit/secrets.toml` {fault}. The dashboard stays closed.")
    if not settings.allowed:
        _refuse("Sign-in is configured, but `DASHBOARD_ALLOWED` names nobody: set it to mail addresses or @domains.")
    if not st.user.is_logged_in:
        st.html(KEEP_ADDRESS, unsafe_allow_javascript=True)
        st.title("Time spent in sessions")
        st.button("Sign in", type="primary", on_click=st.login)
        st.stop()
    if not is_allowed(st.user, settings):
        st.error(
            "This address may not see the dashboard. The operator can add it to `DASHBOARD_ALLOWED`; the provider must "
            "say that it has verified the address."
        )
        offer_sign_out()
        st.stop()


def offer_sign_out() -> None:
    """Draw a button to sign out, for those who have signed in.

    The first time after sign-in, go back to the link that was opened.
    """
    if st.user.get("is_logged_in"):
        st.html(GO_BACK, unsafe_allow_javascript=True)
        st.button(f"Sign out {plain(str(st.user.get('email', '')))}", on_click=st.logout, type="tertiary")


def is_allowed(claims: Mapping[str, object], settings: DashboardSettings) -> bool:
    """Whether the provider says that the address is verified, and `DASHBOARD_ALLOWED` names it."""
    mail = claims.get("email")
    is_verified = claims.get("email_verified") is True
    if "email_verified" not in claims:
        is_verified = settings.is_email_verified_optional
    return is_verified and isinstance(mail, str) and settings.allows(mail)


def is_beyond_this_machine(address: str | None) -> bool:
    """Whether a server that listens at this address can be reached from elsewhere. None is every address."""
    try:
        return not ip_address(address or "::").is_loopback
    except ValueError:
        return address != "localhost"


def fault_of(auth: object) -> str | None:
    """What keeps the section [auth] from signing anybody in; None where nothing does."""
    section = auth if isinstance(auth, Mapping) else {}
    provider = section.get("default", section)
    if not isinstance(provider, Mapping):
        provider = {}
    of_each: dict[str, Any] = {name: section.get(name) for name in OURS} | {
        name: provider.get(name) for name in PROVIDERS
    }
    missing = [name for name, value in of_each.items() if not (isinstance(value, str) and value.strip())]
    if missing:
        return f"has no text for {', '.join(missing)}"
    if not of_each["redirect_uri"].endswith(CALLBACK):
        return f"has a redirect_uri that does not end with {CALLBACK}"
    return None


def _require_this_machine(settings: DashboardSettings) -> None:
    """End the run unless the visitor is on this machine, and only those there can be."""
    if settings.allowed:
        _refuse(
            "`DASHBOARD_ALLOWED` says who may enter, but sign-in is not configured: `.streamlit/secrets.toml` in the "
            "folder that the dashboard was started in has no section `[auth]`. The operator can write one, or let "
            "everybody in with `DASHBOARD_OPEN=1`."
        )
    if is_beyond_this_machine(st.get_option("server.address")):
        _refuse(
            "The dashboard listens beyond its own machine, without sign-in. The operator can turn sign-in on, let it "
            "listen at 127.0.0.1 only, or let everybody in with `DASHBOARD_OPEN=1`."
        )
    if _is_elsewhere():
        _refuse(
            "Without sign-in the dashboard shows data only on the machine that it runs on. "
            "The operator can turn sign-in on, or let everybody in with `DASHBOARD_OPEN=1`."
        )


def _refuse(why: str) -> None:
    st.error(why)
    st.stop()


def _is_elsewhere() -> bool:
    return st.context.ip_address is not None or any(name in st.context.headers for name in FORWARDED)


def _is_sign_in_configured() -> bool:
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        # Streamlit raises this where there is no file, and where there is one that it can't read.
        broken = [file for file in st.get_option("secrets.files") if Path(file).exists()]
    except (OSError, UnicodeDecodeError):
        broken = st.get_option("secrets.files")
    if broken:
        _refuse(f"Sign-in can't be set up: `{broken[-1]}` can't be read, or is no TOML. The dashboard stays closed.")
    return False
