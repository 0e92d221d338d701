"""The morning after: five figures, reach and hold, when people watched, what stands out, and the top sessions."""

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.charts.hours import hours_grid
from dashboard.charts.reach import reach
from dashboard.display import bars, chart, columns, detail, tables
from dashboard.display.text import plain
from dashboard.frame.view import current_event, current_view
from dashboard.queries import whole
from dashboard.sections import summary, totals

TOP = 10

detail.go()
view, event = current_view(), current_event()
figures = whole.figures(view, event)
totals.show(figures, event)

left, right = st.columns([3, 2])
with left.container(border=True, height="stretch"):
    st.header("Reach and hold: every session")
    scheduled = figures.sessions.drop_nulls("mean_completion")
    if scheduled.is_empty():
        st.info("None of these sessions has a scheduled length, so none has a completion.")
    else:
        st.caption("The larger a dot, the more hours. Choose one to open its session.")
        opens = detail.opens_by_id("sessions")
        chart.show(reach(scheduled), name="reach", title="Sessions by attendees and completion", choose=opens)
with right.container(border=True, height="stretch"):
    st.header("When people watched")
    if figures.by_hour.is_empty():
        st.info("None of these sessions has a start.")
    else:
        st.caption(f"Hours watched, by the hour in which a session starts ({event.clock}).")
        chart.show(hours_grid(figures.by_hour), name="hours", title="Hours watched, by the local hour of the start")

found = summary.findings(figures, event)
if found:
    with st.container(border=True, gap="small"):
        st.header("What stands out")
        for finding in found:
            st.page_link(
                f"app_pages/{finding.page}.py",
                label=plain(finding.text, max_length=400),
                icon=":material/arrow_forward:",
                query_params=address.also_showing(finding.show),
            )

with st.container(border=True):
    st.header("Top sessions")
    st.caption("Those with most hours. Choose a row to open its session.")
    top = figures.sessions.head(TOP).with_columns(hours=pl.col("total_minutes") / 60)
    tables.show(
        top,
        {
            "session": columns.name("Session"),
            "hours": bars.amount("Hours", top["hours"]),
            "attendee_count": columns.ATTENDEES,
            "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
            "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
            "location_name": columns.text("Room"),
            "local_starts_at": columns.local("Start"),
        },
        name="top-sessions",
        alt="The sessions with most hours",
        choose=detail.opens("sessions", top["session_id"].to_list()),
        more=columns.SESSION_ID,
    )
