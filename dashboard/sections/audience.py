"""The audience of one session, speaker or tag: charts of its attendees by company, country and the like."""

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
    """Draw charts of the sessions' attendees (`event_id, session_id`), one for each of the columns `by`.

    `whose` names the session, the speaker or the tag in the titles of the files.
    """
    attendees = queries.audience(published, filters, of_sessions.select("event_id", "session_id"))
    for place, column in zip(st.columns(len(by)), by, strict=True):
        label = columns.AUDIENCE_NAMES[column]
        with place:
            st.markdown(f"**{label}**")
            groups = attendees.filter(pl.col("column") == column)
            chart.show(
                ranking(groups, name="name", value="attendee_count", what="groups", unit="attendees", top=TOP),
                name=f"audience-{column}",
                title=f"{whose}: attendees by {label.lower()}",
            )
