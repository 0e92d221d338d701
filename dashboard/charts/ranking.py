"""Horizontal bars, one per session, speaker, tag or group, each with its name and its figure."""

from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE

TOP = 20
ROW_HEIGHT, BAR_HEIGHT = 42, 12
VALUE_WIDTH = 90
FORMATS = {"figures": ",.2~f", "minutes": ",.1~f", "attendees": ",d", "completion": ".1%", "share of attendees": ".1%"}


def ranking(  # noqa: PLR0913 -- each names one part of the chart
    frame: pl.DataFrame, *, name: str, value: str, what: str, unit: str = "minutes", top: int = TOP
) -> alt.LayerChart:
    """Horizontal bars, in the frame's order, at most `top` of them.

    Args:
        frame: one row per bar, the largest first.
        name: the column that names a bar; names may repeat.
        value: the column with its figure.
        what: what the bars are, in the plural, for a screen reader.
        unit: what the figures count: minutes or attendees, or a share from 0 to 1.
        top: how many bars at most.
    """
    number_format = FORMATS[unit]
    # Rows are told apart by position, not by name: two sessions called "Welcome" are two bars, not a sum.
    bars = frame.head(top).select(name=name, value=value, position=pl.int_range(pl.len()))
    base = alt.Chart(bars).encode(
        y=alt.Y("position:O", axis=None),
        tooltip=[
            alt.Tooltip("name:N", title="Name"),
            alt.Tooltip("value:Q", title=unit.capitalize(), format=number_format),
        ],
    )
    # A screen reader speaks this once a row; the row's two texts stay silent.
    spoken = f"datum.name + ': ' + format(datum.value, '{number_format}') + ' {unit}'"
    bar = base.transform_calculate(spoken=spoken).mark_bar(
        height=BAR_HEIGHT, yOffset=ROW_HEIGHT / 5, color=BLUE, cornerRadiusEnd=2
    )
    # A name stands above its bar: on a phone, a long name beside it would leave no room for the bar.
    # Vega's text marks ignore the light or dark theme, so they take the page's text colour.
    look: dict[str, Any] = {"dy": -8, "fontSize": 13, "color": "currentColor", "aria": False}
    left = base.mark_text(x=0, align="left", limit=alt.ExprRef(f"width - {VALUE_WIDTH}"), **look)
    right = base.mark_text(x="width", align="right", **look)
    return alt.LayerChart(
        layer=[
            bar.encode(
                x=alt.X("value:Q", axis=None, scale=alt.Scale(zero=True, nice=False)),
                description=alt.Description("spoken:N"),
            ),
            left.encode(text=alt.Text("name:N")),
            right.encode(text=alt.Text("value:Q", format=number_format)),
        ],
        height=ROW_HEIGHT * bars.height,
        width="container",
        description=f"Bar chart of {unit}: the first {bars.height} of {frame.height} {what}. "
        "The table below holds the same figures.",
    )
