"""The time that attendees spent on each topic, and which topics each group of attendees prefers."""

import streamlit as st

from dashboard.charts.index_grid import index_grid
from dashboard.display import chart, columns, pickers, tables
from dashboard.frame.view import current_view
from dashboard.queries.credited import Kind, interests
from dashboard.sections import credited

view = current_view()

st.header("Tags")
if credited.show(view, Kind.TAG):
    st.stop()

st.subheader("Who prefers which tags")
groups = {column: columns.AUDIENCE_NAMES[column] for column in ("industry", "country")}
column = pickers.one_of("Group attendees by", groups, key="group")
label = groups[column]
indices = interests(view, column)
if indices.is_empty():
    st.info("No minutes were spent in these sessions, so there is nothing to compare.")
    st.stop()
INDEX_MEANING = "The tag's share of the group's time, divided by its share of all attendees' time, times 100."
st.caption(
    "100 is the average of all attendees: at 150, the group gave half as much again of its time to the tag. "
    "In full credit. Only the largest groups and tags are shown."
)
chart.show(
    index_grid(indices, row="group_name", column="tag", index="index", what="Index, 100 is the average"),
    name=f"interests-grid-by-{column}",
    title=f"Time by tag and {label.lower()}: 100 is the average of all attendees",
)
tables.show(
    indices,
    {
        "group_name": columns.name(label),
        "tag": columns.text("Tag"),
        "index": columns.minutes("Index", INDEX_MEANING),
        "share": columns.share("Share of the group's time", "A session with two tags counts for both."),
        "average": columns.share("Share of all time", "The same share of all attendees."),
        "minutes": columns.minutes("Minutes (full credit)"),
    },
    name="interests",
    chosen={"By": label},
    alt="Index of each group's time, by tag",
)
