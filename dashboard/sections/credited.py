"""The page about speakers, and the one about tags: minutes in full or in split credit."""

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.charts.ranking import TOP, ranking
from dashboard.data import View
from dashboard.display import chart, columns, pickers, tables
from dashboard.display.text import decimal, plain
from dashboard.filters import Credit
from dashboard.queries import credited
from dashboard.queries.credited import Kind
from dashboard.queries.sessions import sessions
from dashboard.sections import audience


def show(view: View, kind: Kind) -> None:
    """Draw the ranking and its table; or, of one speaker or tag, the sessions and the audience."""
    what = kind.name.lower()
    ranked = credited.ranking(view, kind)
    parts = dict(ranked.select("name", "part").iter_rows())
    name = pickers.one_or_all(what, parts, key=f"one_{what}")
    if name is None:
        _show_all(view, kind)
    else:
        _show_one(view, kind, name, parts[name])


def _show_all(view: View, kind: Kind) -> None:
    what = kind.name.lower()
    ranked = credited.ranking_with_attendees(view, kind)
    st.subheader(f"Minutes spent, in {view.filters.credit} credit")
    minutes_spent = float(sessions(view)["total_minutes"].sum())
    _explain(float(ranked["minutes"].sum()), minutes_spent, view.filters.credit, what)
    if ranked.height > TOP:
        st.caption(f"The first {TOP} of {ranked.height:,} {what}s; the table has them all.")
    chart.show(
        ranking(ranked, name="name", value="minutes", what=f"{what}s"),
        name=f"{what}s-ranked",
        title=f"Minutes by {what}, in {view.filters.credit} credit",
    )

    def show_row(position: int) -> None:
        st.session_state[f"one_{what}"] = ranked["name"][position]

    st.subheader(f"All {what}s")
    st.caption(f"Choose a row to see the {what}'s sessions and audience.")
    tables.show(
        ranked,
        {
            "name": columns.name(what.capitalize()),
            "minutes": _minutes_column(view.filters.credit),
            "session_count": columns.SESSIONS,
            "attendee_count": columns.ATTENDEES,
            "mean_minutes_per_attendee": columns.minutes(
                "Minutes per attendee", "All the minutes of their sessions, whatever the credit."
            ),
        },
        name=f"{what}s",
        alt=f"Time spent, by {what}",
        choose=show_row,
    )


def _show_one(view: View, kind: Kind, name: str, part: str) -> None:
    what = kind.name.lower()
    st.header(plain(name))
    st.subheader("Sessions")
    its_sessions = credited.sessions_shared(view, kind).filter(pl.col("part") == part)
    if view.filters.credit == "split":
        st.caption(f"Split credit: a session's minutes are divided equally among its {what}s.")
    else:
        st.caption(f"Full credit: each session counts with all of its minutes, even if it has several {what}s.")
    chart.show(
        ranking(its_sessions, name="session", value="minutes", what="sessions"),
        name=f"sessions-of-{what}-ranked",
        title=f"{name}: minutes by session, in {view.filters.credit} credit",
    )
    tables.show(
        its_sessions,
        {
            "session": columns.name("Session"),
            "minutes": _minutes_column(view.filters.credit),
            "attendee_count": columns.ATTENDEES,
            "mean_completion": columns.COMPLETION,
            "event": columns.EVENT,
        },
        name=f"sessions-of-{what}",
        alt=f"Sessions of this {what}",
    )
    st.subheader("Audience")
    audience.show(view, its_sessions["session_key"].to_list(), ("industry", "country", "company"), whose=name)


def _minutes_column(credit: Credit) -> ColumnConfig:
    return columns.minutes(f"Minutes ({credit} credit)")


def _explain(credited_minutes: float, minutes_spent: float, credit: Credit, what: str) -> None:
    """Say how the sum of the column of minutes compares with the minutes that were really spent."""
    spent = f"{decimal(minutes_spent)} minutes spent in all"
    if credit == "split":
        st.caption(f"Split credit: the column adds up to the {spent}.")
    elif credited_minutes > minutes_spent:
        st.info(
            f"Full credit gives every {what} of a session all of its minutes, so the column adds up to "
            f"{decimal(credited_minutes)} minutes, more than the {spent}."
        )
