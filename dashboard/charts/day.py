"""The time of day and the completion, as charts write them."""

import altair as alt
import polars as pl

PERCENT = "format(datum.value * 100, '.0f') + '\u00a0%'"
HOUR = "format(datum.value % 24, '02d') + ':00'"
COMPLETION_LEGEND = alt.Legend(orient="bottom", direction="horizontal", labelExpr=PERCENT, gradientLength=200)


def hour_of_day(column: str) -> pl.Expr:
    """A time as hours since midnight: a browser would move a time to its own zone."""
    return pl.col(column).dt.hour() + pl.col(column).dt.minute() / 60
