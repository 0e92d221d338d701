"""Which filters a page obeys that counts more than attendances."""

import streamlit as st

from dashboard import address
from dashboard.data import View
from dashboard.display import about
from dashboard.queries.audience import ON_PEOPLE, with_filters_on
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


def say_nothing_is_left(what: str, view: View, needs: str, *columns: str) -> None:
    """Say why there is nothing: the filters on these columns of people, or else that the page needs other webhooks."""
    set_ones = [column for column in columns if getattr(view.filters, ON_PEOPLE[column])]
    if not set_ones:
        st.info(f"{what}. It needs webhooks for actions such as {needs}.")
        return
    st.info(f"{what} under the filters on people that are set.")
    for column in set_ones:
        st.button(f"Without the filter on {column}", key=f"without-{column}", on_click=address.put, args=(column, []))


def name_in_files(view: View) -> None:
    """Let the files of what is drawn next name the filters of this view alone."""
    about.hand_over(provenance(view))
