"""All tables of an event in one workbook."""

import polars as pl
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.data import View
from dashboard.display import columns
from dashboard.display.workbook import Sheet, as_xlsx
from dashboard.provenance import Provenance
from dashboard.queries import attendees, companies, credited, overview
from dashboard.queries.credited import Kind
from dashboard.queries.sessions import with_quantiles

SESSIONS = {
    "session": columns.name("Session"),
    "local_starts_at": columns.local("Start"),
    "location_name": columns.text("Room"),
    "attendee_count": columns.ATTENDEES,
    "total_minutes": columns.MINUTES,
    "mean_minutes": columns.minutes("Mean minutes"),
    "median_minutes": columns.minutes("Median minutes", "Half of the attendees stayed at least this long."),
    "p90_minutes": columns.minutes("90th percentile (minutes)", "One in ten attendees stayed at least this long."),
    "scheduled_minutes": columns.minutes("Scheduled minutes"),
    "mean_completion": columns.COMPLETION,
    "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
    "early_exit_rate": columns.share("Left early", columns.EARLY_EXIT_MEANING),
    **columns.SESSION_ID,
}
FIGURES = {
    "attendee_count": columns.ATTENDEES,
    "total_minutes": columns.MINUTES,
    "mean_minutes_per_attendee": columns.MINUTES_PER_ATTENDEE,
    "mean_completion": columns.COMPLETION,
    "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
}
COMPANIES = {
    "name": columns.name("Company"),
    "attendee_count": columns.ATTENDEES,
    "session_count": columns.SESSIONS,
    "total_minutes": columns.MINUTES,
    "mean_minutes": columns.MINUTES_PER_ATTENDEE,
    "mean_completion": columns.COMPLETION,
    "top_tag": columns.text("Top tag"),
}


def workbook(view: View, about: Provenance) -> bytes:
    """The five figures, sessions, speakers, tags, sponsors, companies and attendees under the filters, each on a sheet.

    Attendees are there by their ids; by name and mail address only as the operator allows.
    """
    everybody = {
        **({"attendee": columns.name("Attendee")} if view.settings.show_pii else {}),
        "total_minutes": columns.MINUTES,
        "session_count": columns.SESSIONS,
        "mean_completion": columns.COMPLETION,
        "engagement_rank": columns.RANK,
        "engagement_score": columns.minutes("Score", "Of the whole event, whatever the filters."),
        "company": columns.text("Company"),
        "designation": columns.text("Job title"),
        **({"email": columns.text("Mail address")} if view.settings.show_pii else {}),
        "industry": columns.text("Industry"),
        "country": columns.text("Country"),
        "top_tag": columns.text("Top tag"),
        **columns.IDS,
    }
    tables = [
        ("figures", pl.DataFrame([overview.totals(view)]), FIGURES),
        ("sessions", with_quantiles(view), SESSIONS),
        *((f"{kind.name.lower()}s", credited.ranking_with_attendees(view, kind), _parts(kind, view)) for kind in Kind),
        ("companies", companies.companies(view), COMPANIES),
        ("attendees", attendees.everybody(view), everybody),
    ]
    return as_xlsx([Sheet(name, frame.select(*shown), shown) for name, frame, shown in tables], about)


def _parts(kind: Kind, view: View) -> dict[str, ColumnConfig]:
    what, credit = kind.name.capitalize(), view.filters.credit
    meaning = {"full": "Each gets all minutes of a session.", "split": "The minutes of a session are divided equally."}
    return {
        "name": columns.name(what),
        "minutes": columns.minutes(f"Minutes ({credit} credit)", meaning[credit]),
        "session_count": columns.SESSIONS,
        "attendee_count": columns.ATTENDEES,
        "mean_minutes_per_attendee": columns.minutes("Minutes per attendee", "Of all the minutes of their sessions."),
        "mean_completion": columns.COMPLETION,
        **({} if kind is Kind.TAG else {"part": columns.text(f"{what} id")}),
    }
