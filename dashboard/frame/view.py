"""What the frame hands to the page."""

from typing import NamedTuple

import streamlit as st

from dashboard.data import Published
from dashboard.filters import Filters
from dashboard.settings import DashboardSettings


class View(NamedTuple):
    """The generation of the warehouse to draw, the filters, and the settings."""

    published: Published
    filters: Filters
    settings: DashboardSettings


def show(view: View) -> None:
    """Hand the view to the page of this run."""
    st.session_state["view"] = view


def current() -> View:
    """The view that the page of this run has to draw."""
    view = st.session_state["view"]
    assert isinstance(view, View)  # noqa: S101 -- session state is untyped
    return view
