"""Whose sessions people spent their time in."""

import streamlit as st

from dashboard import charts, columns, credit, data, view

published, filters = view.current()
speakers = data.speakers(published, filters)
event_minutes = data.totals(published, filters)["total_minutes"]

st.title("Speakers")

st.subheader(f"Minutes spent, in {filters.credit} credit")
credit.explain(speakers["minutes"], event_minutes, credit=filters.credit, what="speaker")
if speakers.height > charts.TOP:
    st.caption(f"The first {charts.TOP} of {speakers.height:,} speakers; the table has them all.")
st.altair_chart(charts.minutes_ranking(speakers, name="speaker", minutes="minutes", what="speakers"))

st.subheader("All speakers")
st.dataframe(
    speakers,
    hide_index=True,
    placeholder="—",
    alt="Time spent, by speaker",
    column_config={
        "speaker": columns.name("Speaker"),
        "minutes": credit.minutes_column(filters.credit),
        "session_count": columns.SESSIONS,
        "attendee_count": columns.ATTENDEES,
        "mean_minutes_per_attendee": credit.minutes_per_attendee_column(),
    },
)
