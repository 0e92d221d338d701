"""Events side by side, and the people who came back."""

import polars as pl
import streamlit as st

from dashboard.charts.heatmap import heatmap
from dashboard.charts.ranking import TOP, ranking
from dashboard.display import chart, columns, tables
from dashboard.display.text import plain
from dashboard.frame import view
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
# Those that have a chart, two by two, and what their figures count.
UNITS = (
    {"total_minutes": "minutes", "attendee_count": "attendees"},
    {"mean_minutes_per_attendee": "minutes", "mean_completion": "completion"},
)

published, filters, _ = view.current()
events = overview.events(published, filters)

st.title("Compare events")
is_alone = events.height == 1
if is_alone:
    st.info(
        "There is one event in these filters, so nothing to compare it with. "
        "Where the warehouse holds more, choose two or more in the sidebar, or none for all of them."
    )
else:
    if events.height > TOP:
        st.caption(f"The first {TOP} of {events.height:,} events; the table has them all.")
    for row in UNITS:
        for place, (measure, unit) in zip(st.columns(2), row.items(), strict=True):
            label = str(COLUMNS[measure]["label"])
            with place:
                st.subheader(label)
                known = events.drop_nulls(measure).sort(measure, "event", descending=[True, False])
                if known.is_empty():
                    st.info("None of these sessions has a scheduled length.")
                else:
                    bars = ranking(known, name="event", value=measure, what="events", unit=unit)
                    chart.show(bars, name=f"events-{measure}", title=f"Events by {label.lower()}")

st.subheader("The event" if is_alone else "Side by side")
tables.show(
    events,
    COLUMNS,
    name="compared-events",
    alt="Events, a row each",
)

if is_alone:
    st.stop()
st.subheader("Who came back")
returning = comparison.returning(published, filters)
if returning.is_empty():
    st.info("It can't be said who came back: these events have no start, or their attendees no id of a person.")
    st.stop()
latest = returning.filter(pl.col("later") == returning["later"][-1]).row(-1, named=True)
st.markdown(
    f"Of the {latest['later_count']:,} people at {plain(latest['later'])}, {latest['both_count']:,} "
    f"({latest['share']:.1%}) had been at {plain(latest['earlier'])}."
)
st.caption(
    "A person is known by Zuddl's id of who acted, which several registrations may share; attendances without one are "
    f"left out. The latest {comparison.MAX_EVENTS} events at most. Each row is an event, each column a later one."
)
chart.show(
    heatmap(returning, row="earlier", column="later", share="share", what="Part of the later event's people"),
    name="came-back-grid",
    title="Who came back: part of each later event's people",
)
tables.show(
    returning,
    {
        "earlier": columns.name("Earlier event"),
        "later": columns.text("Later event"),
        "both_count": columns.count("People at both"),
        "later_count": columns.count("People at the later"),
        "share": columns.share("Came back", "People at both, of those at the later event."),
    },
    name="came-back",
    alt="People who came back, by pair of events",
)
