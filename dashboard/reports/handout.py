"""What is handed to a speaker or to a sponsor: their sessions, and whom these reached."""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from dashboard.display import columns
from dashboard.display.text import count, from_code, hours, percent, points, shortened
from dashboard.display.workbook import Sheet, as_xlsx
from dashboard.filters import NOT_GIVEN
from dashboard.provenance import Provenance
from dashboard.queries.credited import Kind
from dashboard.reports import booth, definition, drawings, targets
from dashboard.reports.definition import Card, Column, Figure, Report, Sentence, Share, Table, card, cell
from dashboard.reports.reached import Reached
from warehouse.schema import NO_COMPANY

MAX_ROOM, MAX_GROUP = 32, 44  # letters
# Groups of the audience in each table; of a speaker, who gets one page, fewer, and only so many sessions.
LISTED, OF_SPEAKER, SESSIONS_OF_SPEAKER = 8, 5, 6
# Zuddl's own words, such as IN_PERSON, as people write them.
_READABLE = pl.col("name").map_elements(from_code, return_dtype=pl.String)
SESSIONS = {
    "session": columns.name("Session"),
    "local_starts_at": columns.local("Start"),
    "location_name": columns.text("Room"),
    "attendee_count": columns.ATTENDEES,
    "total_minutes": columns.MINUTES,
    "mean_completion": columns.COMPLETION,
    "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
    "early_exit_rate": columns.share("Left early", columns.EARLY_EXIT_MEANING),
    **columns.SESSION_ID,
}


def report(of: Reached, about: Provenance) -> Report:
    """The report; a speaker's is of one page."""
    what = of.kind.name.lower()
    kind = f"{what.capitalize()} report"
    if of.sessions.is_empty():
        lines = [f"This {what} has no session with attendees under these filters."]
        if of.booth is None or of.booth.booths.is_empty():
            return definition.report(about, kind, lines)
        return definition.report(about, kind, lines, rows=[[[booth.section(of.booth)]]], method=booth.METHOD)
    figures = [Figure(one.label, one.written, one.note) for one in _counted(of)]
    if of.targets is not None:
        figures.append(targets.figure(of.targets))
    rows = [[[_sessions(of)]], *definition.pairs(_cards(of))]
    lines = [f"{shortened(of.event.name, definition.MAX_HEADING)} · {about.days}"]
    is_one_page = of.kind is Kind.SPEAKER
    return definition.report(
        about, kind, lines, figures=figures, rows=rows, method=_method(of), is_one_page=is_one_page
    )


def _cards(of: Reached) -> list[list[Card]]:
    """What stands below the sessions, in columns."""
    left, right = (
        [],
        _audience_card(of, "In person and virtual", "Attendance", of.attendance_types.with_columns(_READABLE)),
    )
    scheduled = of.every_session.drop_nulls("mean_completion")
    if not scheduled.is_empty():
        chart = drawings.reach_and_completion(scheduled, _largest_first(of.sessions))
        left.append(card(f"Among all {of.every_session.height:,} sessions of the event", chart))
    if of.targets is not None:
        left.append(targets.section(of.targets))
    if of.booth is not None:
        right.append(booth.section(of.booth))
    return [column for column in (left, right, *_audience(of)) if column]


def _largest_first(of: pl.DataFrame) -> list[str]:
    scheduled = of.drop_nulls("mean_completion")
    return scheduled.sort("attendee_count", "session", descending=[True, False])["session_id"].to_list()


