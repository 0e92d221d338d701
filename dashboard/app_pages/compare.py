"""Events side by side: rates against the median of own events, stay curves, and the attendees who came back."""

import polars as pl
import streamlit as st

from dashboard.charts import events as charts
from dashboard.charts.heatmap import heatmap
from dashboard.display import chart, columns, tables
from dashboard.display.text import duration, percent, plain
from dashboard.frame.view import current_event, current_view
from dashboard.queries import comparison
from dashboard.sections import scope

# What each rate is called, its unit, and what it means.
RATES = {
    "mean_completion": ("Completion", "share", columns.COMPLETION_MEANING),
    "full_stay_rate": ("Stayed to the end", "share", columns.FULL_STAY_MEANING),
    "mean_minutes_per_attendee": ("Minutes per attendee", "minutes", "In sessions, over all attendees."),
    "show_rate": ("Show rate", "share", "Attended, of the registered. Filters on sessions do not apply to it."),
}
view, this = comparison.all_events(current_view()), current_event()
if current_view().filters.days or current_view().filters.rooms:
    st.info("Days and rooms belong to one event: these filters change nothing on this page.")
every = comparison.events(view)
is_this = pl.col("event_id") == this.event_id
# The event in the address is there, however old it is.
events = pl.concat([every.filter(~is_this).tail(comparison.MAX_EVENTS - 1), every.filter(is_this)]).sort(
    "starts_at", "event", nulls_last=False
)

st.header("Compare")
scope.name_in_files(view)
if every.height == 1:
    st.info("There is only one event under these filters, so there is nothing to compare it with.")
elif every.height > events.height:
    st.caption(f"The latest {events.height} of {every.height:,} events are drawn; medians and the table know all.")


def write(value: float | None, unit: str) -> str:
    """The figure, as people say it."""
    return "—" if value is None else (percent(value) or "—") if unit == "share" else duration(value)


def draw_rate(rate: str) -> None:
    """Draw one rate of all events, and say where this event stands."""
    label, unit, meaning = RATES[rate]
    known = events.drop_nulls(rate)
    median = comparison.own_median(every, this.event_id, rate)
    st.markdown(f"**{label}**", help=meaning)
    if known.is_empty():
        st.info("Nothing is known of it in these events.")
        return
    now = every.filter(is_this)[rate]
    said = f"{plain(this.name)}: {write(now.item() if now.len() else None, unit)}"
    st.caption(said if median is None else f"{said}. Median of own events: {write(median, unit)}.")
    drawn = known.select("event", rate, is_shown=is_this)
    slope = charts.slope(drawn, value=rate, unit=unit, median=median, what=label)
    chart.show(slope, name=f"events-{rate}", title=f"{label}, by event")


for pair in (("mean_completion", "full_stay_rate"), ("mean_minutes_per_attendee", "show_rate")):
    for place, rate in zip(st.columns(2), pair, strict=True):
        with place.container(border=True, height="stretch"):
            draw_rate(rate)

with st.container(border=True):
    st.markdown("**How long people stayed**")
    curves = comparison.stay_curves(view).join(events.select("event_id", "event"), on="event_id")
    if curves.is_empty():
        st.info("None of these sessions has a scheduled length, so it is unknown how much of them people stayed for.")
    else:
        if curves.filter(is_this).height:
            st.caption(f"{plain(this.name)} is blue{'; the others are grey' if events.height > 1 else ''}.")
        drawn = curves.select("event", "stayed", "share", is_shown=is_this)
        chart.show(charts.stay_curves(drawn), name="stay-curves", title="How long people stayed, by event")

st.subheader("All events")
tables.show(
    every.reverse(),
    {
        "event": columns.name("Event"),
        "mean_completion": columns.COMPLETION,
        "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
        "mean_minutes_per_attendee": columns.MINUTES_PER_ATTENDEE,
        "show_rate": columns.share("Show rate", RATES["show_rate"][2]),
        "attendee_count": columns.ATTENDEES,
        "session_count": columns.SESSIONS,
        "mean_sessions_per_attendee": columns.minutes("Sessions per attendee"),
        "total_minutes": columns.MINUTES,
    },
    name="compared-events",
    alt="Events, a row each",
    more={"event_id": columns.text("Event id")},
)

st.subheader("Who came back")
returning = comparison.returning(view)
if returning.is_empty():
    st.info("With one event, without starts or without actor ids, it is unknown who came back.")
    st.stop()
here = returning.filter(pl.col("later_id") == this.event_id).sort("both_count", descending=True)
if not here.is_empty():
    most = here.row(0, named=True)
    st.markdown(
        f"Of the {most['later_count']:,} attendees of {plain(most['later'])}, {most['both_count']:,} "
        f"({percent(most['share'])}) had been at {plain(most['earlier'])}."
    )
st.caption(
    "Registrations with the same actor id count as one attendee; those without one are left out. "
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
