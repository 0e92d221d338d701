"""The page of one attendee: the score and its two parts, and the sessions on a time line."""

import streamlit as st

from dashboard.charts.stay import timeline
from dashboard.data import View
from dashboard.display import chart, columns, nothing, tables
from dashboard.display.text import decimal, percent, plain
from dashboard.queries import attendees as queries
from dashboard.queries.attendees import AttendeeKey
from warehouse.schema.formulas import MINUTES_WEIGHT, SESSIONS_WEIGHT

FORMULA = (
    f"100 · ({MINUTES_WEIGHT} · share of the event's attendees with at most as many minutes "
    f"+ {SESSIONS_WEIGHT} · share with at most as many sessions)"
)


def show(view: View, key: AttendeeKey) -> None:
    """Draw the page of one attendee."""
    who = queries.attendee(view, key)
    if who is None:
        nothing.is_not_here("attendee", key.registration_id)
    st.header(plain(who["attendee"]))
    about = [who["designation"], who["company"], who["industry"], who["country"], who.get("email"), who["event"]]
    st.caption(" · ".join(plain(part) for part in about if part))
    with st.container(horizontal=True):
        st.metric("Score", decimal(who["engagement_score"]), border=True, help=FORMULA)
        st.metric("Rank", f"{who['engagement_rank']:,} of {who['attendee_count']:,}", border=True)
        st.metric("Minutes", decimal(who["total_minutes"]), border=True)
        st.metric("Sessions", f"{who['session_count']:,}", border=True)
    st.caption(
        f"Score = 100 · ({MINUTES_WEIGHT} · {who['minutes_part']:.3f} "
        f"+ {SESSIONS_WEIGHT} · {who['sessions_part']:.3f}) = {decimal(who['engagement_score'])}. "
        f"{percent(who['minutes_part'])} of the event's attendees have no more minutes than this, "
        f"{percent(who['sessions_part'])} no more sessions. "
        "These figures are of the whole event, whatever the filters."
    )
    st.subheader("Sessions")
    sessions = queries.sessions_of(view, key)
    if sessions.is_empty():
        st.info("None of this attendee's sessions matches the filters.")
        return
    placed = sessions.drop_nulls("local_starts_at")
    if placed.is_empty():
        st.info("None of these sessions has a start, so there is no time line to draw.")
    else:
        st.caption("Zuddl says how long an attendee stayed, but not when: each bar begins at the start of its session.")
        chart.show(timeline(placed), name="time-line", title=f"{who['attendee']}: sessions")
    tables.show(
        sessions,
        {
            "session": columns.name("Session"),
            "minutes_spent": columns.MINUTES,
            "scheduled_minutes": columns.minutes("Scheduled minutes"),
            "completion": columns.share("Completion", "Share of the scheduled minutes that was spent: at most 100%."),
            "local_starts_at": columns.local("Start"),
            "location_name": columns.text("Location"),
        },
        name="sessions-of-attendee",
        alt="Sessions of this attendee",
    )
