"""A table as every page shows it: labelled, described, and with its downloads."""

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.display import columns as formats
from dashboard.display import downloads, exports


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
        choose: called with the position of the row that the visitor chooses.
    """
    shown = frame.select(*columns)
    drawn = shown.with_columns(_as_drawn(column, config) for column, config in columns.items())
    key = f"table-{name}"
    st.dataframe(
        drawn,
        hide_index=True,
        placeholder="—",
        alt=alt,
        column_config=dict(columns),
        key=key,
        selection_mode="single-row",
        on_select="ignore" if choose is None else partial(_selected, key, choose),
    )
    files(shown, name)


def _as_drawn(column: str, config: ColumnConfig) -> pl.Expr:
    match formats.number_format(config):
        case formats.PERCENT:
            return pl.col(column) * 100
        case formats.DECIMAL:
            return pl.col(column).round(1, mode="half_away_from_zero")
        case _:
            return pl.col(column)


def files(frame: pl.DataFrame, name: str) -> None:
    """Draw the buttons that download the frame."""
    with st.container(horizontal=True):
        downloads.button("CSV", partial(exports.as_csv, frame), f"{name}.csv", "text/csv")
        parquet = partial(exports.as_parquet, frame)
        downloads.button("Parquet", parquet, f"{name}.parquet", "application/vnd.apache.parquet")


def _selected(key: str, choose: Callable[[int], None]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        choose(rows[0])
