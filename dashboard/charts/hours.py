"""When people watched: a grid of days by hours of the day."""

import altair as alt
import polars as pl

from dashboard.charts.colours import ink_on

CELL_HEIGHT = 32
AXIS_HEIGHT = 40
FIGURE_WIDTH = 34  # on a phone the cells of many days are narrower than their figures


def hours_grid(frame: pl.DataFrame) -> alt.LayerChart:
    """Cells with their hours: a column for each day, a row for each hour from the first to the last.

    Args:
        frame: `day, hour` (0 to 23) and `hours`.
    """
    cells = frame.sort("day", "hour").select(
        "hours",
        day=pl.format(
            "{} {} {}",
            pl.col("day").dt.strftime("%a"),
            pl.col("day").dt.day(),
            pl.col("day").dt.strftime("%b"),
        ),
        time=pl.format("{}:00", pl.col("hour").cast(pl.String).str.zfill(2)),
    )
    days = cells["day"].unique(maintain_order=True).to_list()
    filled = frame["hour"].to_list()
    times = [f"{hour:02}:00" for hour in range(min(filled), max(filled) + 1)] if filled else []
    base = alt.Chart(cells).encode(
        x=alt.X("day:N", sort=days, title=None, axis=alt.Axis(orient="top", labelAngle=0, domain=False)),
        y=alt.Y("time:N", scale=alt.Scale(domain=times), title=None, axis=alt.Axis(domain=False)),
        tooltip=[
            alt.Tooltip("day:N", title="Day"),
            alt.Tooltip("time:N", title="Start of the session, from"),
            alt.Tooltip("hours:Q", title="Hours", format=",.1~f"),
        ],
    )
    most = max(cells["hours"].to_list(), default=0) or 1
    cell = base.mark_rect(cornerRadius=3).encode(
        color=alt.Color("hours:Q", scale=alt.Scale(domain=[0, most]), legend=None)
    )
    is_wide = alt.ExprRef(f"width > {len(days)} * {FIGURE_WIDTH} ? 1 : 0")
    figure = base.mark_text(fontSize=12, aria=False, fill=ink_on("hours"), opacity=is_wide).encode(
        text=alt.Text("hours:Q", format=",.0f")
    )
    return alt.LayerChart(
        layer=[cell, figure],
        height=CELL_HEIGHT * max(1, len(times)) + AXIS_HEIGHT,
        width="container",
        description=f"Hours watched on {len(days)} days, by the local hour in which a session starts, from "
        f"{times[0] if times else 'none'} to {times[-1] if times else 'none'}.",
    )
