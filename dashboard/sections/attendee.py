"""One attendee from near: the score and what it is made of, and the sessions on a time line."""

import streamlit as st

from dashboard.charts.stay import timeline
from dashboard.data import Published
from dashboard.display import chart, columns, tables
from dashboard.display.text import plain
from dashboard.filters import Filters
from dashboard.queries import attendees as queries
from dashboard.queries.attendees import AttendeeKey
from warehouse.schema.formulas import MINUTES_WEIGHT, SESSIONS_WEIGHT

FORMULA = (
    f"100 · ({MINUTES_WEIGHT} · share of the event's attendees with as many minutes or fewer "
    f"+ {SESSIONS_WEIGHT} · share with as many sessions or fewer)"
)


def leave() -> None:
    """Go back to all attendees."""
    st.query_params.pop("of_event", None)
    st.query_params.pop("attendee", None)


def show(published: Published, filters: Filters, key: AttendeeKey, *, show_pii: bool) -> None:
    """Draw the page of one attendee."""
    who = queries.attendee(published, key, show_pii=show_pii)
    if who is None:
        st.info("This attendee is not in the warehouse, or not any more.")
        return
    st.header(plain(who["attendee"]))
    about = [who["designation"], who["company"], who["industry"], who["country"], who.get("email"), who["event"]]
    st.caption(" · ".join(plain(part) for part in about if part))
    with st.container(horizontal=True):
        st.metric("Score", f"{who['engagement_score']:,.1f}", border=True, help=FORMULA)
        st.metric("Rank", f"{who['engagement_rank']:,} of {who['attendee_count']:,}", border=True)
        st.metric("Minutes", f"{who['total_minutes']:,.1f}", border=True)
        st.metric("Sessions", f"{who['session_count']:,}", border=True)
    st.caption(
        f"Score = 100 · ({MINUTES_WEIGHT} · {who['minutes_part']:.3f} "
        f"+ {SESSIONS_WEIGHT} · {who['sessions_part']:.3f}) = {who['engagement_score']:,.1f}. "
        f"{who['minutes_part']:.1%} of the event's attendees have as many minutes or fewer, "
        f"{who['sessions_part']:.1%} as many sessions or fewer. These figures are those of the whole event, "
        "whatever the filters."
    )
    st.subheader("Sessions")
    sessions = queries.sessions_of(published, filters, key)
    if sessions.is_empty():
        st.info("None of this attendee's sessions is left by the filters.")
        return
    placed = sessions.drop_nulls("starts_at")
    if placed.is_empty():
        st.info("None of these sessions has a start, so there is no time line to draw.")
    else:
        st.caption("Zuddl says how long somebody stayed, not when: bars begin with their session.")
        chart.show(timeline(placed), name="time-line", title=f"{who['attendee']}: sessions")
    tables.show(
        sessions,
        {
            "session": columns.name("Session"),
            "minutes_spent": columns.MINUTES,
            "scheduled_minutes": columns.minutes("Scheduled minutes"),
            "completion": columns.share("Completion", "Minutes spent of minutes scheduled, 100% at most."),
            "starts_at": columns.utc("Start"),
            "location_name": columns.text("Location"),
        },
        name="sessions-of-attendee",
        alt="Sessions of this attendee",
    )
