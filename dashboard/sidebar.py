"""The filters that all pages share. They live in the URL: a link shows to others what its sender sees."""

import streamlit as st

from dashboard import data
from dashboard.data import Filters, Published


def choose_filters(published: Published) -> Filters:
    """Draw the filters and return what is chosen in them."""
    names = data.event_names(published)
    with st.sidebar:
        event_ids = st.multiselect(
            "Events",
            list(names),
            # An id chosen earlier may be gone by now: Streamlit asks for its label, then drops it.
            format_func=lambda event_id: names.get(event_id, event_id),
            key="event",
            placeholder="All events",
            bind="query-params",
        )
        credit = st.radio(
            "Credit for a session with several speakers or tags",
            data.CREDITS,
            key="credit",
            captions=["each is given all of the minutes", "the minutes are divided equally"],
            bind="query-params",
        )
    return Filters(tuple(event_ids), credit)
