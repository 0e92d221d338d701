"""How long attendees stayed: one session's minutes and stay curve, and one attendee's sessions."""

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE
from dashboard.charts.day import bars_over_the_day, hour_of_day

HEIGHT = 240
ROW_HEIGHT = 30
MAX_ROWS = 100


def minutes_distribution(frame: pl.DataFrame) -> alt.Chart:
    """Columns of attendees by minutes spent: `from_minutes`, `to_minutes`, `attendee_count`."""
    description = f"Columns of attendees by minutes spent, in {frame.height} steps."
    base = alt.Chart(frame, height=HEIGHT, width="container", description=description)
    chart: alt.Chart = base.mark_bar(color=BLUE, binSpacing=1).encode(
        x=alt.X("from_minutes:Q", bin="binned", title="Minutes spent"),
        x2=alt.X2("to_minutes:Q"),
        y=alt.Y("attendee_count:Q", title="Attendees", axis=alt.Axis(tickMinStep=1, format=",d")),
        tooltip=[
            alt.Tooltip("from_minutes:Q", title="From (minutes)"),
            alt.Tooltip("to_minutes:Q", title="To less than"),
            alt.Tooltip("attendee_count:Q", title="Attendees", format=",d"),
        ],
    )
    return chart


def stay_curve(frame: pl.DataFrame) -> alt.Chart:
    """A falling line: `share` of attendees who stayed for at least `stayed` of the scheduled time."""
    description = "Falling line: the share of attendees who stayed for at least each part of the scheduled time."
    base = alt.Chart(frame, height=HEIGHT, width="container", description=description)
    percent, whole = alt.Axis(format=".0%"), alt.Scale(domain=[0, 1])
    chart: alt.Chart = base.mark_area(interpolate="step-before", line={"color": BLUE}, color=BLUE, opacity=0.35).encode(
        x=alt.X("stayed:Q", title="At least this share of the scheduled time", axis=percent),
        y=alt.Y("share:Q", title="Attendees who stayed", axis=percent, scale=whole),
        tooltip=[
            alt.Tooltip("stayed:Q", title="At least", format=".0%"),
            alt.Tooltip("share:Q", title="Attendees", format=".1%"),
        ],
    )
    return chart


def timeline(frame: pl.DataFrame) -> alt.Chart:
    """One attendee's sessions: bars from the start of each, as long as the minutes spent, coloured by completion.

    Args:
        frame: `session`, `local_starts_at` (none missing), `minutes_spent`, `completion`.
    """
    rows = frame.head(MAX_ROWS).select(
        "session",
        "minutes_spent",
        "completion",
        start=hour_of_day("local_starts_at"),
        end=hour_of_day("local_starts_at") + pl.col("minutes_spent") / 60,
        row=pl.format("{} · {}", pl.col("local_starts_at").dt.strftime("%d %b"), "session"),
        when=pl.col("local_starts_at").dt.strftime("%Y-%m-%d %H:%M"),
    )
    return bars_over_the_day(
        rows,
        rows["row"].to_list(),
        row_height=ROW_HEIGHT,
        figure=alt.Tooltip("minutes_spent:Q", title="Minutes", format=",.1~f"),
        description=f"Time line of {rows.height} sessions: each bar starts when its session starts and is as long "
        "as the attendee stayed. The table below holds the same figures.",
    )
