"""The executive report: an event on one page."""

import polars as pl

from dashboard.data import View
from dashboard.display.columns import COMPLETION_MEANING, FULL_STAY_MEANING
from dashboard.display.text import percent
from dashboard.provenance import Provenance
from dashboard.queries import whole
from dashboard.queries.event import Event, event
from dashboard.queries.sessions import sessions
from dashboard.queries.whole import Whole
from dashboard.reports import drawings, page
from dashboard.reports.page import Column, Figure, Html
from dashboard.sections import summary, totals

MIN_ATTENDEES = summary.MIN_ATTENDEES
LISTED, NAMED, FINDINGS = 5, 2, 3
NOTHING = "No attendance matches these filters."


def executive(view: View, about: Provenance) -> str:
    """The report of the view, which is of one event."""
    if sessions(view).is_empty():
        return page.html("Executive report", [], [page.sentence(NOTHING)], about, "")
    this = event(view.published, view.filters.event_ids[0])
    figures = whole.figures(view, this)
    ranked = figures.sessions.filter(pl.col("attendee_count") >= MIN_ATTENDEES).drop_nulls("mean_completion")
    ranked = ranked.sort("mean_completion", "session", descending=[True, False])
    best, worst = ranked.head(LISTED), ranked.reverse().head(min(LISTED, max(ranked.height - LISTED, 0)))
    found = [finding.text for finding in summary.findings(figures, this)[:FINDINGS]]
    parts = [
        page.figures(_figures(figures)),
        *([page.section("What stands out", page.points(found))] if found else []),
        _charts(figures.sessions, [*best["session_id"].head(NAMED), *worst["session_id"].head(NAMED)]),
        page.side_by_side(_ranking("Highest completion", best), _ranking("Lowest completion", worst)),
    ]
    return page.html("Executive report", [_size(this, about)], parts, about, _method(figures, this))


def _size(this: Event, about: Provenance) -> str:
    rooms = f" in {this.room_count:,} rooms" if this.room_count else ""
    return f"{about.days} · {this.session_count:,} sessions{rooms} · {this.clock}"


def _figures(of: Whole) -> list[Figure]:
    """The five of the overview, each with its change since the event before."""
    shown = []
    for figure in totals.FIGURES:
        now, before = of.totals[figure.column], (of.before or {}).get(figure.column)
        change = figure.change(now, before) if now is not None and before is not None else None
        shown.append(Figure(figure.label, (figure.write(now) if now is not None else None) or "—", change or ""))
    return shown


def _charts(of: pl.DataFrame, named: list[str]) -> Html:
    scheduled, placed = of.drop_nulls("mean_completion"), of.drop_nulls("local_starts_at")
    charts = []
    if not scheduled.is_empty():
        chart = drawings.reach_and_completion(scheduled, named)
        charts.append(page.section("Reach and hold: every session", chart))
    if not placed.is_empty():
        charts.append(page.section("When people watched", drawings.hours_by_time(placed)))
    return page.side_by_side(*charts)


def _ranking(heading: str, ranked: pl.DataFrame) -> Html:
    if ranked.is_empty():
        return page.section(heading, page.sentence(f"No further session has {MIN_ATTENDEES} attendees."))
    columns = [Column("Session"), Column("Attendees", is_number=True), Column("Completion", is_number=True)]
    rows = [
        (session, f"{attendees:,}", page.bar(completion, percent(completion) or ""))
        for session, attendees, completion in ranked.select("session", "attendee_count", "mean_completion").iter_rows()
    ]
    return page.section(heading, page.table(columns, rows))


def _method(of: Whole, this: Event) -> str:
    filters = "under the same filters but days and rooms"
    compared = f"Changes are since {this.previous_name}, {filters}. " if of.before else ""
    return (
        f"{compared}Completion: {COMPLETION_MEANING} Stayed to the end: {FULL_STAY_MEANING} "
        f"Ranked are sessions with at least {MIN_ATTENDEES} attendees."
    )
