"""Bars over the time of day, coloured by completion: the agenda of an event, and the sessions of one attendee."""

import altair as alt
import polars as pl

from dashboard.charts.colours import AMOUNTS

AXIS_AND_LEGEND = 150  # their height


def hour_of_day(column: str) -> pl.Expr:
    """A time as hours since midnight: a browser would move a time to its own zone."""
    return pl.col(column).dt.hour() + pl.col(column).dt.minute() / 60


def bars_over_the_day(
    rows: pl.DataFrame, order: list[str], *, row_height: int, figure: alt.Tooltip, description: str
) -> alt.Chart:
    """A bar for each session; the brighter, the higher its completion.

    Args:
        rows: `row`, `start`, `end` (both as `hour_of_day`), `session`, `when`, `completion`, and what `figure` shows.
        order: each `row`, from top to bottom.
        row_height: in pixels.
        figure: what a tooltip says besides session, time and completion.
        description: the chart in words.
    """
    height = row_height * max(1, len(order)) + AXIS_AND_LEGEND
    base = alt.Chart(rows, height=height, width="container", description=description)
    chart: alt.Chart = base.mark_bar(
        height=alt.RelativeBandSize(band=0.85), cornerRadius=3, stroke="white", strokeWidth=1
    ).encode(
        x=alt.X(
            "start:Q",
            title="Time of day",
            scale=alt.Scale(zero=False, nice=True),
            axis=alt.Axis(labelExpr="format(datum.value % 24, '02d') + ':00'", tickMinStep=1, format="d"),
        ),
        x2=alt.X2("end:Q"),
        y=alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=150)),
        color=alt.Color(
            "completion:Q",
            title="Completion",
            scale=alt.Scale(scheme=AMOUNTS, domain=[0, 1]),
            legend=alt.Legend(orient="bottom", format=".0%", gradientLength=200, values=[0, 0.25, 0.5, 0.75, 1]),
        ),
        tooltip=[
            alt.Tooltip("session:N", title="Session"),
            alt.Tooltip("when:N", title="Scheduled"),
            figure,
            alt.Tooltip("completion:Q", title="Completion", format=".1%"),
        ],
    )
    return chart
