"""Columns of the tables: a label in plain words, its unit, and how its numbers are written."""

from streamlit.column_config import DatetimeColumn, NumberColumn, TextColumn
from streamlit.elements.lib.column_types import ColumnConfig


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
    """A share from 0 to 1, shown in percent."""
    return NumberColumn(label, format="percent", step=0.001, help=meaning)


def utc(label: str) -> ColumnConfig:
    """A time, in UTC."""
    return DatetimeColumn(f"{label} (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC")


EVENT = text("Event")
SESSIONS = count("Sessions")
ATTENDEES = count("Attendees")
MINUTES = minutes("Minutes")
MINUTES_PER_ATTENDEE = minutes("Minutes per attendee")
COMPLETION = share(
    "Completion",
    "How much of a session people stayed for: minutes spent of minutes scheduled, on average.",
)
