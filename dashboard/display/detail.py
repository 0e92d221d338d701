"""From a row of a table to the page about what the row names."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import address

_WANTED = "wanted-page"


def opens(page: str, ids: Sequence[str]) -> Callable[[int], None]:
    """What happens when a row is chosen: `page` (a file of `app_pages`) opens with the id of the row."""

    def choose(position: int) -> None:
        st.session_state[_WANTED] = page, ids[position]

    return choose


def opens_by_id(page: str) -> Callable[[str], None]:
    """What happens when a mark of a chart is chosen: `page` opens with the id of the mark."""

    def choose(part_id: str) -> None:
        st.session_state[_WANTED] = page, part_id

    return choose


def go() -> None:
    """Open the page of the row that was chosen before this run, if there is one. The filters stay."""
    wanted = st.session_state.pop(_WANTED, None)
    if wanted:
        page, part_id = wanted
        st.switch_page(f"app_pages/{page}.py", query_params=address.also_showing(part_id))
