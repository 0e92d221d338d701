"""The agenda of an event: time by location, coloured by completion."""

import altair as alt
import polars as pl

from dashboard.charts.day import AXIS_AND_LEGEND, completion_colour, hour_of_day, time_axis

ROW_HEIGHT = 40
MAX_ROWS = 500


def agenda(frame: pl.DataFrame) -> alt.Chart:
    """Bars from start to end, a row for each day and location, at most `MAX_ROWS` sessions.

    Args:
        frame: `session`, `starts_at`, `ends_at` (UTC, none missing), `location_name`, `attendee_count`,
            `mean_completion`.
    """
    rows = frame.head(MAX_ROWS).select(
        "session",
        "attendee_count",
        "mean_completion",
        row=pl.format(
            "{} · {}",
            pl.col("starts_at").dt.strftime("%d %b"),
            pl.col("location_name").fill_null("(not given)").str.slice(0, 24),
        ),
        day=pl.col("starts_at").dt.date().cast(pl.String),
        start=hour_of_day("starts_at"),
        end=hour_of_day("starts_at") + (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600,
        when=pl.format(
            "{}-{}", pl.col("starts_at").dt.strftime("%Y-%m-%d %H:%M"), pl.col("ends_at").dt.strftime("%H:%M")
        ),
    )
    order = rows.sort("day", "row")["row"].unique(maintain_order=True).to_list()
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_bar(height=alt.RelativeBandSize(band=0.85), cornerRadius=3, stroke="white", strokeWidth=1)
        .encode(
            x=time_axis("start"),
            x2=alt.X2("end:Q"),
            y=alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=150)),
            color=completion_colour("mean_completion"),
            tooltip=[
                alt.Tooltip("session:N", title="Session"),
                alt.Tooltip("when:N", title="When (UTC)"),
                alt.Tooltip("attendee_count:Q", title="Attendees", format=",d"),
                alt.Tooltip("mean_completion:Q", title="Completion", format=".1%"),
            ],
        )
        .properties(
            height=ROW_HEIGHT * max(1, len(order)) + AXIS_AND_LEGEND,
            width="container",
            description=f"Agenda of {rows.height} sessions in {len(order)} rows of day and location; "
            "the brighter a bar, the higher its completion. The table below holds the same figures.",
        )
    )
    return chart
