"""A grid of shares: rows by columns, coloured by how much."""

import altair as alt
import polars as pl

from dashboard.charts.colours import ink_on

CELL_HEIGHT = 28
AXIS_HEIGHT = 120
FIGURE_WIDTH = 26  # on a phone the cells are narrower than their figures


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
    rows = cells["row"].unique(maintain_order=True).to_list()
    columns = cells["column"].unique(maintain_order=True).to_list()
    most = max(cells["share"].to_list(), default=0.0) or 1.0
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
            alt.Tooltip("share:Q", title=what, format=".1%"),
        ],
    )
    cell = base.mark_rect().encode(color=alt.Color("share:Q", scale=alt.Scale(domain=[0, most]), legend=None))
    is_wide = alt.ExprRef(f"width > {len(columns)} * {FIGURE_WIDTH} ? 1 : 0")
    figure = (
        base.transform_calculate(percent="format(datum.share * 100, '.0f') + '\u00a0%'")
        .mark_text(fontSize=11, aria=False, fill=ink_on("share"), opacity=is_wide)
        .encode(text="percent:N")
    )
    return alt.LayerChart(
        layer=[cell, figure],
        height=CELL_HEIGHT * max(1, len(rows)) + AXIS_HEIGHT,
        width="container",
        description=f"Grid of {len(rows)} by {len(columns)}: {what}. The table below holds the same figures.",
    )
