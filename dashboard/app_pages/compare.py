"""Events side by side, and the attendees who came back."""

import polars as pl
import streamlit as st

from dashboard.charts.heatmap import heatmap
from dashboard.charts.ranking import TOP, ranking
from dashboard.display import chart, columns, tables
from dashboard.display.text import percent, plain
from dashboard.frame.view import current_view
from dashboard.queries import comparison, overview

COLUMNS = {
    "event": columns.name("Event"),
    "attendee_count": columns.ATTENDEES,
    "total_minutes": columns.MINUTES,
    "mean_minutes_per_attendee": columns.MINUTES_PER_ATTENDEE,
    "session_count": columns.SESSIONS,
    "mean_sessions_per_attendee": columns.minutes("Sessions per attendee"),
    "mean_completion": columns.COMPLETION,
}
view = current_view()
events = overview.events(view)


def draw_by(measure: str, unit: str) -> None:
    """Draw the events by one of their measures."""
    label = str(COLUMNS[measure]["label"])
    st.subheader(label)
    known = events.drop_nulls(measure).sort(measure, "event", descending=[True, False])
    if known.is_empty():
        st.info("None of these sessions has a scheduled length.")
    else:
        bars = ranking(known, name="event", value=measure, what="events", unit=unit)
        chart.show(bars, name=f"events-{measure}", title=f"Events by {label.lower()}")


st.title("Compare events")
is_alone = events.height == 1
if is_alone:
    st.info(
        "Only one event matches the filters, so there is nothing to compare it with. "
        "If the warehouse holds more events, choose two or more in the sidebar, or none to see all of them."
    )
else:
    if events.height > TOP:
        st.caption(f"The first {TOP} of {events.height:,} events; the table has them all.")
    left, right = st.columns(2)
    with left:
        draw_by("total_minutes", "minutes")
        draw_by("mean_minutes_per_attendee", "minutes")
    with right:
        draw_by("attendee_count", "attendees")
        draw_by("mean_completion", "completion")

st.subheader("The event" if is_alone else "Side by side")
tables.show(events, COLUMNS, name="compared-events", alt="Events, a row each")

if is_alone:
    st.stop()
st.subheader("Attendees who came back")
returning = comparison.returning(view)
if returning.is_empty():
    st.info("These events have no start, or their attendees have no actor id: it is unknown who came back.")
    st.stop()
latest = returning.filter(pl.col("later") == returning["later"][-1]).row(-1, named=True)
st.markdown(
    f"Of the {latest['later_count']:,} attendees of {plain(latest['later'])}, {latest['both_count']:,} "
    f"({percent(latest['share'])}) had been at {plain(latest['earlier'])}."
)
st.caption(
    "Registrations with the same actor id count as one attendee. Those without an actor id are left out. "
    f"At most the latest {comparison.MAX_EVENTS} events are shown: each row is an event, each column a later one."
)
chart.show(
    heatmap(returning, row="earlier", column="later", share="share", what="Share of the later event's attendees"),
    name="came-back-grid",
    title="Attendees who came back: share of each later event's attendees",
)
tables.show(
    returning,
    {
        "earlier": columns.name("Earlier event"),
        "later": columns.text("Later event"),
        "both_count": columns.count("Attendees of both"),
        "later_count": columns.count("Attendees of the later"),
        "share": columns.share("Came back", "Share of the later event's attendees who had been at the earlier one."),
    },
    name="came-back",
    alt="Attendees who came back, by pair of events",
)
