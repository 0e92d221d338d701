"""Hands the view from the frame to the page of the same run."""

import streamlit as st

from dashboard.data import View


def hand_over(view: View) -> None:
    """Hand the view to the page of this run."""
    st.session_state["view"] = view


def current_view() -> View:
    """The view that the page of this run has to draw."""
    view = st.session_state["view"]
    assert isinstance(view, View)  # noqa: S101 -- session state is untyped
    return view
