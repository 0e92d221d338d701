"""Up to five findings about an event, each only where the figures support it, with the page that shows it."""

from typing import Any, NamedTuple

import polars as pl

from dashboard.display.text import count, hours, percent, points
from dashboard.queries.event import Event
from dashboard.queries.whole import Whole
from warehouse.schema import NO_SPEAKER, UNTAGGED

MAX_FINDINGS = 5
MIN_ATTENDEES = 30  # a mean over fewer says little
MIN_CHANGE = 0.005  # of completion
MIN_EARLY_EXIT = 0.2


class Finding(NamedTuple):
    """A sentence as plain text, the page (a file of `app_pages`), and the id of the one thing that it shows there."""

    text: str
    page: str
    show: str | None = None


def findings(whole: Whole, event: Event) -> list[Finding]:
    """What a reader would say after studying the tables, the most telling first."""
    if whole.totals["total_minutes"] <= 0:
        return []
    candidates = (
        _most_attendees(whole),
        *_completion(whole.sessions),
        _left_early(whole.sessions),
        _change(whole, event),
        _busiest_hour(whole.by_hour),
        _top("tag", whole.tags, UNTAGGED, whole.totals["total_minutes"]),
        _top("speaker", whole.speakers, NO_SPEAKER, whole.totals["total_minutes"]),
    )
    # The session that lost most attendees early is often the one that held its audience least: it is named once.
    found: dict[tuple[str, str | None], Finding] = {}
    for finding in candidates:
        if finding:
            found.setdefault((finding.page, finding.show), finding)
    return list(found.values())[:MAX_FINDINGS]


def _most_attendees(whole: Whole) -> Finding | None:
    if whole.sessions.height <= 1:
        return None
    top = whole.sessions.sort("attendee_count", "session", descending=[True, False]).row(0, named=True)
    share = percent(top["attendee_count"] / whole.totals["attendee_count"])
    said = f"“{top['session']}” drew most people: {top['attendee_count']:,}, {share} of all attendees."
    return Finding(said, "sessions", top["session_id"])


def _completion(sessions: pl.DataFrame) -> list[Finding]:
    compared = sessions.filter(pl.col("attendee_count") >= MIN_ATTENDEES).drop_nulls("mean_completion")
    if compared.height <= 1:
        return []
    ordered = compared.sort("mean_completion", "session", descending=[True, False])
    best, worst = ordered.row(0, named=True), ordered.row(-1, named=True)
    of_all = f"of the {compared.height:,} sessions with at least {MIN_ATTENDEES} attendees"
    return [
        Finding(
            f"“{best['session']}” held its audience best {of_all}: {percent(best['mean_completion'])} of the time.",
            "sessions",
            best["session_id"],
        ),
        Finding(
            f"“{worst['session']}” held its audience least: {percent(worst['mean_completion'])} of the time.",
            "sessions",
            worst["session_id"],
        ),
    ]


def _left_early(sessions: pl.DataFrame) -> Finding | None:
    compared = sessions.filter(
        pl.col("attendee_count") >= MIN_ATTENDEES, pl.col("early_exit_rate") >= MIN_EARLY_EXIT
    ).sort("early_exit_rate", "session", descending=[True, False])
    if compared.is_empty():
        return None
    top = compared.row(0, named=True)
    said = f"{percent(top['early_exit_rate'])} left “{top['session']}” early, more than any other session."
    return Finding(said, "sessions", top["session_id"])


def _change(whole: Whole, event: Event) -> Finding | None:
    now, before = whole.totals["mean_completion"], (whole.before or {}).get("mean_completion")
    if now is None or before is None or abs(now - before) < MIN_CHANGE:
        return None
    said = f"Completion is {percent(now)}, {points(now, before)} since {event.previous_name}."
    return Finding(said, "compare")


def _busiest_hour(by_hour: pl.DataFrame) -> Finding | None:
    if by_hour.height <= 1:
        return None
    top = by_hour.sort("hours", "day", "hour", descending=[True, False, False]).row(0, named=True)
    when = f"{top['day']:%A} {top['day'].day} {top['day']:%B}, {top['hour']:02}:00 to {top['hour'] + 1:02}:00"
    return Finding(f"The busiest hour was {when}: {hours(60 * top['hours'])} watched.", "agenda", f"{top['day']}")


def _top(what: str, ranked: pl.DataFrame, nobody: str, total_minutes: float) -> Finding | None:
    known = ranked.filter(pl.col("part") != nobody)
    if known.height <= 1:
        return None
    top: dict[str, Any] = known.row(0, named=True)
    said = (
        f"The {what} with most time is {top['name']}: {hours(top['minutes'])} in "
        f"{count(top['session_count'], 'session')}, {percent(top['minutes'] / total_minutes)} of all."
    )
    return Finding(said, f"{what}s", top["part"])
