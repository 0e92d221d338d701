"""What the chosen credit does to a column of minutes, said where the column stands."""

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import columns
from dashboard.data import Credit


def minutes_column(credit: Credit) -> ColumnConfig:
    """The column of credited minutes."""
    return columns.minutes(f"Minutes ({credit} credit)")


def minutes_per_attendee_column() -> ColumnConfig:
    """The column of minutes per attendee, which no credit touches."""
    return columns.minutes("Minutes per attendee", "All the minutes of their sessions, whatever the credit.")


def explain(credited: pl.Series, event_minutes: float, *, credit: Credit, what: str) -> None:
    """Say how the column of credited minutes compares with the time that was really spent.

    Args:
        credited: the column, in minutes.
        event_minutes: all minutes spent in the chosen events.
        credit: the credit that the column is in.
        what: what shares a session's minutes, in the singular: speaker or tag.
    """
    if credit == "split":
        st.caption(f"Split credit: the column adds up to the {event_minutes:,.1f} minutes spent in all.")
    elif credited.sum() > event_minutes:
        st.info(
            f"Full credit gives every {what} of a session all of its minutes, so the column adds up to "
            f"{credited.sum():,.1f} minutes, more than the {event_minutes:,.1f} minutes spent in all."
        )
