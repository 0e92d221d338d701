"""What grids of figures share: a cell of a colour for each figure, with the figure in it where the cells are wide."""

import altair as alt
import polars as pl

from dashboard.charts.colours import ink_on

CELL_HEIGHT = 28
AXIS_HEIGHT = 120


def named_cells(cells: pl.DataFrame, *, row: str, column: str, value: alt.Tooltip) -> alt.Chart:
    """Cells in the frame's order: `row, column` and what `value` shows; `row` and `column` are their names."""
    return alt.Chart(cells).encode(
        x=alt.X(
            "column:N",
            sort=cells["column"].unique(maintain_order=True).to_list(),
            title=None,
            axis=alt.Axis(labelAngle=-90, labelLimit=110, labelOverlap=False, orient="top"),
        ),
        y=alt.Y(
            "row:N",
            sort=cells["row"].unique(maintain_order=True).to_list(),
            title=None,
            axis=alt.Axis(labelLimit=120),
        ),
        tooltip=[
            alt.Tooltip("row:N", title=row.replace("_", " ").capitalize()),
            alt.Tooltip("column:N", title=column.replace("_", " ").capitalize()),
            value,
        ],
    )


def grid(  # noqa: PLR0913 -- each but the first has its name
    base: alt.Chart, *, colour: alt.Color, by: str, figure: str, figure_width: int, what: str
) -> alt.LayerChart:
    """The cells with their figures.

    Args:
        base: of `named_cells`.
        colour: of a cell.
        by: the field that the colour stands for.
        figure: a Vega expression, what is written in a cell.
        figure_width: in pixels; on a phone the cells may be narrower than their figures.
        what: what a figure is, as part of a sentence.
    """
    cells = base.data
    assert isinstance(cells, pl.DataFrame)  # noqa: S101 -- altair's type is wider
    row_count, column_count = cells["row"].n_unique(), cells["column"].n_unique()
    is_wide = alt.ExprRef(f"width > {column_count} * {figure_width} ? 1 : 0")
    return alt.LayerChart(
        layer=[
            base.mark_rect().encode(color=colour),
            base.transform_calculate(figure=figure)
            .mark_text(fontSize=11, aria=False, fill=ink_on(by), opacity=is_wide)
            .encode(text=alt.Text("figure:N")),
        ],
        height=CELL_HEIGHT * max(1, row_count) + AXIS_HEIGHT,
        width="container",
        description=f"Grid of {row_count} by {column_count}: {what}. The table below holds the same figures.",
    )
