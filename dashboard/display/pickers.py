"""Widgets by which a visitor picks what a page shows. The choice stands in the link."""

from collections.abc import Iterable, Mapping

import streamlit as st


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


def one_or_all(what: str, names: Iterable[str], key: str) -> str | None:
    """Draw a list of names, and return the one that the visitor picks; None for all of them."""
    return st.selectbox(
        f"Show one {what}",
        sorted(names, key=str.casefold),
        index=None,
        key=key,
        placeholder=f"All {what}s",
        bind="query-params",
    )
