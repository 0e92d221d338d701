"""The bar above every page: the event, the filters, and a chip for each one that is set."""

import streamlit as st

from dashboard import address
from dashboard.display.text import plain
from dashboard.filters import CREDITS, IN_ADDRESS, MAX_MINUTES

LABELS = {
    "day": "Days",
    "room": "Rooms",
    "tag": "Tags",
    "speaker": "Speakers",
    "sponsor": "Sponsors",
    "company": "Companies",
    "industry": "Industries",
    "country": "Countries",
}
CREDIT_MEANING = {"full": "each gets all of the minutes", "split": "the minutes are divided equally"}
NOT_SET = (("credit", "full"), ("minutes", "0"))
MAX_CHIP = 40  # characters
MAX_CHIPS = 5  # of one filter: a pasted list of companies would fill the page


def choose_event(events: dict[str, str], event_id: str) -> None:
    """Draw the list of events. A choice stands in the address by its id."""
    key = "event"
    st.session_state[key] = event_id
    st.selectbox(
        "Event",
        list(events),
        format_func=lambda option: events.get(option, option),
        key=key,
        on_change=lambda: address.go_to_event(st.session_state[key]),
        label_visibility="collapsed",
    )


def choose_filters(offered: dict[str, dict[str, str]]) -> None:
    """Draw the filters behind one button."""
    with st.popover("Filters", icon=":material/filter_list:", width="stretch"):
        for name, label in LABELS.items():
            _several(label, name, offered[name])
        _minutes()
        _credit()


def show_chips(offered: dict[str, dict[str, str]]) -> None:
    """Draw each value that is set as a button that takes it off, and one that takes off all."""
    set_values = [
        (name, value)
        for name in IN_ADDRESS
        if name != "event"
        for value in st.query_params.get_all(name)
        if (name, value) not in NOT_SET
    ]
    if not set_values:
        return
    many = {name for name in IN_ADDRESS if len(st.query_params.get_all(name)) > MAX_CHIPS}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name in many:
            st.button(
                f"{LABELS.get(name, name)}: {len(st.query_params.get_all(name)):,} ✕",
                key=f"chip-{name}",
                help="Take this filter off",
                on_click=address.put,
                args=(name, []),
            )
        for name, value in set_values:
            if name in many:
                continue
            st.button(
                f"{_says(name, offered.get(name, {}).get(value, value))} ✕",
                key=f"chip-{name}-{value}",
                help="Take this filter off",
                on_click=_take_off,
                args=(name, value),
            )
        st.button("Reset", type="tertiary", on_click=address.go_to_event, args=(st.query_params["event"],))


def _says(name: str, value: str) -> str:
    match name:
        case "minutes":
            return f"At least {value} min"
        case "credit":
            return "Split credit"
        case _:
            return f"{name.capitalize()}: {plain(value, MAX_CHIP)}"


def _take_off(name: str, value: str) -> None:
    address.put(name, [other for other in st.query_params.get_all(name) if other != value])


def _several(label: str, name: str, options: dict[str, str]) -> None:
    key = f"filter-{name}"
    st.session_state[key] = [value for value in st.query_params.get_all(name) if value in options]
    st.multiselect(
        label,
        list(options),
        format_func=lambda option: options.get(option, option),
        key=key,
        on_change=lambda: address.put(name, st.session_state[key]),
        placeholder="All",
    )


def _minutes() -> None:
    key = "filter-minutes"
    st.session_state[key] = address.filters().min_minutes
    st.number_input(
        "Minutes, at least",
        min_value=0,
        max_value=MAX_MINUTES,
        key=key,
        help="Shorter attendances are left out.",
        on_change=lambda: address.put("minutes", [str(st.session_state[key])] if st.session_state[key] else []),
    )


def _credit() -> None:
    key = "filter-credit"
    st.session_state[key] = address.filters().credit
    st.radio(
        "Credit for a session with several speakers, tags or sponsors",
        CREDITS,
        key=key,
        captions=[CREDIT_MEANING[credit] for credit in CREDITS],
        on_change=lambda: address.put("credit", [st.session_state[key]] if st.session_state[key] == "split" else []),
    )
