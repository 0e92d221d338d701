"""The executive report: an event on one page."""

from typing import Any

import polars as pl

from dashboard.data import View
from dashboard.display.columns import COMPLETION_MEANING, FULL_STAY_MEANING
from dashboard.display.text import duration, growth, hours, percent, points
from dashboard.provenance import Provenance
from dashboard.queries import overview, whole
from dashboard.queries.event import Event, event
from dashboard.queries.reach import reach
from dashboard.reports import drawings, page
from dashboard.reports.page import Column, Figure, Html
from dashboard.sections import summary

MIN_ATTENDEES = 30  # a completion of fewer says little
LISTED, FINDINGS = 5, 3
NOTHING = "No attendance matches these filters."


def executive(view: View, about: Provenance) -> str:
    """The report of the view, which is of one event."""
    this = event(view.published, view.filters.event_ids[0])
    figures = whole.figures(view, this)
    if figures.sessions.is_empty():
        return page.html("Executive report", [], [page.sentence(NOTHING)], about, "")
    before = reach(overview.of_event(view, this.previous_id)) if this.previous_id else {}
    ranked = figures.sessions.filter(pl.col("attendee_count") >= MIN_ATTENDEES).drop_nulls("mean_completion")
    ranked = ranked.sort("mean_completion", "session", descending=[True, False])
    best, worst = ranked.head(LISTED), ranked.reverse().head(min(LISTED, max(ranked.height - LISTED, 0)))
    parts = [
        page.figures(_changes(reach(view), before)),
        page.section("In short", page.points([finding.text for finding in summary.findings(figures, this)[:FINDINGS]])),
        _charts(figures.sessions, [*best["session_id"].head(2), *worst["session_id"].head(2)]),
        page.side_by_side(_ranking("Highest completion", best), _ranking("Lowest completion", worst)),
    ]
    return page.html("Executive report", [_size(this, about)], parts, about, _method(this))


def _size(this: Event, about: Provenance) -> str:
    rooms = f" in {this.room_count:,} rooms" if this.room_count else ""
    return f"{about.days} · {this.session_count:,} sessions{rooms} · {this.clock}"


def _changes(now: dict[str, Any], before: dict[str, Any]) -> list[Figure]:
    def grown(field: str, *, each: bool = False) -> str:
        was = before.get(field)
        if not was or not before["attendee_count"]:
            return ""
        by = (now["attendee_count"], before["attendee_count"]) if each else (1, 1)
        return growth(now[field] / by[0], was / by[1]) or ""

    def moved(field: str) -> str:
        return points(now[field], before[field]) if before.get(field) is not None and now[field] is not None else ""

    return [
        Figure("Attendees", f"{now['attendee_count']:,}", grown("attendee_count")),
        Figure("Hours watched", hours(now["total_minutes"]), grown("total_minutes")),
        Figure(
            "Per attendee", duration(now["total_minutes"] / now["attendee_count"]), grown("total_minutes", each=True)
        ),
        Figure("Completion", percent(now["mean_completion"]) or "—", moved("mean_completion")),
        Figure("Stayed to the end", percent(now["full_stay_rate"]) or "—", moved("full_stay_rate")),
    ]


def _charts(sessions: pl.DataFrame, named: list[str]) -> Html:
    scheduled, placed = sessions.drop_nulls("mean_completion"), sessions.drop_nulls("local_starts_at")
    charts = []
    if not scheduled.is_empty():
        charts.append(
            page.section("Reach and completion: every session", drawings.reach_and_completion(scheduled, named))
        )
    if not placed.is_empty():
        charts.append(page.section("When people watched", drawings.hours_by_time(placed)))
    return page.side_by_side(*charts)


def _ranking(heading: str, sessions: pl.DataFrame) -> Html:
    rows = [
        (
            row["session"],
            f"{row['attendee_count']:,}",
            page.bar(row["mean_completion"], percent(row["mean_completion"]) or ""),
        )
        for row in sessions.iter_rows(named=True)
    ]
    if not rows:
        return page.section(heading, page.sentence(f"No further session has {MIN_ATTENDEES} attendees."))
    columns = [Column("Session"), Column("Attendees", is_number=True), Column("Completion", is_number=True)]
    return page.section(heading, page.table(columns, rows))


def _method(this: Event) -> str:
    compared = f"Changes are since {this.previous_name}, under the same filters. " if this.previous_name else ""
    return (
        f"{compared}Completion: {COMPLETION_MEANING} Stayed to the end: {FULL_STAY_MEANING} "
        f"Ranked are sessions with at least {MIN_ATTENDEES} attendees."
    )
