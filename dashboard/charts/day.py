"""What charts over the time of day share: hours as numbers, their axis, and completion as a colour."""

import altair as alt
import polars as pl

from dashboard.charts.colours import AMOUNTS

AXIS_AND_LEGEND = 150  # their height


def hour_of_day(column: str) -> pl.Expr:
    """A time (UTC) as hours since midnight: a browser would move a time to its own zone."""
    return pl.col(column).dt.hour() + pl.col(column).dt.minute() / 60


def time_axis(field: str) -> alt.X:
    """The time of day from left to right."""
    return alt.X(
        f"{field}:Q",
        title="Time of day (UTC)",
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(labelExpr="format(datum.value % 24, '02d') + ':00'", tickMinStep=1, format="d"),
    )


def completion_colour(field: str) -> alt.Color:
    """The brighter, the higher the completion."""
    return alt.Color(
        f"{field}:Q",
        title="Completion",
        scale=alt.Scale(scheme=AMOUNTS, domain=[0, 1]),
        legend=alt.Legend(orient="bottom", format=".0%", gradientLength=200),
    )
