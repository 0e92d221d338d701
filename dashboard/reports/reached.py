"""Whom a speaker's or a sponsor's sessions reached: the figures of their reports."""

from typing import Any, NamedTuple

import polars as pl

from dashboard.data import View
from dashboard.queries import accounts, audience, credited
from dashboard.queries.credited import Kind
from dashboard.queries.event import Event, event
from dashboard.queries.reach import by_attendance_type, reach
from dashboard.queries.sessions import sessions
from dashboard.reports import booth


class Reached(NamedTuple):
    """The figures of one speaker or sponsor under the view's filters, beside those of the event.

    The event's are under the filters on people alone: `every_session`, `whole`, and where targets were at all.
    `targets` are of the accounts asked for, None where none were.
    """

    kind: Kind
    event: Event
    sessions: pl.DataFrame
    every_session: pl.DataFrame
    reach: dict[str, Any]
    whole: dict[str, Any]
    audience: pl.DataFrame
    attendance_types: pl.DataFrame
    booth: booth.Booth | None
    targets: pl.DataFrame | None

    @property
    def median_completion(self) -> float | None:
        """That of the session in the middle, of all sessions of the event."""
        median = self.every_session["mean_completion"].median()
        return median if isinstance(median, float) else None


def reached(view: View, kind: Kind, part: str, targets: tuple[str, ...] = ()) -> Reached:
    """The figures of the speaker or sponsor with this id, who has sessions in the view's one event."""
    its_sessions = credited.sessions_shared(view, kind).filter(pl.col("part") == part)
    keys = its_sessions["session_key"].to_list()
    every = audience.of_whole_event(view)
    return Reached(
        kind=kind,
        event=event(view.published, view.filters.event_ids[0]),
        sessions=its_sessions.sort("local_starts_at", "session", nulls_last=True),
        every_session=sessions(every),
        reach=reach(view, keys),
        whole=reach(every),
        audience=audience.audience(view, keys),
        attendance_types=by_attendance_type(view, keys),
        booth=booth.booth(view, part, keys) if kind is Kind.SPONSOR else None,
        targets=accounts.reached(view, every, targets, keys) if targets else None,
    )


def name(view: View, kind: Kind, part: str) -> str:
    """The name of the speaker or sponsor."""
    found = view.published.rows(f"SELECT name FROM ({kind.names}) WHERE part = $part", part=part)
    return str(found.item()) if found.height else part
