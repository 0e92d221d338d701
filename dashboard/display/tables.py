"""A table as every page shows it: labelled, described, and with its downloads."""

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.display import about, downloads, exports, workbook
from dashboard.display import columns as formats
from dashboard.provenance import Provenance

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Source = tuple[pl.DataFrame, Provenance]


def show(  # noqa: PLR0913 -- each but the first two is optional or a name
    frame: pl.DataFrame,
    columns: Mapping[str, ColumnConfig],
    *,
    name: str,
    alt: str,
    choose: Callable[[int], None] | None = None,
    whose: str = "",
    chosen: Mapping[str, str] | None = None,
    whole: Callable[[], Source] | None = None,
    more: Mapping[str, ColumnConfig] | None = None,
) -> None:
    """Draw the given columns of the frame, in their order.

    Args:
        frame: the rows.
        columns: what to show; other columns stay behind, on the page as in the files.
        name: what the table holds, for the names of its files.
        alt: the table in words.
        choose: called with the position of the row that the visitor chooses.
        whose: the session, the speaker or the like that the table is about, for its files.
        chosen: what the visitor has chosen for this table beside the filters, by label in words, for its files.
        whole: makes the rows of the files, and says whence they are, where the page shows only some of them.
        more: columns that are in the files alone, such as ids.
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
    in_files = {**columns, **(more or {})}
    rows = frame.select(*in_files) if whole is None else frame
    files(rows, name, columns=in_files, whose=whose, chosen=chosen, whole=whole)


def _as_drawn(column: str, config: ColumnConfig) -> pl.Expr:
    match formats.number_format(config):
        case formats.PERCENT:
            return pl.col(column) * 100
        case formats.DECIMAL:
            return pl.col(column).round(1, mode="half_away_from_zero")
        case _:
            return pl.col(column)


def files(  # noqa: PLR0913 -- each but the first two is optional
    frame: pl.DataFrame,
    name: str,
    *,
    columns: Mapping[str, ColumnConfig] | None = None,
    whose: str = "",
    chosen: Mapping[str, str] | None = None,
    whole: Callable[[], Source] | None = None,
) -> None:
    """Draw the buttons that download the frame, or what `whole` makes of it; all its columns, or the given ones."""
    here = about.current().of(whose).choosing(chosen or {})

    def source() -> Source:
        rows, whence = (frame, here) if whole is None else whole()
        rows = rows.select(*columns) if columns else rows
        return _with_event(rows, whence), whence.of(whose).choosing(chosen or {})

    def csv() -> bytes:
        rows, whence = source()
        return exports.as_csv(rows, whence.time_zone)

    def parquet() -> bytes:
        return exports.as_parquet(*source())

    def xlsx() -> bytes:
        rows, whence = source()
        return workbook.as_xlsx([workbook.Sheet(name, rows, columns or {})], whence)

    with downloads.menu("Table"):
        downloads.button("Excel", xlsx, here.file_name(name, "xlsx"), XLSX)
        downloads.button("CSV", csv, here.file_name(name, "csv"), "text/csv")
        downloads.button("Parquet", parquet, here.file_name(name, "parquet"), "application/vnd.apache.parquet")


def _with_event(frame: pl.DataFrame, whence: Provenance) -> pl.DataFrame:
    """The frame with the event's name and id in each row: a row that is copied elsewhere still tells them."""
    if whence.event_id is None:
        return frame
    event = {"event": whence.event, "event_id": whence.event_id}
    return frame.with_columns(pl.lit(text).alias(column) for column, text in event.items() if column not in frame)


def _selected(key: str, choose: Callable[[int], None]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        choose(rows[0])
