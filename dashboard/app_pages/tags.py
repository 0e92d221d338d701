"""Which topics people spent their time on, and who spent it on what."""

import streamlit as st

from dashboard.charts.heatmap import heatmap
from dashboard.display import chart, columns, tables
from dashboard.frame import view
from dashboard.queries.credited import Kind, interests
from dashboard.sections import credited

published, filters, _ = view.current()

st.title("Tags")
place_of_ranking = st.container()

st.subheader("Who spends time on what")
labels = columns.AUDIENCE_NAMES
column = st.segmented_control(
    "Group attendees by",
    ["industry", "country"],
    format_func=labels.__getitem__,
    default="industry",
    key="group",
    required=True,
    bind="query-params",
)
# One scan serves what stands above and below, so the group is asked for before either is drawn.
shares, attendee_counts = interests(published, filters, column or "industry")
with place_of_ranking:
    credited.show(published, filters, Kind.TAG, lambda: attendee_counts)
if shares.is_empty():
    st.info("No minutes were spent in these sessions, so there is nothing to share out.")
    st.stop()
st.caption(
    "The part of a group's minutes that went to sessions with the tag. A session with two tags counts for both, "
    "so a row may exceed 100% in all. The largest groups and tags are shown."
)
label = labels[column or "industry"]
chart.show(
    heatmap(shares, row="group_name", column="tag", share="share", what="Part of the group's minutes"),
    name="interests-grid",
    title=f"Part of each {label.lower()}'s minutes, by tag",
)
tables.show(
    shares,
    {
        "group_name": columns.name(label),
        "tag": columns.text("Tag"),
        "minutes": columns.minutes("Minutes (full credit)"),
        "share": columns.share("Part of the group's minutes", "Minutes with this tag of all the group's minutes."),
    },
    name="interests",
    alt="Part of each group's minutes that went to each tag",
)
