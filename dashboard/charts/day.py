"""Bars over the time of day, coloured by completion: the agenda of one day, and the sessions of one attendee."""

import json

import altair as alt
import polars as pl

PERCENT = "format(datum.value * 100, '.0f') + '\u00a0%'"
AXIS_AND_LEGEND = 120  # their height


def hour_of_day(column: str) -> pl.Expr:
    """A time as hours since midnight: a browser would move a time to its own zone."""
    return pl.col(column).dt.hour() + pl.col(column).dt.minute() / 60


def bars_over_the_day(
    rows: pl.DataFrame, names: list[str], *, row_height: int, figure: alt.Tooltip, domain: tuple[float, float]
) -> alt.Chart:
    """A bar for each session, coloured by its completion.

    Args:
        rows: `row` (0 for the top one), `start`, `end` (both as `hour_of_day`), `session`, `when`, `completion`, and
            what `figure` shows.
        names: what is written beside each row, from top to bottom.
        row_height: in pixels.
        figure: what a tooltip says besides session, time and completion.
        domain: the least and the most completion that a colour stands for.
    """
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_bar(height=alt.RelativeBandSize(band=0.9), cornerRadius=3)
        .encode(
            x=alt.X(
                "start:Q",
                title=None,
                scale=alt.Scale(zero=False, nice=True),
                axis=alt.Axis(labelExpr="format(datum.value % 24, '02d') + ':00'", tickMinStep=1, orient="top"),
            ),
            x2=alt.X2("end:Q"),
            y=alt.Y(
                "row:O",
                title=None,
                scale=alt.Scale(domain=list(range(len(names)))),
                axis=alt.Axis(labelExpr=f"{json.dumps(names)}[datum.value]", labelLimit=150),
            ),
            color=alt.Color(
                "completion:Q",
                title="Completion",
                scale=alt.Scale(domain=list(domain)),
                legend=alt.Legend(orient="bottom", direction="horizontal", labelExpr=PERCENT, gradientLength=200),
            ),
            tooltip=[
                alt.Tooltip("session:N", title="Session"),
                alt.Tooltip("when:N", title="Scheduled"),
                figure,
                alt.Tooltip("completion:Q", title="Completion", format=".0%"),
            ],
        )
        .properties(height=row_height * max(1, len(names)) + AXIS_AND_LEGEND, width="container")
    )
    return chart
