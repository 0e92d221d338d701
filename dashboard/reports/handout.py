"""What is handed to a speaker or to a sponsor: their sessions, and whom these reached."""

from typing import Any, NamedTuple

import polars as pl

from dashboard.data import View
from dashboard.display import columns
from dashboard.display.text import hours, percent, points
from dashboard.display.workbook import Sheet, as_xlsx
from dashboard.provenance import Provenance
from dashboard.queries import audience, credited
from dashboard.queries.credited import Kind
from dashboard.queries.event import Event, event
from dashboard.queries.reach import by_attendance_type, reach
from dashboard.queries.sessions import sessions
from dashboard.reports import booth, drawings, page
from dashboard.reports.page import Column, Figure, Html

LISTED = 8  # groups of the audience in each column
# Zuddl's own words, such as IN_PERSON, as people write them.
_READABLE = pl.col("name").replace({"IN_PERSON": "In person", "VIRTUAL": "Virtual"})
SESSIONS = {
    "session": columns.name("Session"),
    "local_starts_at": columns.local("Start"),
    "location_name": columns.text("Room"),
    "attendee_count": columns.ATTENDEES,
    "total_minutes": columns.MINUTES,
    "mean_completion": columns.COMPLETION,
    "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
    "early_exit_rate": columns.share("Left early", columns.EARLY_EXIT_MEANING),
}


class Reached(NamedTuple):
    """The figures of one speaker or sponsor beside those of the event, under the view's filters."""

    kind: Kind
    event: Event
    sessions: pl.DataFrame
    every_session: pl.DataFrame
    reach: dict[str, Any]
    whole: dict[str, Any]
    audience: pl.DataFrame
    attendance_types: pl.DataFrame
    booth: booth.Booth | None

    @property
    def median_completion(self) -> float | None:
        """That of the session in the middle, of all sessions of the event."""
        median = self.every_session["mean_completion"].median()
        return median if isinstance(median, float) else None


def reached(view: View, kind: Kind, part: str) -> Reached:
    """The figures of the speaker or sponsor with this id, who has sessions in the view's one event."""
    its_sessions = credited.sessions_shared(view, kind).filter(pl.col("part") == part)
    keys = its_sessions["session_key"].to_list()
    return Reached(
        kind=kind,
        event=event(view.published, view.filters.event_ids[0]),
        sessions=its_sessions.sort("local_starts_at", "session", nulls_last=True),
        every_session=sessions(view),
        reach=reach(view, keys),
        whole=reach(view),
        audience=audience.audience(view, keys),
        attendance_types=by_attendance_type(view, keys),
        booth=booth.booth(view, part, keys) if kind is Kind.SPONSOR else None,
    )


def name(view: View, kind: Kind, part: str) -> str:
    """The name of the speaker or sponsor."""
    found = view.published.rows(f"SELECT name FROM ({kind.names}) WHERE part = $part", part=part)
    return str(found.item()) if found.height else part


def html(of: Reached, about: Provenance) -> str:
    """The report as one page to print."""
    what = of.kind.name.lower()
    if of.sessions.is_empty():
        nothing = page.sentence(f"This {what} has no session with attendees under these filters.")
        return page.html(f"{what.capitalize()} report", [], [nothing], about, "")
    scheduled = of.every_session.drop_nulls("mean_completion")
    parts = [page.figures(_figures(of)), page.section("Sessions", _sessions(of.sessions))]
    types = _groups("Attendance", of.attendance_types.with_columns(_READABLE), of.reach["attendee_count"])
    left = [page.section("In person and virtual", types)]
    if not scheduled.is_empty():
        chart = drawings.reach_and_completion(scheduled, of.sessions["session_id"].to_list())
        left.insert(0, page.section(f"Among all {of.every_session.height:,} sessions of the event", chart))
    cards = _audience(of)
    beside = [booth.section(of.booth)] if of.booth is not None else [cards.pop(0), cards.pop(0)]
    parts += [page.side_by_side(page.below(*left), page.below(*beside)), page.side_by_side(*cards)]
    return page.html(f"{what.capitalize()} report", [f"{of.event.name} · {about.days}"], parts, about, _method(of))


