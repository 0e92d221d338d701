"""Reports as files: of the generation that is published when they are made, under a name that says what they are."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from dashboard import data
from dashboard.data import View
from dashboard.provenance import Provenance
from dashboard.queries.credited import Kind
from dashboard.queries.provenance import provenance
from dashboard.reports import handout, page, pdf
from dashboard.reports.definition import Report
from dashboard.reports.executive import executive
from dashboard.reports.reached import name, reached
from dashboard.reports.workbook import workbook

Ending = Literal["html", "pdf", "xlsx"]


class File(NamedTuple):
    """A file: its name, and what it holds."""

    name: str
    content: bytes


def event_report(view: View, ending: Literal["html", "pdf"] = "html") -> File:
    """The executive report of the view's one event."""
    return _file(view, "executive-report", ending, lambda latest, about: _written(executive(latest, about), ending))


def event_workbook(view: View) -> File:
    """All tables of the view's one event."""
    return _file(view, "workbook", "xlsx", workbook)


def handed_out(view: View, kind: Kind, part: str, ending: Ending, targets: tuple[str, ...] = ()) -> File:
    """The report for the speaker or sponsor with this id; with target accounts, which of them it reached."""

    def make(latest: View, about: Provenance) -> bytes:
        figures = reached(latest, kind, part, targets)
        if ending == "xlsx":
            return handout.xlsx(figures, about)
        return _written(handout.report(figures, about), ending)

    whose = data.of_latest(view, lambda latest: name(latest, kind, part))
    return _file(view, f"{kind.name.lower()}-report", ending, make, whose)


def _written(report: Report, ending: Literal["html", "pdf"]) -> bytes:
    return page.html(report).encode() if ending == "html" else pdf.pdf(report)


def _file(view: View, what: str, ending: Ending, make: Callable[[View, Provenance], bytes], whose: str = "") -> File:
    def whole(latest: View) -> File:
        about = provenance(latest).of(whose)
        return File(about.file_name(what, ending), make(latest, about))

    return data.of_latest(view, whole)
