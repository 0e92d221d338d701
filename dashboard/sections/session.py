"""The page of one session: how long its attendees stayed, who they were, and what else they attended."""

from typing import Any

import streamlit as st

from dashboard.charts.stay import minutes_distribution, stay_curve
from dashboard.data import View
from dashboard.display import chart, columns, tables
from dashboard.display.text import decimal, percent, plain
from dashboard.queries import sessions as queries
from dashboard.sections import audience


def show(view: View, session: dict[str, Any]) -> None:
    """Draw the page of the session, a row of `queries.with_quantiles`."""
    key = session["session_key"]
    st.header(plain(session["session"]))
    when = f"{session['local_starts_at']:%a %d %b %Y, %H:%M}" if session["local_starts_at"] else "no start given"
    st.caption(f"{plain(session['event'])} · {plain(session['location_name'] or 'no location given')} · {when}")
    with st.container(horizontal=True):
        st.metric("Attendees", f"{session['attendee_count']:,}", border=True)
        st.metric("Mean minutes", decimal(session["mean_minutes"]), border=True)
        st.metric("Completion", percent(session["mean_completion"]), border=True, help=columns.COMPLETION_MEANING)
        st.metric("Stayed to the end", percent(session["full_stay_rate"]), border=True, help=columns.FULL_STAY_MEANING)
        st.metric("Left early", percent(session["early_exit_rate"]), border=True, help=columns.EARLY_EXIT_MEANING)

    left, right = st.columns(2)
    with left:
        st.subheader("Minutes spent")
        minutes = queries.minutes_distribution(view, key)
        chart.show(minutes_distribution(minutes), name="minutes-spent", title=f"{session['session']}: minutes spent")
    with right:
        st.subheader("How long attendees stayed")
        curve = queries.stay_curve(view, key)
        if curve.is_empty():
            st.info("This session has no scheduled length, so there is no chart of how long attendees stayed.")
        else:
            chart.show(stay_curve(curve), name="stay-curve", title=f"{session['session']}: how long attendees stayed")

    st.subheader("Who they were")
    audience.show(view, [key], ("country", "company", "designation"), whose=session["session"])

    st.subheader("What else they attended")
    others = queries.also_attended(view, key)
    if others.is_empty():
        st.info("Under these filters, none of these attendees was in another session of this event.")
        return
    st.caption("Other sessions of the event, by the number of these attendees who were there too.")
    tables.show(
        others,
        {
            "session": columns.name("Session"),
            "attendee_count": columns.ATTENDEES,
            "share": columns.share(
                "Share of this session's attendees", "Share of this session's attendees who were there too."
            ),
        },
        name="also-attended",
        alt="Other sessions of these attendees",
    )
