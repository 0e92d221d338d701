"""Which topics people spent their time on."""

import streamlit as st

from dashboard import charts, columns, credit, data, view

published, filters = view.current()
tags = data.tags(published, filters)
event_minutes = data.totals(published, filters)["total_minutes"]

st.title("Tags")

st.subheader(f"Minutes spent, in {filters.credit} credit")
credit.explain(tags["minutes"], event_minutes, credit=filters.credit, what="tag")
if tags.height > charts.TOP:
    st.caption(f"The first {charts.TOP} of {tags.height:,} tags; the table has them all.")
st.altair_chart(charts.minutes_ranking(tags, name="tag", minutes="minutes", what="tags"))

st.subheader("All tags")
st.dataframe(
    tags,
    hide_index=True,
    placeholder="—",
    alt="Time spent, by tag",
    column_config={
        "tag": columns.name("Tag"),
        "minutes": credit.minutes_column(filters.credit),
        "session_count": columns.SESSIONS,
        "attendee_count": columns.ATTENDEES,
        "mean_minutes_per_attendee": credit.minutes_per_attendee_column(),
    },
)
