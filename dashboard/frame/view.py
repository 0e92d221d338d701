"""Hands the page of the same run what it shows."""

import streamlit as st

from dashboard.data import View
from dashboard.display import about
from dashboard.queries.event import Event
from dashboard.queries.provenance import provenance


def hand_over(view: View, event: Event | None = None) -> None:
    """Hand the view, and the event that the page is about, to the page of this run and to its files."""
    st.session_state["view"], st.session_state["shown_event"] = view, event
    about.hand_over(provenance(view))


def current_view() -> View:
    """The view that the page of this run has to draw."""
    view = st.session_state["view"]
    assert isinstance(view, View)  # noqa: S101 -- session state is untyped
    return view


def current_event() -> Event:
    """The event that the page of this run is about."""
    event = st.session_state["shown_event"]
    assert isinstance(event, Event)  # noqa: S101 -- session state is untyped
    return event
