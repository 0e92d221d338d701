"""Sign-in by Streamlit's own OpenID Connect, when `.streamlit/secrets.toml` has an [auth] section."""

from importlib.util import find_spec

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from dashboard.settings import DashboardSettings


def require(settings: DashboardSettings) -> None:
    """Let the visitor through, or end the run with the reason. Without an [auth] section everyone gets in."""
    if not _is_configured():
        return
    if find_spec("authlib") is None:
        _refuse("Sign-in is configured, but the package Authlib is not installed: `pip install 'streamlit[auth]'`.")
    if not settings.allowed:
        _refuse("Sign-in is configured, but `DASHBOARD_ALLOWED` names nobody: set it to mail addresses or @domains.")
    if not st.user.is_logged_in:
        st.title("Time spent in sessions")
        st.button("Sign in", type="primary", on_click=st.login)
        st.stop()
    mail = str(st.user.get("email") or "")
    # A provider that has not verified the address says so; one that says nothing is trusted.
    is_allowed = settings.allows(mail) and st.user.get("email_verified") is not False
    with st.sidebar:
        st.button("Sign out", on_click=st.logout)
    if not is_allowed:
        _refuse("This address may not see the dashboard. The operator can add it to `DASHBOARD_ALLOWED`.")


def _refuse(why: str) -> None:
    st.error(why)
    st.stop()


def _is_configured() -> bool:
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError:
        return False
