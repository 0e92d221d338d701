"""The agenda of each day: rooms by local time, coloured by how long people stayed."""

from datetime import date

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.charts.agenda import agenda
from dashboard.display import bars, chart, columns, detail, nothing, tables
from dashboard.display.text import count
from dashboard.frame.view import current_event, current_view
from dashboard.queries.sessions import sessions

detail.go()
view, event = current_view(), current_event()
st.header("Agenda")
held = sessions(view)
placed = held.filter(pl.col("local_ends_at") > pl.col("local_starts_at"))
if placed.is_empty():
    st.info("None of these sessions has a start and an end after it, so there is no agenda.")
    st.stop()
if placed.height < held.height:
    without = held.height - placed.height
    are = "is" if without == 1 else "are"
    st.caption(f"{count(without, 'session')} without a start, or without an end after it, {are} not in the agenda.")

days = {str(day): day for day in placed["local_starts_at"].dt.date().unique().sort()}
shown = address.shown() or next(iter(days))
if shown not in days:
    nothing.is_not_under_these_filters("day", shown, "days")


def write(day: str) -> str:
    """The day as people write it."""
    return f"{date.fromisoformat(day):%a} {days[day].day} {days[day]:%b}"


st.session_state["agenda-day"] = shown
st.segmented_control(
    "Day",
    list(days),
    format_func=write,
    key="agenda-day",
    required=True,
    on_change=lambda: address.show(st.session_state["agenda-day"]),
    label_visibility="collapsed",
)
of_day = placed.filter(pl.col("local_starts_at").dt.date() == days[shown]).sort("local_starts_at", "location_name")
completions = placed["mean_completion"].drop_nulls().to_list()
domain = (min(completions), max(completions)) if completions else (0.0, 1.0)
with st.container(border=True, key="agenda"):
    st.caption(
        f"Local times ({event.clock}). Below a title: completion and attendees. Choose a bar to open its session."
    )
    opens = detail.opens_by_id("sessions")
    chart.show(agenda(of_day, domain), name=f"agenda-{shown}", title=f"Agenda of {write(shown)}", choose=opens)

st.subheader("Sessions of this day")
tables.show(
    of_day,
    {
        "session": columns.name("Session"),
        "local_starts_at": columns.local("Start"),
        "local_ends_at": columns.local("End"),
        "location_name": columns.text("Room"),
        "attendee_count": bars.count("Attendees", of_day["attendee_count"]),
        "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
    },
    name="agenda",
    chosen={"On": shown},
    alt=f"Sessions of {write(shown)}",
    choose=detail.opens("sessions", of_day["session_id"].to_list()),
    more=columns.SESSION_ID,
)
