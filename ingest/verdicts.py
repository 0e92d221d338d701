"""What a check found, as one line for the operator: used by `ingest doctor` and `ingest rehearse`."""

from enum import StrEnum
from typing import NamedTuple

import click


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAIL = "FAIL"


COLORS = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAIL: "red"}


class Finding(NamedTuple):
    """What one check found. `cure` says what to do, and is empty where nothing has to be done."""

    verdict: Verdict
    found: str
    cure: str = ""


def ok(found: str) -> Finding:
    """Nothing has to be done."""
    return Finding(Verdict.OK, found)


def warning(found: str, cure: str) -> Finding:
    """It works now, and may not later."""
    return Finding(Verdict.WARNING, found, cure)


def fail(found: str, cure: str) -> Finding:
    """Deliveries are lost, refused or open to others, or will be."""
    return Finding(Verdict.FAIL, found, cure)


def show(check: str, finding: Finding) -> None:
    """Print the finding as one line, in colour on a terminal."""
    verdict = click.style(f"{finding.verdict:8}", fg=COLORS[finding.verdict])
    cure = f" -> {finding.cure}" if finding.cure else ""
    click.echo(f"{verdict}{check:22} {finding.found}{cure}")
