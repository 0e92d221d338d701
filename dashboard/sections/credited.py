"""A page about what shares a session's minutes: speakers or tags, in full or in split credit."""

from collections.abc import Callable

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.charts.ranking import TOP, ranking
from dashboard.data import Published
from dashboard.display import chart, columns, tables
from dashboard.display.text import plain
from dashboard.filters import Credit, Filters
from dashboard.queries import credited
from dashboard.queries.credited import Kind
from dashboard.queries.sessions import sessions
from dashboard.sections import audience


def show(published: Published, filters: Filters, kind: Kind, attendee_counts: Callable[[], pl.DataFrame]) -> None:
    """Draw the ranking, the table, and the sessions and the audience behind the one that is chosen.

    Args:
        published: the generation to ask.
        filters: which attendances count.
        kind: whom the page is about.
        attendee_counts: asked for how many attendees each of them had, where that is shown.
    """
    what = kind.name.lower()
    ranked = credited.ranking(published, filters, kind)
    members = dict(ranked.select("name", "member").iter_rows())
    chosen = st.selectbox(
        f"Look at one {what}",
        sorted(members, key=str.casefold),
        index=None,
        key=f"one_{what}",
        placeholder=f"All {what}s",
        bind="query-params",
    )
    if chosen is not None:
        _show_one(published, filters, kind, chosen, members[chosen])
        return

    ranked = credited.with_attendees(ranked, attendee_counts())
    st.subheader(f"Minutes spent, in {filters.credit} credit")
    explain(
        ranked["minutes"],
        float(sessions(published, filters)["total_minutes"].sum()),
        credit=filters.credit,
        what=what,
    )
    if ranked.height > TOP:
        st.caption(f"The first {TOP} of {ranked.height:,} {what}s; the table has them all.")
    chart.show(
        ranking(ranked, name="name", value="minutes", what=f"{what}s"),
        name=f"{what}s-ranked",
        title=f"Minutes by {what}, in {filters.credit} credit",
    )

    def look_at(position: int) -> None:
        st.session_state[f"one_{what}"] = ranked["name"][position]

    st.subheader(f"All {what}s")
    st.caption("Choose a row to see the sessions and the audience behind it.")
    tables.show(
        ranked,
        {
            "name": columns.name(what.capitalize()),
            "minutes": minutes_column(filters.credit),
            "session_count": columns.SESSIONS,
            "attendee_count": columns.ATTENDEES,
            "mean_minutes_per_attendee": columns.minutes(
                "Minutes per attendee", "All the minutes of their sessions, whatever the credit."
            ),
        },
        name=f"{what}s",
        alt=f"Time spent, by {what}",
        choose=look_at,
    )


def minutes_column(credit: Credit) -> ColumnConfig:
    """The column of credited minutes."""
    return columns.minutes(f"Minutes ({credit} credit)")


def explain(credited: pl.Series, event_minutes: float, *, credit: Credit, what: str) -> None:
    """Say how the column of credited minutes compares with the time that was really spent.

    Args:
        credited: the column, in minutes.
        event_minutes: all minutes spent in the chosen attendances.
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


def _show_one(published: Published, filters: Filters, kind: Kind, name: str, member: str) -> None:
    what = kind.name.lower()
    st.header(plain(name))
    st.subheader("Sessions behind it")
    behind = credited.sessions_shared(published, filters, kind).filter(pl.col("member") == member)
    if filters.credit == "split":
        st.caption(f"Split credit: a session's minutes are divided equally among its {what}s.")
    else:
        st.caption(f"Full credit: each session counts with all of its minutes, whoever else is its {what}.")
    chart.show(
        ranking(behind, name="session", value="minutes", what="sessions"),
        name=f"sessions-of-{what}-ranked",
        title=f"{name}: minutes by session, in {filters.credit} credit",
    )
    tables.show(
        behind,
        {
            "session": columns.name("Session"),
            "minutes": minutes_column(filters.credit),
            "attendee_count": columns.ATTENDEES,
            "mean_completion": columns.COMPLETION,
            "event": columns.EVENT,
        },
        name=f"sessions-of-{what}",
        alt=f"Sessions of this {what}",
    )
    st.subheader("Audience")
    audience.show(published, filters, behind, ("industry", "country", "company"), whose=name)
