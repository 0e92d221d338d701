"""Widgets by which a visitor picks what a page shows. The choice stands in the link."""

from collections.abc import Mapping

import streamlit as st

from dashboard import address
from dashboard.display import nothing


def one_of(label: str, options: Mapping[str, str], key: str) -> str:
    """Draw the names of the options, and return the option that the visitor picks; until then, the first one."""
    return st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        default=next(iter(options)),
        key=key,
        required=True,
        bind="query-params",
    )


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
