"""Checks of the receiver that runs on this machine."""

import re

from ingest.doctor.ask import ask, reason
from ingest.verdicts import Finding, fail, ok, warning

INFO = re.compile(rb'^engagement_warehouse_info\{.*?version="([^"]*)".*?\} 1', re.MULTILINE)


def is_ready(base_url: str) -> Finding:
    """Whether it could store a delivery now."""
    try:
        answer = ask(f"{base_url}/health/ready")
    except OSError as error:
        return fail(f"nobody answers at {base_url} ({reason(error)})", "start it: `ingest serve`, or its service")
    if answer.status == 200:  # noqa: PLR2004 -- HTTP's OK
        return ok(f"it could store a delivery now ({base_url})")
    return fail(f"{base_url} answers {answer.status}: {answer.detail or 'no reason'}", "its log says more")


def runs_this_release(base_url: str, release: str) -> Finding:
    """Whether the process is of the same release as this program: an update needs a restart."""
    try:
        found = INFO.search(ask(f"{base_url}/metrics").body)
    except OSError:
        return ok(f"this is {release}; no receiver runs")
    running = found[1].decode() if found else "one that does not say its version"
    if running != release:
        return warning(f"the receiver runs {running}, and this is {release}", "restart the receiver")
    return ok(f"the receiver runs {release}, as this is")
