"""Booths, rooms and stages: who visited them, what leads came of it, and who of them the sponsor's sessions reached."""

import polars as pl
import streamlit as st

from dashboard.charts.heatmap import heatmap
from dashboard.display import bars, chart, columns, tables
from dashboard.frame.view import current_event, current_view
from dashboard.queries import places as queries
from dashboard.queries.audience import with_filters_on
from dashboard.sections import leads, scope

view, event = current_view(), current_event()

st.header("Booths and leads")
scope.say(view, "visits and leads of the whole event", "company", "industry", "country")

visited = queries.visits(view)
if visited.is_empty():
    scope.say_nothing_is_left(
        "Nobody visited a booth, a room or a stage",
        view,
        "JOINED_BOOTH and TIME_SPENT_IN_BOOTH",
        "company",
        "industry",
        "country",
    )
for place_type, label in queries.PLACE_TYPES.items():
    here = visited.filter(pl.col("place_type") == place_type)
    if here.is_empty():
        continue
    st.subheader(f"{label}s")
    if (here["place"] == here["place_id"]).any():
        st.caption("Where Zuddl sends no name, the id stands here.")
    table = here.with_columns(hours=pl.col("total_minutes") / 60)
    tables.show(
        table,
        {
            "place": columns.name(label),
            "visitor_count": bars.count("Visitors", table["visitor_count"], "People who joined, or spent time there."),
            "hours": bars.amount("Hours", table["hours"], "Of the visitors whose minutes are known."),
            "mean_minutes": columns.minutes("Minutes per visitor", "Of the visitors whose minutes are known."),
        },
        name=f"places-{place_type.lower()}",
        alt=f"{label}s by time spent",
    )

scope.name_in_files(with_filters_on(view, "company"))
leads.show(view)

st.subheader("Booth visitors in the sponsors' sessions")
scope.name_in_files(view)
overlap = queries.overlap(view)
if overlap.is_empty():
    st.info(
        "This needs a booth with visitors who were in sessions, and a session with a sponsor; "
        "under these filters one of them is missing."
    )
    st.stop()
st.caption(
    "Of the booth's visitors who were in any session under the filters: how many were in a session of the sponsor. "
    "A share above that of all attendees under the filters says that the booth and the sessions drew the same people."
)
with st.container(border=True):
    chart.show(
        heatmap(overlap, row="booth", column="sponsor", share="share", what="Share of the booth's visitors"),
        name="booths-and-sponsors",
        title=f"{event.name}: share of each booth's visitors who were in the sponsor's sessions",
    )
tables.show(
    overlap,
    {
        "booth": columns.name("Booth"),
        "sponsor": columns.text("Sponsor"),
        "both_count": columns.count("In both"),
        "share": bars.share(
            "Share of the visitors", "Of the booth's visitors in any session, who were in the sponsor's sessions."
        ),
        "average": columns.share(
            "Share of all attendees", "Of all attendees under the filters, who were in the sponsor's sessions."
        ),
        "visitor_count": columns.count("Visitors in any session"),
        "audience_count": columns.count("Audience of the sponsor"),
    },
    name="overlap",
    alt="Booth visitors in the sponsors' sessions",
)
