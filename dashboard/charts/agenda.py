"""The agenda of an event: time by location, coloured by completion."""

import altair as alt
import polars as pl

from dashboard.charts.day import bars_over_the_day, hour_of_day

ROW_HEIGHT = 40
MAX_ROWS = 500


def agenda(frame: pl.DataFrame) -> alt.Chart:
    """Bars from start to end, a row for each day and location, at most `MAX_ROWS` sessions.

    Args:
        frame: `session`, `local_starts_at`, `local_ends_at` (none missing), `location_name`, `attendee_count`,
            `mean_completion`.
    """
    starts_at, ends_at = pl.col("local_starts_at"), pl.col("local_ends_at")
    location = pl.col("location_name").fill_null("(not given)").str.slice(0, 24)
    rows = frame.head(MAX_ROWS).select(
        "session",
        "attendee_count",
        completion="mean_completion",
        row=pl.format("{} · {}", starts_at.dt.strftime("%d %b"), location),
        day=starts_at.dt.date().cast(pl.String),
        start=hour_of_day("local_starts_at"),
        end=hour_of_day("local_starts_at") + (ends_at - starts_at).dt.total_seconds() / 3600,
        when=pl.format("{}-{}", starts_at.dt.strftime("%Y-%m-%d %H:%M"), ends_at.dt.strftime("%H:%M")),
    )
    order = rows.sort("day", "row")["row"].unique(maintain_order=True).to_list()
    return bars_over_the_day(
        rows,
        order,
        row_height=ROW_HEIGHT,
        figure=alt.Tooltip("attendee_count:Q", title="Attendees", format=",d"),
        description=f"Agenda of {rows.height} sessions in {len(order)} rows of day and location; "
        "the brighter a bar, the higher its completion. The table below holds the same figures.",
    )
