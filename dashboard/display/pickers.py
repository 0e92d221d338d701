"""Widgets by which a visitor picks what a page shows. The choice stands in the link."""

from collections.abc import Mapping

import streamlit as st

from dashboard import address
from dashboard.display import nothing

MAX_DIGITS = 10


def one_of(label: str, options: Mapping[str, str], key: str, meaning: str | None = None) -> str:
    """Draw the names of the options, and return the option that the visitor picks; until then, the first one.

    The option, not its name, stands in the address under `key`. One that is not among them is named, and the run ends.
    """
    now = st.query_params.get(key, next(iter(options)))
    if now not in options:
        nothing.is_not_offered(key, now)
    widget = f"one-of-{key}"
    st.session_state[widget] = now
    st.segmented_control(
        label,
        list(options),
        format_func=lambda option: options.get(option, option),
        key=widget,
        required=True,
        on_change=lambda: st.query_params.update({key: st.session_state[widget]}),
        help=meaning,
    )
    return now


def one_or_all(what: str, names: Mapping[str, str], many: str | None = None) -> str | None:
    """Draw a list of names by id, and return the id that the visitor picks; None for all of them.

    The id stands in the address. One that is not among them is named, and the run ends. `many` is the plural.
    """
    many = many or f"{what}s"
    shown = address.shown()
    if shown is not None and shown not in names:
        nothing.is_not_under_these_filters(what, shown, many)
    key = f"one-{what}"
    st.session_state[key] = shown
    st.selectbox(
        f"Show one {what}",
        sorted(names, key=lambda part_id: names[part_id].casefold()),
        index=None,
        format_func=lambda part_id: names.get(part_id, part_id),
        key=key,
        placeholder=f"All {many}",
        on_change=lambda: address.show(st.session_state[key]),
    )
    return shown


def page(row_count: int, size: int) -> int:
    """Draw a picker of pages of so many rows, where there are several, and return the page's number from 1."""
    last = max(1, -(-row_count // size))
    if last == 1:
        return 1
    wanted = st.query_params.get("page", "1")
    # Python reads no number of thousands of digits.
    now = min(max(int(wanted[:MAX_DIGITS]), 1), last) if wanted.isdecimal() else 1
    key = "page-number"
    st.session_state[key] = now
    st.number_input(
        f"Page, of {last:,}",
        min_value=1,
        max_value=last,
        key=key,
        on_change=lambda: st.query_params.update({"page": str(st.session_state[key])}),
        width=160,
        help=f"{size:,} a page, of {row_count:,} in all.",
    )
    return now
