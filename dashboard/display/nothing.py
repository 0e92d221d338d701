"""What a visitor sees where the filters leave nothing, or name what is not here."""

from dataclasses import replace
from typing import NoReturn

import streamlit as st

from dashboard import address
from dashboard.data import View
from dashboard.display.text import count, plain
from dashboard.filters import IN_ADDRESS, Filters


def is_not_here(name: str, part_id: str) -> NoReturn:
    """Say that the link names something that is not here, and end the run: nothing else is shown in its place."""
    st.error(f"The {name} that this link is about is not here: {plain(part_id)}")
    if name in IN_ADDRESS and name != "event":
        st.button("Take it off", on_click=address.put, args=(name, []))
    st.button("Show the latest event", on_click=address.forget)
    st.stop()


def is_not_offered(name: str, value: str) -> NoReturn:
    """Say that the page has no such segment, group or the like, and end the run."""
    st.error(f"The {name} that this link asks for is not on this page: {plain(value)}")
    st.button("Take it off", on_click=address.take_off, args=(name,))
    st.stop()


def is_not_under_these_filters(what: str, part_id: str, many: str) -> NoReturn:
    """Say that the one thing that the link shows is not among those under the filters, and end the run."""
    st.error(f"This link shows a {what} that is not in this event, or not under these filters: {plain(part_id)}")
    st.button(f"Show all {many}", on_click=address.show, args=(None,))
    st.stop()


def nobody_spent_time_yet(registered_count: int) -> NoReturn:
    """Say that the event has no figures of attendances so far, and where those of registrations are. End the run."""
    st.info(f"Nobody has spent time in this event yet. Registered so far: {registered_count:,}.")
    st.page_link(
        "app_pages/funnel.py",
        label="Show the funnel",
        icon=":material/arrow_forward:",
        query_params=address.also_showing(None),
    )
    st.stop()


def is_left(view: View) -> NoReturn:
    """Say which filter to take off so that something is left, and end the run."""
    st.info("No attendance matches these filters.")
    for name, field in IN_ADDRESS.items():
        if name not in ("event", "credit") and getattr(view.filters, field):
            without = replace(view.filters, **{field: getattr(Filters(), field)})
            left = attendance_count(view._replace(filters=without))
            if left:
                st.button(
                    f"Without the filter on {name}: {count(left, 'attendance')}", on_click=address.put, args=(name, [])
                )
    st.stop()


def attendance_count(view: View) -> int:
    """How many attendances the filters let in."""
    return int(view.rows("SELECT count(*) FROM attendances").item())
