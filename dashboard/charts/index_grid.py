"""A grid of indices: 100 is the average, half as much and twice as much have the strongest colours."""

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE, ink_on

CELL_HEIGHT = 28
AXIS_HEIGHT = 120
FIGURE_WIDTH = 30  # on a phone the cells are narrower than their figures
BELOW, AVERAGE = "#D55E00", "#F4F4F2"


def index_grid(frame: pl.DataFrame, *, row: str, column: str, index: str, what: str) -> alt.LayerChart:
    """Cells with their index, rows and columns in the frame's order.

    Args:
        frame: one row per cell.
        row: the column that names a cell's row.
        column: the column that names a cell's column.
        index: the column with its index, zero or more.
        what: what an index is, as part of a sentence.
    """
    cells = frame.select(
        row=row,
        column=column,
        index=index,
        # Twice as much is as far from the average as half as much.
        distance=(pl.col(index).clip(1) / 100).log(2).clip(-1, 1),
    )
    rows = cells["row"].unique(maintain_order=True).to_list()
    columns = cells["column"].unique(maintain_order=True).to_list()
    base = alt.Chart(cells).encode(
        x=alt.X(
            "column:N",
            sort=columns,
            title=None,
            axis=alt.Axis(labelAngle=-90, labelLimit=110, labelOverlap=False, orient="top"),
        ),
        y=alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(labelLimit=120)),
        tooltip=[
            alt.Tooltip("row:N", title=row.replace("_", " ").capitalize()),
            alt.Tooltip("column:N", title=column.replace("_", " ").capitalize()),
            alt.Tooltip("index:Q", title=what, format=",.0f"),
        ],
    )
    scale = alt.Scale(domain=[-1, 0, 1], range=[BELOW, AVERAGE, BLUE], interpolate="rgb")
    cell = base.mark_rect().encode(color=alt.Color("distance:Q", scale=scale, legend=None))
    is_wide = alt.ExprRef(f"width > {len(columns)} * {FIGURE_WIDTH} ? 1 : 0")
    figure = base.mark_text(fontSize=11, aria=False, fill=ink_on("distance"), opacity=is_wide).encode(
        text=alt.Text("index:Q", format=",.0f")
    )
    return alt.LayerChart(
        layer=[cell, figure],
        height=CELL_HEIGHT * max(1, len(rows)) + AXIS_HEIGHT,
        width="container",
        description=f"Grid of {len(rows)} by {len(columns)}: {what}. The table below holds the same figures.",
    )
