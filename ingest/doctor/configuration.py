"""Checks of what the operator has set: the secret, `.env`, and who may see the dashboard."""

import stat
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from ingest.secret import WebhookSecret
from ingest.verdicts import Finding, fail, ok, warning
from warehouse.settings import read_env_file

SECRETS = ("ZUDDL_WEBHOOK_SECRET", "ZUDDL_AUTH_HEADER")
SECRETS_OF_STREAMLIT = ".streamlit/secrets.toml"


def secret(its: WebhookSecret) -> Finding:
    """Whether the secret can be the right one, and is one."""
    if its.is_open:
        return fail(f"every user of this machine can read or change {its.source}", "chmod 600, and make a new secret")
    if doubts := list(its.doubts()):
        return warning("; ".join(doubts), "compare it with the webhook's settings in Zuddl")
    count = len(its.keys)
    return ok(f"{its.source} holds {count} secrets, as while rotating" if count > 1 else f"{its.source} is set")


def environment_file(file: Path) -> Finding:
    """Whether other users can read a secret in `.env`."""
    if not file.exists():
        return ok(f"there is no {file}")
    mode = stat.S_IMODE(file.stat().st_mode)
    holds = [name for name in SECRETS if read_env_file(file).get(name, "").strip()]
    if holds and mode & stat.S_IRWXO:
        found = f"every user of this machine can read or change {file} ({mode:04o}), which holds {' and '.join(holds)}"
        return fail(found, f"chmod 600 {file}, and make new ones")
    return ok(f"{file} holds no secret" if not holds else f"{file} is closed to other users ({mode:04o})")


def dashboard(env: Mapping[str, str], port: int, listening: set[str], folders: tuple[Path, ...]) -> Finding:
    """Who may see the dashboard.

    Args:
        env: the settings.
        port: where it listens.
        listening: the addresses where something listens at this port now.
        folders: where Streamlit looks for its secrets: the working directory and the home.
    """
    is_open = env.get("DASHBOARD_OPEN", "").strip() == "1"
    signs_in = any(_has_sign_in(folder / SECRETS_OF_STREAMLIT) for folder in folders)
    beyond = sorted(address for address in listening if not ip_address(address).is_loopback)
    where = f"{', '.join(beyond)}, port {port}" if beyond else f"port {port} of this machine only"
    if is_open and not signs_in:
        found = f"DASHBOARD_OPEN=1 lets everybody in who reaches {where}"
        cure = "set up sign-in, or remove DASHBOARD_OPEN"
        return fail(found, cure) if beyond else warning(found, cure)
    if signs_in and not env.get("DASHBOARD_ALLOWED", "").strip():
        return warning("sign-in is set up, but DASHBOARD_ALLOWED names nobody: nobody gets in", "name who may")
    if signs_in:
        return ok(f"visitors sign in; {where}")
    if beyond:
        return warning(
            f"it listens at {where}, and refuses visitors from other machines without sign-in",
            "set up sign-in, or DASHBOARD_HOST=127.0.0.1",
        )
    return ok(f"it shows data on this machine only, without sign-in (port {port})" if listening else "it does not run")


def _has_sign_in(file: Path) -> bool:
    try:
        return "auth" in tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return False
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OSError(f"{file} is no TOML ({error}); the dashboard stays closed") from None
