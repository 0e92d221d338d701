"""The course of a figure, small and without axes: for the eye alone."""

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE

HEIGHT = 56


def spark(values: list[float], *, is_amount: bool, description: str) -> alt.Chart:
    """Bars from zero for amounts, a line from the least to the most for rates, in the order of time."""
    frame = pl.DataFrame({"value": values}).with_row_index("position")
    base = alt.Chart(frame, height=HEIGHT, width="container", description=description)
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(zero=is_amount, nice=False))
    if is_amount:
        x = alt.X("position:O", axis=None, scale=alt.Scale(paddingInner=0.5))
        bars: alt.Chart = base.mark_bar(color=BLUE, cornerRadiusEnd=1, aria=False, tooltip=None).encode(x=x, y=y)
        return bars
    line: alt.Chart = base.mark_line(color=BLUE, strokeWidth=1.8, aria=False, tooltip=None).encode(
        x=alt.X("position:Q", axis=None, scale=alt.Scale(nice=False)), y=y
    )
    return line
