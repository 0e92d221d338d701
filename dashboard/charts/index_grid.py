"""A grid of indices: 100 is the average, half as much and twice as much have the strongest colours."""

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE
from dashboard.charts.grid import grid, named_cells

FIGURE_WIDTH = 30  # pixels
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
    scale = alt.Scale(domain=[-1, 0, 1], range=[BELOW, AVERAGE, BLUE], interpolate="rgb")
    shown = alt.Tooltip("index:Q", title=what, format=",.0f")
    return grid(
        named_cells(cells, row=row, column=column, value=shown),
        colour=alt.Color("distance:Q", scale=scale, legend=None),
        by="distance",
        figure="format(datum.index, ',.0f')",
        figure_width=FIGURE_WIDTH,
        what=what,
    )
