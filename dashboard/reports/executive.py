"""The executive report: an event on one page."""

import polars as pl

from dashboard.data import View
from dashboard.display.columns import COMPLETION_MEANING, FULL_STAY_MEANING
from dashboard.display.text import count, percent, shortened
from dashboard.provenance import Provenance
from dashboard.queries import whole
from dashboard.queries.event import Event, event
from dashboard.queries.sessions import sessions
from dashboard.queries.whole import Whole
from dashboard.reports import definition, drawings
from dashboard.reports.definition import Card, Column, Figure, Points, Report, Sentence, Share, Table, card, cell
from dashboard.sections import summary, totals

MIN_ATTENDEES = summary.MIN_ATTENDEES
LISTED, NAMED, FINDINGS = 5, 2, 3
MAX_NAME = 60  # characters of a title in a sentence
NOTHING = "No attendance matches these filters."


def executive(view: View, about: Provenance) -> Report:
    """The report of the view, which is of one event."""
    kind = "Executive report"
    if sessions(view).is_empty():
        return definition.report(about, kind, [NOTHING])
    this = event(view.published, view.filters.event_ids[0])
    figures = whole.figures(view, this)
    ranked = figures.sessions.filter(pl.col("attendee_count") >= MIN_ATTENDEES).drop_nulls("mean_completion")
    ranked = ranked.sort("mean_completion", "session", descending=[True, False])
    best, worst = ranked.head(LISTED), ranked.reverse().head(min(LISTED, max(ranked.height - LISTED, 0)))
    found = [finding.text for finding in summary.findings(_shortened(figures), this)[:FINDINGS]]
    named = [*best["session_id"].head(NAMED), *worst["session_id"].head(NAMED)]
    rows = [
        *([[[card("What stands out", Points(found))]]] if found else []),
        *definition.pairs([[chart] for chart in _charts(figures.sessions, named)]),
        *([[[_ranking("Highest completion", best)], [_ranking("Lowest completion", worst)]]] if ranked.height else []),
    ]
    return definition.report(
        about,
        kind,
        [_size(this, about)],
        figures=_figures(figures),
        rows=rows,
        method=_method(figures, this, is_ranked=not ranked.is_empty()),
    )


def _shortened(of: Whole) -> Whole:
    """The same with names that leave place for the figures."""

    def short(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        return frame.with_columns(pl.Series(column, [shortened(name, MAX_NAME) for name in frame[column]], pl.String))

    return of._replace(
        sessions=short(of.sessions, "session"), speakers=short(of.speakers, "name"), tags=short(of.tags, "name")
    )


def _size(this: Event, about: Provenance) -> str:
    rooms = f" in {count(this.room_count, 'room')}" if this.room_count else ""
    return f"{about.days} · {count(this.session_count, 'session')}{rooms} · {this.clock}"


def _figures(of: Whole) -> list[Figure]:
    """The five of the overview, each with its change since the event before."""
    shown = []
    for figure in totals.FIGURES:
        now, before = of.totals[figure.column], (of.before or {}).get(figure.column)
        change = figure.change(now, before) if now is not None and before is not None else None
        shown.append(Figure(figure.label, (figure.write(now) if now is not None else None) or "—", change or ""))
    return shown


def _charts(of: pl.DataFrame, named: list[str]) -> list[Card]:
    scheduled, placed = of.drop_nulls("mean_completion"), of.drop_nulls("local_starts_at")
    cards = []
    if not scheduled.is_empty():
        cards.append(card("Reach and hold: every session", drawings.reach_and_completion(scheduled, named)))
    if not placed.is_empty():
        cards.append(card("When people watched", drawings.hours_by_time(placed)))
    return cards


def _ranking(heading: str, ranked: pl.DataFrame) -> Card:
    if ranked.is_empty():
        return card(heading, Sentence(f"No further session has {MIN_ATTENDEES} attendees."))
    columns = [Column("Session"), Column("Attendees", "number"), Column("Completion", "number")]
    rows = [
        (cell(session), f"{attendees:,}", Share(completion, percent(completion) or ""))
        for session, attendees, completion in ranked.select("session", "attendee_count", "mean_completion").iter_rows()
    ]
    return card(heading, Table(columns, rows))


def _method(of: Whole, this: Event, *, is_ranked: bool) -> str:
    filters = "under the same filters but days and rooms"
    compared = f"Changes are since {this.previous_name}, {filters}. " if of.before else ""
    ranked = (
        f"Ranked by completion are sessions with at least {MIN_ATTENDEES} attendees."
        if is_ranked
        else f"Sessions are ranked by completion from {MIN_ATTENDEES} attendees on, which none has."
    )
    return f"{compared}Completion: {COMPLETION_MEANING} Stayed to the end: {FULL_STAY_MEANING} {ranked}"
