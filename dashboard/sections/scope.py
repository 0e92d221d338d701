"""Which filters a page obeys that counts more than attendances."""

import streamlit as st

from dashboard.data import View
from dashboard.display import about
from dashboard.queries.audience import with_filters_on
from dashboard.queries.provenance import provenance


def say(view: View, counted: str, *columns: str) -> None:
    """Say that the page counts all of this, and that of the filters only those on these columns of people apply."""
    applying = " and ".join(filter(None, [", ".join(columns[:-1]), columns[-1]]))
    text = f"This page counts {counted}. Only filters on {applying} apply here."
    if with_filters_on(view, *columns) != view:
        st.info(f"{text} The others are set, but change nothing on this page.")
    else:
        st.caption(text)
    name_in_files(with_filters_on(view, *columns))


def name_in_files(view: View) -> None:
    """Let the files of what is drawn next name the filters of this view alone."""
    about.hand_over(provenance(view))