def xlsx(of: Reached, about: Provenance) -> bytes:
    """The same figures as a workbook."""
    count = of.reach["attendee_count"] or 1
    groups = of.audience.with_columns(share=pl.col("attendee_count") / count)
    types = of.attendance_types.with_columns(share=pl.col("attendee_count") / count)
    share = columns.share("Share", "Share of the attendees.")
    sheets = [
        _figures_sheet(of),
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
    if of.targets is not None:
        sheets.append(targets.sheet(of.targets))
    return as_xlsx(sheets, about)


class Counted(NamedTuple):
    """A figure of these sessions beside that of the event, as a number, and as it is written."""

    label: str
    number: float | None
    event: float | None
    written: str
    note: str


def _counted(of: Reached) -> list[Counted]:
    reach, whole, median = of.reach, of.whole, of.median_completion
    attendees, every_attendee = reach["attendee_count"], whole["attendee_count"]
    minutes, every_minute = reach["total_minutes"], whole["total_minutes"]
    completion, stayed, everywhere = reach["mean_completion"], reach["full_stay_rate"], whole["full_stay_rate"]
    against = "" if median is None or completion is None else f"{points(completion, median)} vs. the median"
    held, every = of.sessions.height, of.every_session.height
    return [
        Counted("Sessions", held, every, f"{held:,}", f"of {every:,}"),
        Counted("Attendees", attendees, every_attendee, f"{attendees:,}", _share(attendees, every_attendee)),
        Counted("Hours watched", minutes / 60, every_minute / 60, hours(minutes), _share(minutes, every_minute)),
        Counted("Completion", completion, whole["mean_completion"], percent(completion) or "—", against),
        Counted(
            "Stayed to the end", stayed, everywhere, percent(stayed) or "—", f"event: {percent(everywhere) or '—'}"
        ),
    ]


def _share(part: float, whole: float) -> str:
    return f"{percent(part / whole)} of the event" if whole else ""


def _figures_sheet(of: Reached) -> Sheet:
    """The figures as numbers, beside those of the event."""
    rows = [(one.label, one.number, one.event) for one in _counted(of)]
    rows.append(("Completion of the event's session in the middle", None, of.median_completion))
    if of.targets is not None:
        rows.append((targets.figure(of.targets).label, *targets.numbers(of.targets)))
    schema = {"figure": pl.String, "value": pl.Float64, "event": pl.Float64}
    labels = {
        "figure": columns.text("Figure"),
        "value": columns.minutes("Value", "Of these sessions, under the filters."),
        "event": columns.minutes("Event", "Of the whole event: of the filters, only those on people apply."),
    }
    return Sheet("figures", pl.DataFrame(rows, schema, orient="row"), labels)


def _sessions(of: Reached) -> Card:
    """The sessions by their start; of a speaker, who gets one page, those with most attendees."""
    shown = of.sessions
    if of.kind is Kind.SPEAKER:
        keys = shown.sort("attendee_count", "session", descending=[True, False]).head(SESSIONS_OF_SPEAKER)[
            "session_key"
        ]
        shown = shown.filter(pl.col("session_key").is_in(keys.implode()))
    rows = [
        (
            cell(row["session"]),
            f"{row['local_starts_at']:%d %b, %H:%M}" if row["local_starts_at"] else "—",
            shortened(row["location_name"] or "—", MAX_ROOM),
            f"{row['attendee_count']:,}",
            hours(row["total_minutes"]),
            Share(row["mean_completion"], percent(row["mean_completion"]) or ""),
            percent(row["full_stay_rate"]) or "—",
        )
        for row in shown.iter_rows(named=True)
    ]
    numbers = [Column(heading, "number") for heading in ("Attendees", "Hours", "Completion", "Stayed")]
    table = Table([Column("Session"), Column("Start", "line"), Column("Room"), *numbers], rows)
    left_out = of.sessions.height - shown.height
    more = [Sentence(f"And {count(left_out, 'session')} with fewer attendees.")] if left_out else []
    return card("Sessions", table, *more)


def _audience(of: Reached) -> Iterator[list[Card]]:
    for column, label, heading in (
        ("company", "Company", "Companies"),
        ("designation", "Job title", "Job titles"),
        ("industry", "Industry", "Industries"),
        ("country", "Country", "Countries"),
    ):
        yield _audience_card(of, heading, label, of.audience.filter(pl.col("column") == column))


def _audience_card(of: Reached, heading: str, label: str, groups: pl.DataFrame) -> list[Card]:
    """A card of these groups of the attendees; none where nothing is known of them."""
    if set(groups["name"]) <= {NOT_GIVEN, NO_COMPANY}:
        return []
    most = OF_SPEAKER if of.kind is Kind.SPEAKER else LISTED
    shown = groups.head(most)
    return [card(heading, _groups(label, shown, of.reach["attendee_count"]))]


def _groups(label: str, groups: pl.DataFrame, whole: int) -> Table:
    rows = [
        (
            shortened(row["name"], MAX_GROUP),
            f"{row['attendee_count']:,}",
            Share(row["attendee_count"] / whole, percent(row["attendee_count"] / whole) or ""),
        )
        for row in groups.iter_rows(named=True)
    ]
    return Table([Column(label), Column("Attendees", "number"), Column("Share", "number")], rows)


def _method(of: Reached) -> str:
    what = of.kind.name.lower()
    shared = f"Each session counts with all of its minutes, even if it has several {what}s. "
    return (
        f"Attendees are people with time spent in these sessions; each counts once. {shared}"
        "The event's figures are of all its sessions, whatever the filters on sessions and minutes. "
        f"Completion: {columns.COMPLETION_MEANING} Stayed to the end: {columns.FULL_STAY_MEANING} "
        + (targets.METHOD if of.targets is not None else "")
        + (booth.METHOD if of.booth is not None else "")
    )
