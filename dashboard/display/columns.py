"""Columns of the tables: a label in plain words, its unit, and how its numbers are written."""

from streamlit.column_config import DatetimeColumn, NumberColumn, TextColumn
from streamlit.elements.lib.column_types import ColumnConfig

from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY

PERCENT = "%.1f%%"


def text(label: str) -> ColumnConfig:
    """Text of any length and origin, shown as it is."""
    return TextColumn(label)


def name(label: str) -> ColumnConfig:
    """What the row is about: narrow enough for a phone to show the minutes beside it."""
    return TextColumn(label, width="medium")


def count(label: str) -> ColumnConfig:
    """A whole number."""
    return NumberColumn(label, format="%,d")


def minutes(label: str, meaning: str | None = None) -> ColumnConfig:
    """Minutes, or a mean of a count: one decimal."""
    return NumberColumn(label, format="%,.1f", help=meaning)


def share(label: str, meaning: str) -> ColumnConfig:
    """A share from 0 to 1, shown in percent: `tables` hands it over in hundredths.

    Streamlit's own format "percent" cuts decimals off where every other place rounds.
    """
    return NumberColumn(label, format=PERCENT, help=meaning)


def is_share(column: ColumnConfig) -> bool:
    """Whether the column shows a share."""
    type_config = column.get("type_config")
    return type_config is not None and type_config.get("format") == PERCENT


def utc(label: str) -> ColumnConfig:
    """A time, in UTC."""
    return DatetimeColumn(f"{label} (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC")


EVENT = text("Event")
SESSIONS = count("Sessions")
ATTENDEES = count("Attendees")
MINUTES = minutes("Minutes")
MINUTES_PER_ATTENDEE = minutes("Minutes per attendee")
COMPLETION_MEANING = (
    "How much of a session people stayed for: minutes spent of minutes scheduled, 100% at most, on average over all "
    "attendances of scheduled sessions."
)
COMPLETION = share("Completion", COMPLETION_MEANING)
FULL_STAY_MEANING = f"Attendees who stayed for at least {FULL_STAY:.0%} of the session."
EARLY_EXIT_MEANING = f"Attendees who stayed for less than {EARLY_EXIT:.0%} of the session."
AUDIENCE_NAMES = {"industry": "Industry", "country": "Country", "company": "Company", "designation": "Job title"}
