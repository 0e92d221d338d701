"""The agenda of an event: time by location, coloured by completion."""

import altair as alt
import polars as pl

from dashboard.charts.colours import AMOUNTS

ROW_HEIGHT = 40
AXIS_AND_LEGEND = 150
MOST = 500


def agenda(frame: pl.DataFrame) -> alt.Chart:
    """Bars from start to end, a row for each day and location, at most `MOST` sessions.

    Args:
        frame: `session`, `starts_at`, `ends_at` (UTC, none missing), `location_name`, `attendee_count`,
            `mean_completion`.
    """
    rows = frame.head(MOST).select(
        "session",
        "attendee_count",
        "mean_completion",
        row=pl.format(
            "{} · {}",
            pl.col("starts_at").dt.strftime("%d %b"),
            pl.col("location_name").fill_null("(not given)").str.slice(0, 24),
        ),
        day=pl.col("starts_at").dt.date().cast(pl.String),
        # Hours of the day as numbers: a time would be moved to the zone of whoever looks.
        start=pl.col("starts_at").dt.hour() + pl.col("starts_at").dt.minute() / 60,
        end=(pl.col("starts_at").dt.hour() + pl.col("starts_at").dt.minute() / 60)
        + (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600,
        when=pl.format(
            "{}-{}", pl.col("starts_at").dt.strftime("%Y-%m-%d %H:%M"), pl.col("ends_at").dt.strftime("%H:%M")
        ),
    )
    order = rows.sort("day", "row")["row"].unique(maintain_order=True).to_list()
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_bar(height=alt.RelativeBandSize(band=0.85), cornerRadius=3, stroke="white", strokeWidth=1)
        .encode(
            x=alt.X(
                "start:Q",
                title="Time of day (UTC)",
                scale=alt.Scale(zero=False, nice=True),
                axis=alt.Axis(labelExpr="format(datum.value % 24, '02d') + ':00'", tickMinStep=1, format="d"),
            ),
            x2="end:Q",
            y=alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=150)),
            color=alt.Color(
                "mean_completion:Q",
                title="Completion",
                scale=alt.Scale(scheme=AMOUNTS, domain=[0, 1]),
                legend=alt.Legend(orient="bottom", format=".0%", gradientLength=200),
            ),
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
            "the brighter a bar, the further people stayed. The table below holds the same figures.",
        )
    )
    return chart
