"""The audience of one session, speaker or tag: charts of its attendees by company, country and the like."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from dashboard.charts.ranking import ranking
from dashboard.data import View
from dashboard.display import chart, columns
from dashboard.queries import audience as queries

TOP = 8


def show(view: View, session_keys: list[int], by: Sequence[str], *, whose: str) -> None:
    """Draw charts of the sessions' attendees, one for each of the columns `by`.

    `whose` names the session, the speaker or the tag in the titles of the files.
    """
    attendees = queries.audience(view, session_keys)
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
