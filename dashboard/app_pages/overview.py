"""How much time the chosen events drew, as a whole.

There is no table here: on a first visit, the code for tables would take the browser half a second longer to load.
"""

from functools import partial

import streamlit as st

from dashboard.charts.hours import hours_over_the_day
from dashboard.charts.ranking import ranking
from dashboard.display import chart, downloads
from dashboard.display.text import plain
from dashboard.frame import view
from dashboard.queries import overview, whole
from dashboard.sections import report, summary, totals

TOP = 5

published, filters, _ = view.current()
figures = whole.figures(published, filters)
previous = overview.previous_event(published, figures.events["event_id"][0]) if figures.events.height == 1 else None
before = overview.totals(published, overview.of_event(filters, previous["event_id"])) if previous else {}

st.title("Overview")
totals.show(figures.totals, before)
if previous and before["attendance_count"]:
    st.caption(f"Change since {plain(previous['event'])}, the organisation's previous event, under the same filters.")
if figures.events.height > 1:
    st.caption(
        "Attendees are counted once per event: an attendee of two events counts twice. "
        "Choose one event to see the change since the previous one. Compare events shows events side by side."
    )

st.subheader("In short")
said = summary.sentences(figures)
st.markdown("\n".join(f"- {plain(sentence, max_length=400)}" for sentence in said))

st.subheader("Hours over the day, by location")
if figures.over_day.is_empty():
    st.info("None of these sessions has a start, so there is no chart of the day.")
else:
    st.caption("All the time of a session counts for the hour in which it starts.")
    chart.show(hours_over_the_day(figures.over_day), name="hours", title="Hours over the day (UTC), by location")

left, middle, right = st.columns(3)
with left:
    st.subheader("Top sessions")
    st.caption("Minutes spent")
    bars = ranking(figures.sessions, name="session", value="total_minutes", what="sessions", top=TOP)
    chart.show(bars, name="top-sessions", title="Top sessions, by minutes")
with middle:
    st.subheader("Top speakers")
    st.caption(f"Minutes spent, in {filters.credit} credit")
    bars = ranking(figures.speakers, name="name", value="minutes", what="speakers", top=TOP)
    chart.show(bars, name="top-speakers", title="Top speakers, by minutes")
with right:
    st.subheader("Top tags")
    st.caption(f"Minutes spent, in {filters.credit} credit")
    bars = ranking(figures.tags, name="name", value="minutes", what="tags", top=TOP)
    chart.show(bars, name="top-tags", title="Top tags, by minutes")

st.subheader("Report")
st.caption("The figures, sentences and rankings above on one page, to print or to send.")
downloads.button(
    "Download the report", partial(report.latest, published.warehouse, filters), "report.html", "text/html"
)
