"""How much time the chosen events drew, as a whole and one by one."""

import streamlit as st

from dashboard import columns, data, view

published, filters = view.current()
totals = data.totals(published, filters)
events = data.events(published, filters)

st.title("Overview")

completion = totals["mean_completion"]
with st.container(horizontal=True):
    st.metric("Attendees", f"{totals['attendee_count']:,}", border=True)
    st.metric("Hours", f"{totals['total_minutes'] / 60:,.1f}", border=True, help="Time spent in sessions.")
    st.metric("Minutes per attendee", f"{totals['mean_minutes_per_attendee']:,.1f}", border=True)
    st.metric("Sessions", f"{totals['session_count']:,}", border=True)
    st.metric(
        "Completion",
        None if completion is None else f"{completion:.1%}",
        border=True,
        help="How much of a session people stayed for, on average over all visits to scheduled sessions.",
    )
if events.height > 1:
    st.caption("Attendees are counted once per event: whoever came to two events counts twice.")

st.subheader("Events")
st.dataframe(
    events,
    hide_index=True,
    placeholder="—",
    alt="Time spent, by event",
    column_config={
        "event": columns.EVENT,
        "attendee_count": columns.ATTENDEES,
        "total_minutes": columns.MINUTES,
        "mean_minutes_per_attendee": columns.MINUTES_PER_ATTENDEE,
        "session_count": columns.SESSIONS,
        "mean_sessions_per_attendee": columns.minutes("Sessions per attendee"),
        "mean_completion": columns.COMPLETION,
    },
)
