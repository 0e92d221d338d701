"""Who came, by company, country and the like: beside each other, for one session as for one speaker or tag."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard.charts.ranking import ranking
from dashboard.data import Published
from dashboard.display import chart, columns
from dashboard.filters import Filters
from dashboard.queries import audience as queries

TOP = 8


def show(published: Published, filters: Filters, of_sessions: pl.DataFrame, by: Sequence[str], *, whose: str) -> None:
    """Draw the audience of the sessions (`event_id`, `session_id`), by each of the given columns; `whose`, in words."""
    everyone = queries.audience(published, filters, of_sessions.select("event_id", "session_id"))
    for place, column in zip(st.columns(len(by)), by, strict=True):
        with place:
            st.markdown(f"**{columns.AUDIENCE_NAMES[column]}**")
            who = everyone.filter(pl.col("column") == column)
            chart.show(
                ranking(who, name="name", value="attendee_count", what="groups", unit="attendees", top=TOP),
                name=f"audience-{column}",
                title=f"{whose}: attendees by {columns.AUDIENCE_NAMES[column].lower()}",
            )
