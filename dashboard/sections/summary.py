"""A few sentences about the attendances, each only where the figures support it. Plain text."""

from typing import Any

import polars as pl

from dashboard.display.text import count, percent
from dashboard.queries.whole import Whole
from warehouse.schema import NO_SPEAKER, UNTAGGED

MIN_ATTENDEES = 10  # a mean over fewer says little
NOTHING = "No attendance matches these filters."


def sentences(figures: Whole) -> list[str]:
    """What a reader would say after studying the tables."""
    totals = figures.totals
    if not totals["attendee_count"]:
        return [NOTHING]
    if totals["total_minutes"] <= 0:
        return [_total(totals)]
    found = (
        _total(totals),
        _top_session(figures.sessions, totals["total_minutes"]),
        _completion(figures.sessions),
        _top("speaker", figures.speakers, NO_SPEAKER),
        _top("tag", figures.tags, UNTAGGED),
        _busiest_hour(figures.over_day),
    )
    return [sentence for sentence in found if sentence]


def _total(totals: dict[str, Any]) -> str:
    return (
        f"{count(totals['attendee_count'], 'attendee')} spent {count(totals['total_minutes'] / 60, 'hour')} in "
        f"{count(totals['session_count'], 'session')}: "
        f"{count(totals['mean_minutes_per_attendee'], 'minute')} per attendee on average."
    )


def _top_session(sessions: pl.DataFrame, total_minutes: float) -> str | None:
    if sessions.height <= 1:
        return None
    top = sessions.row(0, named=True)
    share = percent(top["total_minutes"] / total_minutes)
    return f"The session with most minutes is “{top['session']}”: {share} of all minutes."


def _completion(sessions: pl.DataFrame) -> str | None:
    compared = sessions.filter(pl.col("attendee_count") >= MIN_ATTENDEES).drop_nulls("mean_completion")
    if compared.height <= 1:
        return None
    ordered = compared.sort("mean_completion", "session", descending=[True, False])
    best, worst = ordered.row(0, named=True), ordered.row(-1, named=True)
    return (
        f"Of the {compared.height:,} sessions with at least {MIN_ATTENDEES} attendees, “{best['session']}” has the "
        f"highest completion ({percent(best['mean_completion'])}) and “{worst['session']}” the lowest "
        f"({percent(worst['mean_completion'])})."
    )


def _top(what: str, ranked: pl.DataFrame, nobody: str) -> str | None:
    known = ranked.filter(pl.col("part") != nobody)
    if known.height <= 1:
        return None
    top = known.row(0, named=True)
    return (
        f"The {what} with most minutes is {top['name']}: {count(top['minutes'] / 60, 'hour')} in "
        f"{count(top['session_count'], 'session')}."
    )


def _busiest_hour(over_day: pl.DataFrame) -> str | None:
    by_hour = over_day.group_by("hour").agg(pl.col("hours").sum()).sort("hours", "hour", descending=[True, False])
    if by_hour.height <= 1:
        return None
    hour = by_hour["hour"][0]
    return f"Most time was spent in sessions that start between {hour:02d}:00 and {hour:02d}:59."
