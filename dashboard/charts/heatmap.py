"""A grid of shares: rows by columns, coloured by how much."""

import altair as alt
import polars as pl

from dashboard.charts.grid import grid, named_cells

FIGURE_WIDTH = 26  # pixels


def heatmap(frame: pl.DataFrame, *, row: str, column: str, share: str, what: str) -> alt.LayerChart:
    """Cells with their share in percent, rows and columns in the frame's order.

    Args:
        frame: one row per cell.
        row: the column that names a cell's row.
        column: the column that names a cell's column.
        share: the column with its share, from 0 to 1.
        what: what a share is, as part of a sentence.
    """
    cells = frame.select(row=row, column=column, share=share)
    most = max(cells["share"].to_list(), default=0.0) or 1.0
    shown = alt.Tooltip("share:Q", title=what, format=".1%")
    return grid(
        named_cells(cells, row=row, column=column, value=shown),
        colour=alt.Color("share:Q", scale=alt.Scale(domain=[0, most]), legend=None),
        by="share",
        figure="format(datum.share * 100, '.0f') + '\u00a0%'",
        figure_width=FIGURE_WIDTH,
        what=what,
    )
