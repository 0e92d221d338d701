"""How much time the chosen events drew, as a whole.

There is no table here: a browser that comes for the first time would wait half a second longer for the table's code.
"""

from functools import partial

import streamlit as st

from dashboard.charts.hours import hours_over_the_day
from dashboard.charts.ranking import ranking
from dashboard.display import chart, columns
from dashboard.display.downloads import made
from dashboard.display.text import hours, percent, plain
from dashboard.frame import view
from dashboard.queries import overview, whole
from dashboard.sections import report, summary

TOP = 5

published, filters, _ = view.current()
totals, events, sessions, speakers, tags, over_day = whole.figures(published, filters)
previous = overview.previous_event(published, events["event_id"][0]) if events.height == 1 else None
before = overview.totals(published, overview.of_event(filters, previous[0])) if previous else {}
if not before.get("attendance_count"):
    before = {}

st.title("Overview")

# Label, figure, the same figure of the event before, how it is written, what it means.
measures = (
    ("Attendees", "attendee_count", "{:,}", None),
    ("Hours", "total_minutes", "hours", "Time spent in sessions."),
    ("Minutes per attendee", "mean_minutes_per_attendee", "{:,.1f}", None),
    ("Sessions", "session_count", "{:,}", None),
    ("Completion", "mean_completion", "percent", columns.COMPLETION_MEANING),
)
with st.container(horizontal=True):
    for label, field, written, meaning in measures:
        now, then = totals[field], before.get(field)
        figure: str | None
        match written:
            case "hours":
                figure = hours(now)
            case "percent":
                figure = percent(now)
            case _:
                figure = written.format(now)
        change = None
        if now is not None and then:
            # A share changes by percentage points, an amount by a part of itself.
            change = f"{100 * (now - then):+.1f} points" if written == "percent" else f"{now / then - 1:+.1%}"
        is_same = change is not None and change[1:4] == "0.0"
        st.metric(
            label,
            figure,
            change,
            delta_color="off" if is_same else "normal",
            delta_arrow="off" if is_same else "auto",
            border=True,
            help=meaning,
        )
if before and previous:
    st.caption(f"The change is against {plain(previous[1])}, the organisation's event before, under the same filters.")
elif events.height > 1:
    st.caption(
        "Attendees are counted once per event: whoever came to two events counts twice. "
        "Choose one event to see the change against the one before; Compare events has them side by side."
    )

st.subheader("In short")
said = summary.sentences(totals, sessions, speakers, tags, over_day)
st.markdown("\n".join(f"- {plain(sentence, max_length=400)}" for sentence in said))

st.subheader("Hours over the day, by location")
if over_day.is_empty():
    st.info("None of these sessions has a start, so nothing can be placed in the day.")
else:
    st.caption("All the time of a session counts for the hour in which it starts.")
    chart.show(hours_over_the_day(over_day), name="hours", title="Hours over the day (UTC), by location")

for place, title, frame, column, what in zip(
    st.columns(3),
    ("Top sessions", "Top speakers", "Top tags"),
    (sessions, speakers, tags),
    (("session", "total_minutes"), ("name", "minutes"), ("name", "minutes")),
    ("sessions", "speakers", "tags"),
    strict=True,
):
    with place:
        st.subheader(title)
        st.caption("Minutes spent" if what == "sessions" else f"Minutes spent, in {filters.credit} credit")
        bars = ranking(frame, name=column[0], value=column[1], what=what, top=TOP)
        chart.show(bars, name=f"top-{what}", title=f"{title}, by minutes")

st.subheader("Report")
st.caption("One page to print or to send: the figures, sentences and rankings above.")
st.download_button(
    "Download the report",
    made(partial(report.latest, published.warehouse, filters)),
    "report.html",
    "text/html",
    on_click="ignore",
)
