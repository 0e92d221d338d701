"""How much time was spent, in all events that the filters let in.

There is no table here: on a first visit, the code for tables would take the browser half a second longer to load.
"""

import streamlit as st

from dashboard.charts.hours import hours_over_the_day
from dashboard.charts.ranking import ranking
from dashboard.display import chart
from dashboard.display.text import plain
from dashboard.frame.view import current_event, current_view
from dashboard.queries import overview, whole
from dashboard.sections import summary, totals

TOP = 5

view = current_view()
figures = whole.figures(view)
event = current_event()
before = overview.totals(overview.of_event(view, event.previous_id)) if event.previous_id else {}

totals.show(figures.totals, before)
if event.previous_name and before["attendance_count"]:
    st.caption(f"Change since {plain(event.previous_name)}, the organisation's previous event, under the same filters.")

st.subheader("In short")
said = summary.sentences(figures)
st.markdown("\n".join(f"- {plain(sentence, max_length=400)}" for sentence in said))

st.subheader("Hours over the day, by location")
if figures.over_day.is_empty():
    st.info("None of these sessions has a start, so there is no chart of the day.")
else:
    st.caption("All the time of a session counts for the hour in which it starts.")
    chart.show(hours_over_the_day(figures.over_day), name="hours", title="Hours over the day, by location")

credit = f"Minutes spent, in {view.filters.credit} credit"
tops = (
    ("sessions", "Minutes spent", figures.sessions, "session", "total_minutes"),
    ("speakers", credit, figures.speakers, "name", "minutes"),
    ("tags", credit, figures.tags, "name", "minutes"),
)
for place, (what, caption, frame, name, value) in zip(st.columns(3), tops, strict=True):
    with place:
        st.subheader(f"Top {what}")
        st.caption(caption)
        bars = ranking(frame, name=name, value=value, what=what, top=TOP)
        chart.show(bars, name=f"top-{what}", title=f"Top {what}, by minutes")
