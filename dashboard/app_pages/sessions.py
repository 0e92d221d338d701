"""Which sessions people spent their time in, and how far they stayed."""

import streamlit as st

from dashboard import charts, columns, data, view

published, filters = view.current()
sessions = data.sessions(published, filters)

st.title("Sessions")

st.subheader("Minutes spent")
if sessions.height > charts.TOP:
    st.caption(f"The first {charts.TOP} of {sessions.height:,} sessions; the table has them all.")
st.altair_chart(charts.minutes_ranking(sessions, name="session", minutes="total_minutes", what="sessions"))

st.subheader("All sessions")
st.dataframe(
    sessions,
    hide_index=True,
    placeholder="—",
    alt="Time spent, by session",
    column_config={
        "session": columns.name("Session"),
        "event": columns.EVENT,
        "starts_at": columns.utc("Start"),
        "location_name": columns.text("Location"),
        "scheduled_minutes": columns.minutes("Scheduled minutes"),
        "attendee_count": columns.ATTENDEES,
        "total_minutes": columns.MINUTES,
        "mean_minutes": columns.minutes("Mean minutes"),
        "median_minutes": columns.minutes("Median minutes", "Half of the attendees stayed longer than this."),
        "p90_minutes": columns.minutes("Longest tenth (minutes)", "One in ten attendees stayed longer than this."),
        "mean_completion": columns.COMPLETION,
        "full_stay_rate": columns.share("Stayed to the end", "Attendees who stayed for at least 90% of the session."),
        "early_exit_rate": columns.share("Left early", "Attendees who stayed for less than 25% of the session."),
    },
)
