"""Which filters a page obeys that counts more than attendances."""

import streamlit as st

from dashboard.data import View
from dashboard.queries.audience import has_other_filters


def say(view: View, counted: str, *columns: str) -> None:
    """Say that the page counts all of this, and that of the filters only those on these columns of people apply."""
    applying = " and ".join(filter(None, [", ".join(columns[:-1]), columns[-1]]))
    text = f"This page counts {counted}. Only filters on {applying} apply here."
    if has_other_filters(view, *columns):
        st.info(f"{text} The others are set, but change nothing on this page.")
    else:
        st.caption(text)
