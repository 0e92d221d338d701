"""Who gets in: visitors on this machine, those who have signed in, or everybody where the operator says so."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import NoReturn

import streamlit as st

from dashboard import sign_in
from dashboard.display.text import plain
from dashboard.settings import DashboardSettings

# The names by which a browser reaches its own machine. Where another name leads here, a page of that name's owner could
# read ours.
THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
# A proxy on this machine passes on what comes from elsewhere, and says so in one of these.
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")

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
    try:
        is_configured = sign_in.is_configured()
    except sign_in.Faulty as fault:
        _refuse(f"{fault} The dashboard stays closed.")
    if not is_configured:
        if not settings.is_open:
            _require_this_machine(settings)
        return
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


def _refuse(why: str) -> NoReturn:
    st.error(why)
    st.stop()


def _is_elsewhere() -> bool:
    headers = st.context.headers
    host = re.sub(r":\d+$", "", headers.get("Host", "localhost"))
    return st.context.ip_address is not None or host not in THIS_MACHINE or any(name in headers for name in FORWARDED)
