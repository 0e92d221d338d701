"""The audience of one session, speaker, tag, sponsor or company: its attendees by company, country and the like."""

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

    `whose` names the session, the speaker or the like in the titles of the files.
    """
    attendees = queries.audience(view, session_keys)
    in_a_row = 3 if len(by) == 3 else 2  # of more, names would be cut off  # noqa: PLR2004
    for first in range(0, len(by), in_a_row):
        for place, column in zip(st.columns(in_a_row), by[first : first + in_a_row], strict=False):
            with place.container(border=True, height="stretch"):
                _draw(attendees.filter(pl.col("column") == column), column, whose)


def _draw(groups: pl.DataFrame, column: str, whose: str) -> None:
    label = columns.AUDIENCE_NAMES[column]
    st.markdown(f"**{label}**")
    chart.show(
        ranking(groups, name="name", value="attendee_count", what="groups", unit="attendees", top=TOP),
        name=f"audience-{column}",
        title=f"{whose}: attendees by {label.lower()}",
    )
