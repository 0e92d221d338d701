"""The page of one company: its people, their sessions, and the topics that they prefer."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import View
from dashboard.display import about, bars, columns, detail, tables
from dashboard.display.text import hours, percent, plain
from dashboard.queries import companies, credited, funnel
from dashboard.queries.sessions import sessions
from dashboard.sections import audience


def show(view: View, one: dict[str, Any]) -> None:
    """Draw the page of the company, a row of `companies.companies`."""
    theirs = companies.of_company(view, one["name"])
    about.narrow(one["name"])
    st.subheader(plain(one["name"]))
    _figures(theirs, one)
    left, right = st.columns(2)
    their_sessions = sessions(theirs)
    with left.container(border=True, height="stretch"):
        st.markdown("**Sessions**")
        _sessions(their_sessions, one["name"])
    with right.container(border=True, height="stretch"):
        st.markdown("**Topics**")
        _topics(view, theirs, one["name"])
    st.subheader("Its people")
    audience.show(theirs, their_sessions["session_key"].to_list(), ("designation", "country"), whose=one["name"])


def _figures(theirs: View, one: dict[str, Any]) -> None:
    stages = funnel.stages(theirs)
    with st.container(key="figures"):
        st.metric(
            "Registered",
            f"{stages['registered_count']:,}",
            border=True,
            height="stretch",
            help="In the whole event, whatever the filters on sessions.",
        )
        st.metric("In a session", f"{one['attendee_count']:,}", border=True, height="stretch")
        st.metric("Time", hours(one["total_minutes"]), border=True, height="stretch")
        st.metric("Sessions", f"{one['session_count']:,}", border=True, height="stretch")
        st.metric(
            "Completion",
            percent(one["mean_completion"]),
            border=True,
            height="stretch",
            help=columns.COMPLETION_MEANING,
        )


def _sessions(their_sessions: pl.DataFrame, name: str) -> None:
    table = their_sessions.with_columns(hours=pl.col("total_minutes") / 60)
    tables.show(
        table,
        {
            "session": columns.name("Session"),
            "attendee_count": bars.count("People", table["attendee_count"]),
            "hours": bars.amount("Hours", table["hours"]),
        },
        name="sessions-of-company",
        alt="Sessions of this company's people",
        whose=name,
        choose=detail.opens("sessions", table["session_id"].to_list()),
        more=columns.SESSION_ID,
    )


def _topics(view: View, theirs: View, name: str) -> None:
    preferred = credited.preferences(theirs, view)
    if preferred.is_empty():
        st.info("These people spent no minutes in sessions, so there are no topics.")
        return
    table = preferred.with_columns(hours=pl.col("total_minutes") / 60)
    tables.show(
        table,
        {
            "name": columns.name("Tag"),
            "hours": bars.amount("Hours (full credit)", table["hours"]),
            "share": columns.share("Share of their time", "A session with two tags counts for both."),
            "index": columns.minutes("Index", "This share, divided by the same share of all attendees, times 100."),
        },
        name="topics-of-company",
        alt="Tags by time of this company's people",
        whose=name,
        choose=detail.opens("tags", table["part"].to_list()),
    )
