"""Hours spent over the day, stacked by location."""

import altair as alt
import polars as pl

from dashboard.charts.colours import KINDS, OTHER

HEIGHT = 380  # with axes and legend


def hours_over_the_day(frame: pl.DataFrame) -> alt.Chart:
    """Columns of hours by the hour of the day in which sessions start; the smallest locations are drawn as one.

    Args:
        frame: `hour` (0 to 23), `location`, `hours`.
    """
    by_location = (
        frame.group_by("location").agg(pl.col("hours").sum()).sort("hours", "location", descending=[True, False])
    )
    shown = by_location["location"].head(len(KINDS) - 1 if by_location.height > len(KINDS) else len(KINDS)).to_list()
    location = pl.when(pl.col("location").is_in(shown)).then("location").otherwise(pl.lit(OTHER)).alias("location")
    rows = (
        frame.group_by("hour", location)
        .agg(pl.col("hours").sum())
        .sort("hour", "location")
        .with_columns(time=pl.format("{}:00", pl.col("hour").cast(pl.String).str.zfill(2)))
    )
    # Hours in which no session starts are a gap.
    starts = sorted(frame["hour"].unique().to_list())
    hours = range(starts[0], starts[-1] + 1) if starts else range(0)
    order = [*shown, OTHER] if by_location.height > len(shown) else shown
    description = f"Columns of hours spent, by the hour in which sessions start, at {len(order)} locations."
    base = alt.Chart(rows, height=HEIGHT, width="container", description=description)
    chart: alt.Chart = base.mark_bar().encode(
        x=alt.X(
            "time:O",
            title="Start of the session, by hour",
            scale=alt.Scale(domain=[f"{hour:02}:00" for hour in hours]),
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        ),
        y=alt.Y("hours:Q", title="Hours spent", axis=alt.Axis(format=",d", tickMinStep=1)),
        color=alt.Color(
            "location:N",
            title=None,
            sort=order,
            scale=alt.Scale(domain=order, range=list(KINDS[: len(order)])),
            legend=alt.Legend(orient="bottom", columns=2, labelLimit=140),
        ),
        tooltip=[
            alt.Tooltip("time:O", title="Hour of the start"),
            alt.Tooltip("location:N", title="Location"),
            alt.Tooltip("hours:Q", title="Hours", format=",.1~f"),
        ],
    )
    return chart
