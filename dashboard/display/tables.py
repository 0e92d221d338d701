"""A table as every page shows it: labelled, described, and with its downloads."""

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.display import exports
from dashboard.display.columns import is_share
from dashboard.display.downloads import made


def show(
    frame: pl.DataFrame,
    columns: Mapping[str, ColumnConfig],
    *,
    name: str,
    alt: str,
    choose: Callable[[int], None] | None = None,
) -> None:
    """Draw the given columns of the frame, in their order.

    Args:
        frame: the rows.
        columns: what to show; other columns stay behind, on the page as in the files.
        name: what the table holds, for the names of its files.
        alt: the table in words.
        choose: called with the position of the row that the visitor picks.
    """
    shown = frame.select(*columns)
    drawn = shown.with_columns(pl.col(column) * 100 for column, config in columns.items() if is_share(config))
    key = f"table-{name}"
    if choose is None:
        st.dataframe(drawn, hide_index=True, placeholder="—", alt=alt, column_config=dict(columns))
    else:
        st.dataframe(
            drawn,
            hide_index=True,
            placeholder="—",
            alt=alt,
            column_config=dict(columns),
            key=key,
            selection_mode="single-row",
            on_select=partial(_chosen, key, choose),
        )
    downloads(shown, name)


def downloads(frame: pl.DataFrame, name: str) -> None:
    """Buttons that make the file when they are pressed."""
    with st.container(horizontal=True):
        st.download_button(
            "CSV", made(partial(exports.as_csv, frame)), f"{name}.csv", "text/csv", key=f"csv-{name}", on_click="ignore"
        )
        st.download_button(
            "Parquet",
            made(partial(exports.as_parquet, frame)),
            f"{name}.parquet",
            "application/vnd.apache.parquet",
            key=f"parquet-{name}",
            on_click="ignore",
        )


def _chosen(key: str, choose: Callable[[int], None]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        choose(rows[0])
