"""Columns whose cells hold a bar beside their number: the longest bar is the largest number of the column."""

import math

import polars as pl
from streamlit.column_config import ProgressColumn
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.display.columns import DECIMAL, PERCENT, minutes

WIDTH = 130  # pixels: on a phone, a name and one bar fit beside each other


def amount(label: str, values: pl.Series, meaning: str | None = None) -> ColumnConfig:
    """Hours, or another number that is not a share: one decimal. Where none is known, dashes stand instead of bars."""
    if values.null_count() == values.len():
        return minutes(label, meaning)
    return ProgressColumn(label, width=WIDTH, help=meaning, format=DECIMAL, min_value=0, max_value=_most(values))


def count(label: str, values: pl.Series, meaning: str | None = None) -> ColumnConfig:
    """A whole number."""
    return ProgressColumn(label, width=WIDTH, help=meaning, format="%,d", min_value=0, max_value=_most(values))


def share(label: str, meaning: str | None = None) -> ColumnConfig:
    """A share from 0 to 1, shown in percent of a whole bar."""
    return ProgressColumn(label, width=WIDTH, help=meaning, format=PERCENT, min_value=0, max_value=100)


def _most(values: pl.Series) -> float:
    """The end of the bar, with one decimal: the browser keeps room for it as it is written."""
    return math.ceil(max(values.drop_nulls().to_list(), default=0) * 10) / 10 or 1
