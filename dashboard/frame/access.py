"""Who gets in: visitors on this machine, those who have signed in, or everybody where the operator says so.

Sign-in is Streamlit's own OpenID Connect, when `.streamlit/secrets.toml` has an [auth] section.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from dashboard.settings import DashboardSettings

# A proxy on this machine passes on what comes from elsewhere, and says so in one of these.
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def require(settings: DashboardSettings) -> None:
    """Let the visitor through, or end the run with the reason."""
    if not _is_sign_in_configured():
        if not settings.is_open and _is_elsewhere():
            _refuse(
                "Without sign-in the dashboard shows data only on the machine that it runs on. "
                "The operator can turn sign-in on, or let everybody in with `DASHBOARD_OPEN=1`."
            )
        return
    if find_spec("authlib") is None:
        _refuse("Sign-in is configured, but the package Authlib is not installed: `pip install 'streamlit[auth]'`.")
    if not settings.allowed:
        _refuse("Sign-in is configured, but `DASHBOARD_ALLOWED` names nobody: set it to mail addresses or @domains.")
    if not st.user.is_logged_in:
        st.title("Time spent in sessions")
        st.button("Sign in", type="primary", on_click=st.login)
        st.stop()
    with st.sidebar:
        st.button("Sign out", on_click=st.logout)
    if not is_allowed(st.user, settings):
        _refuse(
            "This address may not see the dashboard. The operator can add it to `DASHBOARD_ALLOWED`; the provider must "
            "say that it has verified the address."
        )


def is_allowed(claims: Mapping[str, object], settings: DashboardSettings) -> bool:
    """Whether the provider says that the address is verified, and `DASHBOARD_ALLOWED` names it."""
    mail = claims.get("email")
    is_verified = claims.get("email_verified") is True
    if "email_verified" not in claims:
        is_verified = settings.is_email_verified_optional
    return is_verified and isinstance(mail, str) and settings.allows(mail)


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