def xlsx(of: Reached, about: Provenance) -> bytes:
    """The same figures as a workbook."""
    count = of.reach["attendee_count"] or 1
    groups = of.audience.with_columns(share=pl.col("attendee_count") / count)
    types = of.attendance_types.with_columns(share=pl.col("attendee_count") / count)
    share = columns.share("Share", "Share of the attendees.")
    sheets = [
        Sheet("figures", _as_table(of), {"figure": columns.text("Figure"), "value": columns.text("Value")}),
        Sheet("sessions", of.sessions.select(*SESSIONS), SESSIONS),
        Sheet(
            "attendance",
            types,
            {"name": columns.text("Attendance"), "attendee_count": columns.ATTENDEES, "share": share},
        ),
        *(
            Sheet(
                label,
                groups.filter(pl.col("column") == column).drop("column"),
                {"name": columns.text(label), "attendee_count": columns.ATTENDEES, "share": share},
            )
            for column, label in columns.AUDIENCE_NAMES.items()
        ),
    ]
    if of.booth is not None:
        sheets += booth.sheets(of.booth)
    return as_xlsx(sheets, about)


def _figures(of: Reached) -> list[Figure]:
    reach, whole, median = of.reach, of.whole, of.median_completion
    completion = reach["mean_completion"]
    against = "" if median is None or completion is None else f"{points(completion, median)} vs. the median"
    stayed = reach["full_stay_rate"]
    return [
        Figure("Sessions", f"{of.sessions.height:,}", f"of {of.every_session.height:,}"),
        Figure("Attendees", f"{reach['attendee_count']:,}", _share(reach["attendee_count"], whole["attendee_count"])),
        Figure("Hours watched", hours(reach["total_minutes"]), _share(reach["total_minutes"], whole["total_minutes"])),
        Figure("Completion", percent(completion) or "—", against),
        Figure("Stayed to the end", percent(stayed) or "—", f"event: {percent(whole['full_stay_rate']) or '—'}"),
    ]


def _share(part: float, whole: float) -> str:
    return f"{percent(part / whole)} of the event" if whole else ""


def _as_table(of: Reached) -> pl.DataFrame:
    """The figures as numbers, with the label of each."""
    rows = {
        "Sessions": of.sessions.height,
        "Sessions of the event": of.every_session.height,
        **{f"{label}": of.reach[column] for column, label in _REACH.items()},
        **{f"{label} of the event": of.whole[column] for column, label in _REACH.items()},
        "Median completion of the event's sessions": of.median_completion,
    }
    return pl.DataFrame(
        {"figure": list(rows), "value": [None if value is None else float(value) for value in rows.values()]},
        schema={"figure": pl.String, "value": pl.Float64},
    )


_REACH = {
    "attendee_count": "Attendees",
    "total_minutes": "Minutes",
    "mean_completion": "Completion",
    "full_stay_rate": "Stayed to the end",
}


def _sessions(sessions: pl.DataFrame) -> Html:
    rows = [
        (
            row["session"],
            f"{row['local_starts_at']:%a %d %b, %H:%M}" if row["local_starts_at"] else "—",
            row["location_name"] or "—",
            f"{row['attendee_count']:,}",
            hours(row["total_minutes"]),
            page.bar(row["mean_completion"], percent(row["mean_completion"]) or ""),
            percent(row["full_stay_rate"]) or "—",
        )
        for row in sessions.iter_rows(named=True)
    ]
    numbers = [Column(heading, is_number=True) for heading in ("Attendees", "Hours", "Completion", "Stayed")]
    return page.table([Column("Session"), Column("Start", is_fixed=True), Column("Room"), *numbers], rows)


def _audience(of: Reached) -> list[Html]:
    return [
        page.section(
            heading,
            _groups(label, of.audience.filter(pl.col("column") == column).head(LISTED), of.reach["attendee_count"]),
        )
        for column, label, heading in (
            ("company", "Company", "Companies"),
            ("designation", "Job title", "Job titles"),
            ("industry", "Industry", "Industries"),
            ("country", "Country", "Countries"),
        )
    ]


def _groups(label: str, groups: pl.DataFrame, whole: int) -> Html:
    rows: list[tuple[str | Html, ...]] = [
        (
            row["name"],
            f"{row['attendee_count']:,}",
            page.bar(row["attendee_count"] / whole, percent(row["attendee_count"] / whole) or ""),
        )
        for row in groups.iter_rows(named=True)
    ]
    return page.table([Column(label), Column("Attendees", is_number=True), Column("Share", is_number=True)], rows)


def _method(of: Reached) -> str:
    what = of.kind.name.lower()
    shared = f"Each session counts with all of its minutes, even if it has several {what}s. "
    return (
        f"Attendees are people with time spent in these sessions; each counts once. {shared}"
        f"Completion: {columns.COMPLETION_MEANING} Stayed to the end: {columns.FULL_STAY_MEANING} "
        + (booth.METHOD if of.booth is not None else "")
    )
