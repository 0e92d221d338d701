"""The time that attendees spent on each topic, and the topics of each group of attendees."""

import streamlit as st

from dashboard.charts.heatmap import heatmap
from dashboard.display import chart, columns, pickers, tables
from dashboard.frame.view import current_view
from dashboard.queries.credited import Kind, interests
from dashboard.sections import credited

view = current_view()

st.header("Tags")
credited.show(view, Kind.TAG)

st.subheader("Tags by group of attendees")
groups = {column: columns.AUDIENCE_NAMES[column] for column in ("industry", "country")}
column = pickers.one_of("Group attendees by", groups, key="group")
label = groups[column]
shares = interests(view, column)
if shares.is_empty():
    st.info("No minutes were spent in these sessions, so there are no shares to show.")
    st.stop()
st.caption(
    "The share of a group's minutes in sessions with the tag. A session with two tags counts for both, "
    "so the shares of a group may exceed 100% in all. Only the largest groups and tags are shown."
)
chart.show(
    heatmap(shares, row="group_name", column="tag", share="share", what="Share of the group's minutes"),
    name="interests-grid",
    title=f"Share of each {label.lower()}'s minutes, by tag",
)
tables.show(
    shares,
    {
        "group_name": columns.name(label),
        "tag": columns.text("Tag"),
        "minutes": columns.minutes("Minutes (full credit)"),
        "share": columns.share(
            "Share of the group's minutes", "The part of the group's minutes that was spent in sessions with this tag."
        ),
    },
    name="interests",
    alt="Share of each group's minutes, by tag",
)
