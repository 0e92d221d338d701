"""Reports as files: of the generation that is published when they are made, under a name that says what they are."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from dashboard import data
from dashboard.data import View
from dashboard.provenance import Provenance
from dashboard.queries.credited import Kind
from dashboard.queries.provenance import provenance
from dashboard.reports import handout
from dashboard.reports.executive import executive
from dashboard.reports.workbook import workbook


class File(NamedTuple):
    """A file: its name, and what it holds."""

    name: str
    content: bytes


def event_report(view: View) -> File:
    """The executive report of the view's one event."""
    return _file(view, "executive-report", "html", lambda latest, about: executive(latest, about).encode())


def event_workbook(view: View) -> File:
    """All tables of the view's one event."""
    return _file(view, "workbook", "xlsx", workbook)


def handed_out(view: View, kind: Kind, part: str, ending: Literal["html", "xlsx"]) -> File:
    """The report for the speaker or sponsor with this id."""

    def make(latest: View, about: Provenance) -> bytes:
        reached = handout.reached(latest, kind, part)
        return handout.html(reached, about).encode() if ending == "html" else handout.xlsx(reached, about)

    whose = data.of_latest(view, lambda latest: handout.name(latest, kind, part))
    return _file(view, f"{kind.name.lower()}-report", ending, make, whose)


def _file(view: View, what: str, ending: str, make: Callable[[View, Provenance], bytes], whose: str = "") -> File:
    def whole(latest: View) -> File:
        about = provenance(latest).of(whose)
        return File(about.file_name(what, ending), make(latest, about))

    return data.of_latest(view, whole)
