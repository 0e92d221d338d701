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


class Result(NamedTuple):
    """What one check found. `cure` says what to do, and is empty where nothing has to be done."""

    verdict: Verdict
    check: str
    found: str
    cure: str = ""


def ok(check: str, found: str) -> Result:
    """Nothing has to be done."""
    return Result(Verdict.OK, check, found)


def warning(check: str, found: str, cure: str) -> Result:
    """It works now, and may not later."""
    return Result(Verdict.WARNING, check, found, cure)


def fail(check: str, found: str, cure: str) -> Result:
    """Deliveries are lost, refused or open to others, or will be."""
    return Result(Verdict.FAIL, check, found, cure)


def show(result: Result) -> None:
    """Print the result as one line, in colour on a terminal."""
    verdict = click.style(f"{result.verdict:8}", fg=COLORS[result.verdict])
    cure = f" -> {result.cure}" if result.cure else ""
    click.echo(f"{verdict}{result.check:22} {result.found}{cure}")
