"""Columns of the tables: a label in plain words, its unit, and how its numbers are written."""

from streamlit.column_config import DatetimeColumn, NumberColumn, TextColumn
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.display.text import percent
from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY

PERCENT = "%.1f\N{NO-BREAK SPACE}%%"
DECIMAL = "%,.1f"


def text(label: str) -> ColumnConfig:
    """Text of any length and origin, shown as it is."""
    return TextColumn(label)


def name(label: str) -> ColumnConfig:
    """What the row is about: narrow enough for a phone to show the minutes beside it."""
    return TextColumn(label, width="medium")


def count(label: str, meaning: str | None = None) -> ColumnConfig:
    """A whole number."""
    return NumberColumn(label, format="%,d", help=meaning)


def minutes(label: str, meaning: str | None = None) -> ColumnConfig:
    """Minutes, or a mean of a count: one decimal."""
    return NumberColumn(label, format=DECIMAL, help=meaning)


def share(label: str, meaning: str) -> ColumnConfig:
    """A share from 0 to 1, shown in percent: `tables` hands it over in hundredths.

    Streamlit's own format "percent" cuts decimals off where every other place rounds.
    """
    return NumberColumn(label, format=PERCENT, help=meaning)


def number_format(column: ColumnConfig) -> str | None:
    """How the column's numbers are written: `PERCENT`, `DECIMAL`, or another format; None of a column of text."""
    config = column.get("type_config")
    written = config.get("format") if config else None
    return written if isinstance(written, str) else None


def utc(label: str) -> ColumnConfig:
    """A time, in UTC."""
    return DatetimeColumn(f"{label} (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC")


def local(label: str) -> ColumnConfig:
    """A time by the clock on the wall of the event."""
    return DatetimeColumn(label, format="ddd D MMM, HH:mm")


EVENT = text("Event")
SESSIONS = count("Sessions")
ATTENDEES = count("Attendees")
MINUTES = minutes("Minutes")
MINUTES_PER_ATTENDEE = minutes("Minutes per attendee")
COMPLETION_MEANING = (
    "Minutes spent, as a share of the minutes scheduled: at most 100\u00a0% for each attendance. "
    "This is the mean over all attendances of sessions with a scheduled length."
)
COMPLETION = share("Completion", COMPLETION_MEANING)
FULL_STAY_MEANING = f"Share of the attendees who stayed for at least {percent(FULL_STAY)} of the session."
EARLY_EXIT_MEANING = f"Share of the attendees who stayed for less than {percent(EARLY_EXIT)} of the session."
AUDIENCE_NAMES = {"industry": "Industry", "country": "Country", "company": "Company", "designation": "Job title"}
RANK_MEANING = (
    "By time spent in the whole event, whatever the filters: 1 is most. The score counts sessions too, so it may order "
    "people otherwise."
)
RANK = count("Rank by minutes", RANK_MEANING)
# In files alone: nobody reads them on a page.
IDS = {
    "event_id": text("Event id"),
    "registration_id": text("Registration id"),
    "actor_id": text("Actor id"),
}
SESSION_ID = {"session_id": text("Session id")}
