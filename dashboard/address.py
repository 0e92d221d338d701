"""The address of what a visitor sees. Filters and the page's one thing stand in it by id, so a link shows the same."""

from urllib.parse import urlencode

import streamlit as st

from dashboard.filters import IN_ADDRESS, Filters, NotInAddress

# The id of the one session, speaker or the like that a page shows.
SHOWN = "show"
# What the page SQL asks. Proxies take addresses of 8,000 bytes; a character takes up to nine.
_QUERY, _MAX_QUERY = "query", 800
_KEPT = "filters"


def restore(latest_event_id: str) -> None:
    """Put the filters back into the address: Streamlit empties it when the visitor goes to another page.

    Without a choice so far, it is the latest event. A value that stands there twice counts once.
    """
    if "event" not in st.query_params:
        st.query_params.update(st.session_state.get(_KEPT, {"event": [latest_event_id]}))
    for name in list(st.query_params):
        values = st.query_params.get_all(name)
        if len(set(values)) < len(values):
            st.query_params[name] = list(dict.fromkeys(values))
    st.session_state[_KEPT] = {name: st.query_params.get_all(name) for name in IN_ADDRESS if name in st.query_params}


def filters() -> Filters:
    """The filters that stand in the address; ends the run with a sentence where one can't be read."""
    try:
        _require_one_value_of_each([name for name in st.query_params if name not in IN_ADDRESS])
        return Filters.from_address({name: st.query_params.get_all(name) for name in IN_ADDRESS})
    except NotInAddress as error:
        st.error(f"This link can't be read: {error}.")
        st.button("Show the latest event", on_click=forget)
        st.stop()


def _require_one_value_of_each(names: list[str]) -> None:
    if any(len(st.query_params.get_all(name)) > 1 for name in names):
        raise NotInAddress("it gives two values for one thing")


def put(name: str, values: list[str]) -> None:
    """Set a filter to these values. A later page keeps them."""
    if values:
        st.query_params[name] = values
    else:
        st.query_params.pop(name, None)
    st.session_state[_KEPT] = st.session_state.get(_KEPT, {}) | {name: values}


def take_off(name: str) -> None:
    """Take what stands under this name out of the address of this page."""
    st.query_params.pop(name, None)


def go_to_event(event_id: str) -> None:
    """Show another event, without filters: rooms, days and people of one event are not those of another."""
    st.session_state[_KEPT] = {"event": [event_id]}
    st.query_params.from_dict({"event": [event_id]})


def forget() -> None:
    """Forget every choice."""
    st.session_state.pop(_KEPT, None)
    st.query_params.clear()


def shown() -> str | None:
    """The id of the one thing that the page shows, None for all."""
    return st.query_params.get(SHOWN)


def show(part_id: str | None) -> None:
    """Show one thing, or all again."""
    if part_id is None:
        st.query_params.pop(SHOWN, None)
    else:
        st.query_params[SHOWN] = part_id


def also_showing(part_id: str | None) -> dict[str, list[str]]:
    """The parameters of a link to another page, under the same filters, that shows this one thing there."""
    kept = {name: st.query_params.get_all(name) for name in IN_ADDRESS if name in st.query_params}
    return kept | ({} if part_id is None else {SHOWN: [part_id]})


def query() -> str:
    """The query in the address, or nothing."""
    return st.query_params.get(_QUERY, "")


def ask(sql: str) -> None:
    """Put a query into the address; one that is too long for it leaves none there."""
    if len(sql) <= _MAX_QUERY:
        st.query_params[_QUERY] = sql
    else:
        st.query_params.pop(_QUERY, None)


def link() -> str:
    """The address of the page, as the visitor's browser has it."""
    parameters = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    return f"{(st.context.url or '').split('?')[0]}?{urlencode(parameters)}"
