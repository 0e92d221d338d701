"""Attendees: the whole list by pages, found by text and segment; groups of them; and one attendee."""

from functools import partial

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.display import bars, columns, detail, pickers, tables
from dashboard.display.text import percent
from dashboard.frame.view import current_event, current_view
from dashboard.queries import attendees as queries
from dashboard.queries.attendees import AttendeeKey
from dashboard.queries.provenance import with_provenance
from dashboard.sections import attendee

SEGMENTS = {
    "all": "Everybody",
    "stayed": f"Stayed over {percent(queries.STAYED)}",
    "sessions": f"{queries.MANY_SESSIONS} sessions and more",
    "first": "First-timers",
    "returning": "Returning",
}
SEGMENTS_MEANING = (
    f"Stayed over {percent(queries.STAYED)}: the mean completion of their sessions. Sessions are those under the "
    "filters. Returning: they have time in a session of an earlier event, whatever the filters; the actor id tells. "
    "First-timers: all others."
)
view = current_view()

st.header("Attendees")
detail.go()

# One attendee is named by ids in the link: a list of a hundred thousand names would be too much for the browser.
registration_id = address.shown()
if registration_id:
    st.button("Back to all attendees", on_click=address.show, args=(None,))
    event = current_event()
    attendee.show(view, AttendeeKey(event.event_id, registration_id), event.clock)
    st.stop()

text = st.text_input("Name, company or job title", key="search", bind="query-params")
sizes = queries.segment_sizes(view, text)
labels = {segment: f"{label} ({sizes[segment]:,})" for segment, label in SEGMENTS.items()}
segment = pickers.one_of("Segment", labels, key="segment", meaning=SEGMENTS_MEANING)
page = pickers.page(sizes[segment], queries.PAGE_SIZE)
found = queries.found(view, text, segment, page)
if found.is_empty():
    st.info("No attendee under these filters is in this segment with this text in the name, company or job title.")
else:
    st.caption(
        "Choose a row to see one attendee. Hours, sessions and completion are those under the filters; "
        "score and rank are those of the whole event."
    )
    ids = found["registration_id"].to_list()
    table = found.with_columns(hours=pl.col("total_minutes") / 60)
    mail = {"email": columns.text("Mail address")} if view.settings.show_pii else {}
    tables.show(
        table,
        {
            "attendee": columns.name("Attendee"),
            "hours": bars.amount("Hours", table["hours"]),
            "session_count": columns.SESSIONS,
            "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
            "company": columns.text("Company"),
            "designation": columns.text("Job title"),
            **mail,
            "industry": columns.text("Industry"),
            "country": columns.text("Country"),
            "top_tag": columns.text("Top tag"),
            "engagement_rank": columns.RANK,
            "engagement_score": columns.minutes("Score", attendee.FORMULA),
        },
        name="attendees",
        alt="Attendees by hours",
        choose=lambda position: address.show(ids[position]),
        chosen={"Segment": SEGMENTS[segment] if segment != "all" else "", "Search": text.strip()},
        whole=partial(with_provenance, partial(queries.everybody, text=text, segment=segment), view),
        more=columns.IDS,
    )

st.subheader("Groups")
column = pickers.one_of("Group by", columns.AUDIENCE_NAMES, key="group")
label = columns.AUDIENCE_NAMES[column]
groups = queries.segments(view, column).with_columns(hours=pl.col("total_minutes") / 60)
tables.show(
    groups,
    {
        "name": columns.name(label),
        "hours": bars.amount("Hours", groups["hours"]),
        "attendee_count": bars.count("Attendees", groups["attendee_count"]),
        "mean_minutes_per_attendee": columns.MINUTES_PER_ATTENDEE,
        "mean_sessions_per_attendee": columns.minutes("Sessions per attendee"),
        "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
    },
    name="segments",
    chosen={"By": label},
    alt=f"Time spent, by {label.lower()}",
)
