"""Whether visitors sign in. It is Streamlit's own OpenID Connect, when the secrets have a section [auth]."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

# What Streamlit's sign-in needs in [auth]. What concerns the provider may stand in [auth.default] instead.
OURS = ("redirect_uri", "cookie_secret")
PROVIDERS = ("client_id", "client_secret", "server_metadata_url")
# Streamlit's own, the only one that takes a visitor back who comes from the provider.
CALLBACK = "/oauth2callback"


class Faulty(Exception):
    """Whoever wrote the secrets wants sign-in, but nobody could sign in; the message says what to set."""


def is_configured() -> bool:
    """Whether visitors sign in.

    Raises:
        Faulty: the secrets can't be read, the section lacks something, or Authlib is missing.
    """
    auth = _section()
    if auth is None:
        return False
    if fault := fault_of(auth):
        raise Faulty(f"Sign-in can't be set up: `[auth]` in `.streamlit/secrets.toml` {fault}.")
    if find_spec("authlib") is None:
        raise Faulty("Sign-in can't be set up: the package Authlib is missing: `pip install 'streamlit[auth]'`.")
    return True


def fault_of(auth: object) -> str | None:
    """What keeps the section [auth] from signing anybody in; None where nothing does."""
    if not isinstance(auth, Mapping):
        return "is no section: write `[auth]` on a line of its own, and its settings below"
    provider = auth.get("default", auth)
    if not isinstance(provider, Mapping):
        provider = {}
    of_each: dict[str, Any] = {name: auth.get(name) for name in OURS} | {name: provider.get(name) for name in PROVIDERS}
    missing = [name for name, value in of_each.items() if not (isinstance(value, str) and value.strip())]
    if missing:
        return f"has no text for {', '.join(missing)}"
    if not of_each["redirect_uri"].endswith(CALLBACK):
        return f"has a redirect_uri that does not end with {CALLBACK}"
    return None


def _section() -> object:
    """What the secrets say under `auth`; None where they say nothing."""
    files = st.get_option("secrets.files")
    try:
        return st.secrets.get("auth")
    except StreamlitSecretNotFoundError:
        # Streamlit raises this where there is no file, and where there is one that it can't read.
        files = [file for file in files if Path(file).exists()]
        if not files:
            return None
    except (OSError, UnicodeDecodeError):
        pass
    raise Faulty(f"Sign-in can't be set up: `{files[-1]}` can't be read, or is no TOML.")
