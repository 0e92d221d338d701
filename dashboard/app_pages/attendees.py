"""Attendees: found by name, company or job title, and grouped into segments."""

from functools import partial

import streamlit as st

from dashboard import address
from dashboard.display import chart, columns, pickers, tables
from dashboard.frame.view import current_event, current_view
from dashboard.queries import attendees as queries
from dashboard.queries.attendees import AttendeeKey
from dashboard.queries.provenance import with_provenance
from dashboard.sections import attendee

view = current_view()

st.header("Attendees")

# One attendee is named by ids in the link: a list of a hundred thousand names would be too much for the browser.
registration_id = address.shown()
if registration_id:
    st.button("Back to all attendees", on_click=address.show, args=(None,))
    attendee.show(view, AttendeeKey(current_event().event_id, registration_id))
    st.stop()

st.subheader("Find attendees")
text = st.text_input("Name, company or job title", key="search", bind="query-params")
found = queries.found(view, text)


def show_row(position: int) -> None:
    """Show the attendee of this row."""
    address.show(found["registration_id"][position])


if found.is_empty():
    st.info("No attendee under these filters has this text in the name, company or job title.")
else:
    if found.height == queries.MAX_FOUND:
        st.caption(f"The {queries.MAX_FOUND} attendees with most minutes. Search for a name to find others.")
    st.caption(
        "Choose a row to see one attendee. Minutes and sessions are those under the filters; "
        "score and rank are those of the whole event."
    )
    mail = {"email": columns.text("Mail address")} if view.settings.show_pii else {}
    tables.show(
        found,
        {
            "attendee": columns.name("Attendee"),
            "total_minutes": columns.MINUTES,
            "session_count": columns.SESSIONS,
            "engagement_score": columns.minutes("Score", attendee.FORMULA),
            "engagement_rank": columns.count("Rank"),
            "company": columns.text("Company"),
            "designation": columns.text("Job title"),
            **mail,
            "industry": columns.text("Industry"),
            "country": columns.text("Country"),
            "top_tag": columns.text("Top tag"),
            "event": columns.EVENT,
        },
        name="attendees",
        alt="Attendees by minutes",
        choose=show_row,
        whole=partial(with_provenance, partial(queries.everybody, text=text), view),
        more=columns.IDS,
    )

st.subheader("Segments")
column = pickers.one_of("Group by", columns.AUDIENCE_NAMES, key="segment")
label = columns.AUDIENCE_NAMES[column]
segments = queries.segments(view, column)
title = f"Minutes by {label.lower()}"
chart.show_ranking(segments, "name", "total_minutes", what="groups", name="segments-ranked", title=title)
tables.show(
    segments,
    {
        "name": columns.name(label),
        "total_minutes": columns.MINUTES,
        "attendee_count": columns.ATTENDEES,
        "mean_minutes_per_attendee": columns.MINUTES_PER_ATTENDEE,
        "mean_sessions_per_attendee": columns.minutes("Sessions per attendee"),
        "mean_completion": columns.COMPLETION,
    },
    name="segments",
    alt=f"Time spent, by {label.lower()}",
)
