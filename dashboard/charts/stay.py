"""How long attendees stayed: one session's minutes and stay curve, and one attendee's sessions."""

import json
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE, GREY
from dashboard.charts.day import COMPLETION_LEGEND, HOUR, PERCENT, hour_of_day

HEIGHT = 300
ROW_HEIGHT = 30
AXIS_AND_LEGEND = 120  # their height
MAX_ROWS = 100
THIS, MEDIAN = "This session", "Median of the event"


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


def stay_curve(frame: pl.DataFrame) -> alt.LayerChart:
    """A falling line: `share` of attendees who stayed for at least `stayed` of the scheduled time.

    The `median` of the event's sessions is a dashed line beside it.
    """
    axis = alt.Axis(labelExpr=PERCENT)
    names = alt.Scale(domain=[THIS, MEDIAN], range=[BLUE, GREY])
    base = alt.Chart(frame).encode(x=alt.X("stayed:Q", title="At least this share of the scheduled time", axis=axis))
    tooltip = [
        alt.Tooltip("stayed:Q", title="At least", format=".0%"),
        alt.Tooltip("share:Q", title="Attendees", format=".1%"),
        alt.Tooltip("median:Q", title="Median of the sessions", format=".1%"),
    ]
    share = alt.Y("share:Q", title="Attendees who stayed", axis=axis, scale=alt.Scale(domain=[0, 1]))
    look: dict[str, Any] = {"interpolate": "monotone", "strokeWidth": 2.5}
    return alt.LayerChart(
        layer=[
            base.mark_area(interpolate="monotone", color=BLUE, opacity=0.12, aria=False).encode(y=share),
            base.transform_calculate(line=f"'{MEDIAN}'")
            .mark_line(strokeDash=[5, 4], **look)
            .encode(y=alt.Y("median:Q"), color=alt.Color("line:N", scale=names)),
            base.transform_calculate(line=f"'{THIS}'")
            .mark_line(point=True, **look)
            .encode(
                y=share,
                color=alt.Color("line:N", scale=names, title=None, legend=alt.Legend(orient="top")),
                tooltip=tooltip,
            ),
        ],
        height=HEIGHT,
        width="container",
        description="Falling lines: the share of attendees who stayed for at least each part of the scheduled time, "
        "in this session and in the median of the event's sessions.",
    )


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
        row=pl.int_range(pl.len()),
        when=pl.col("local_starts_at").dt.strftime("%Y-%m-%d %H:%M"),
    )
    names = [
        f"{start.day} {start:%b} · {session}"
        for session, start in frame.head(MAX_ROWS).select("session", "local_starts_at").iter_rows()
    ]
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_bar(height=alt.RelativeBandSize(band=0.9), cornerRadius=3)
        .encode(
            x=alt.X(
                "start:Q",
                title=None,
                scale=alt.Scale(zero=False, nice=True),
                axis=alt.Axis(labelExpr=HOUR, tickMinStep=1, orient="top"),
            ),
            x2=alt.X2("end:Q"),
            y=alt.Y(
                "row:O",
                title=None,
                scale=alt.Scale(domain=list(range(len(names)))),
                axis=alt.Axis(labelExpr=f"{json.dumps(names)}[datum.value]", labelLimit=150),
            ),
            color=alt.Color(
                "completion:Q", title="Completion", scale=alt.Scale(domain=[0, 1]), legend=COMPLETION_LEGEND
            ),
            tooltip=[
                alt.Tooltip("session:N", title="Session"),
                alt.Tooltip("when:N", title="Scheduled"),
                alt.Tooltip("minutes_spent:Q", title="Minutes", format=",.1~f"),
                alt.Tooltip("completion:Q", title="Completion", format=".0%"),
            ],
        )
        .properties(
            height=ROW_HEIGHT * max(1, len(names)) + AXIS_AND_LEGEND,
            width="container",
            description=f"Time line of {rows.height} sessions: each bar starts when its session starts and is as long "
            "as the attendee stayed. The table below holds the same figures.",
        )
    )
    return chart
