"""What the frame hands to the page that it runs."""

from typing import NamedTuple

import streamlit as st

from dashboard.data import Published
from dashboard.filters import Filters
from dashboard.settings import DashboardSettings


class View(NamedTuple):
    """What is being drawn: which generation of the warehouse, under which filters, and what may be seen."""

    published: Published
    filters: Filters
    settings: DashboardSettings


def show(view: View) -> None:
    """Hand the view to this run's page."""
    st.session_state["view"] = view


def current() -> View:
    """The view that this run's page is to draw."""
    view = st.session_state["view"]
    assert isinstance(view, View)  # noqa: S101 -- session state is untyped
    return view
