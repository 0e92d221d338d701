"""The page of one attendee: the score, the sessions on a time line, and everything else that the attendee did."""

from typing import Any

import streamlit as st

from dashboard.charts.stay import timeline
from dashboard.data import View
from dashboard.display import about, chart, columns, detail, nothing, tables
from dashboard.display.text import decimal, duration, percent, plain
from dashboard.queries import attendees as queries
from dashboard.queries.attendees import AttendeeKey
from warehouse.schema.formulas import MINUTES_WEIGHT, SESSIONS_WEIGHT

FORMULA = (
    f"100 · ({MINUTES_WEIGHT} · share of the event's attendees with at most as many minutes "
    f"+ {SESSIONS_WEIGHT} · share with at most as many sessions)"
)


def show(view: View, key: AttendeeKey, clock: str) -> None:
    """Draw the page of one attendee. `clock` says whose clock the times are of."""
    who = queries.attendee(view, key)
    if who is None:
        nothing.is_not_here("attendee", key.registration_id)
    about.narrow(who["attendee"])
    st.subheader(plain(who["attendee"]))
    known = [who["designation"], who["company"], who["industry"], who["country"], who.get("email")]
    st.caption(" · ".join(plain(part) for part in known if part))
    with st.container(key="figures"):
        st.metric("Time", duration(who["total_minutes"]), border=True, height="stretch")
        rank = f"{who['engagement_rank']:,} of {who['attendee_count']:,}"
        st.metric("Rank by minutes", rank, border=True, height="stretch", help=columns.RANK_MEANING)
        st.metric("Sessions", f"{who['session_count']:,}", border=True, height="stretch")
        st.metric("Score", decimal(who["engagement_score"]), border=True, height="stretch", help=_score(who))
    st.caption("These figures and the journey are of the whole event, whatever the filters.")
    _sessions(view, key, who["attendee"])
    _journey(view, key, clock)


def _score(who: dict[str, Any]) -> str:
    """How the score comes about."""
    return (
        f"{FORMULA}: 100 · ({MINUTES_WEIGHT} · {who['minutes_part']:.3f} "
        f"+ {SESSIONS_WEIGHT} · {who['sessions_part']:.3f}) = {decimal(who['engagement_score'])}. "
        f"{percent(who['minutes_part'])} of the event's attendees have no more minutes than this, "
        f"{percent(who['sessions_part'])} no more sessions."
    )


def _sessions(view: View, key: AttendeeKey, attendee: str) -> None:
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
        chart.show(timeline(placed), name="time-line", title=f"{attendee}: sessions")
    tables.show(
        sessions,
        {
            "session": columns.name("Session"),
            "minutes_spent": columns.MINUTES,
            "scheduled_minutes": columns.minutes("Scheduled minutes"),
            "completion": columns.share("Completion", "Share of the scheduled minutes that was spent: at most 100%."),
            "local_starts_at": columns.local("Start"),
            "location_name": columns.text("Room"),
        },
        name="sessions-of-attendee",
        alt="Sessions of this attendee",
        choose=detail.opens("sessions", sessions["session_id"].to_list()),
        more=columns.SESSION_ID,
    )


def _journey(view: View, key: AttendeeKey, clock: str) -> None:
    st.subheader("Journey")
    steps = queries.journey(view, key)
    if steps.is_empty():
        st.info("Nothing is known of this attendee but the time spent in sessions: no other action names the person.")
        return
    st.caption(f"By the clock of the event ({plain(clock)}).")
    tables.show(
        steps,
        {
            "at": columns.local("When"),
            "step": columns.name("Step"),
            "about": columns.text("About"),
            "session": columns.text("Session"),
        },
        name="journey",
        alt="What this attendee did, in order",
    )
    places = queries.places_of(view, key)
    if places.is_empty():
        return
    st.subheader("Booths and rooms")
    tables.show(
        places,
        {
            "place": columns.name("Place"),
            "place_type": columns.text("Kind"),
            "minutes": columns.minutes("Minutes", "As reported at the end of the event."),
        },
        name="places-of-attendee",
        alt="Booths and rooms that this attendee visited",
    )
