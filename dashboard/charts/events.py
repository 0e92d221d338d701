"""Events side by side: one rate of each as a slope, and the stay curve of each. One event stands out."""

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE, GREY, in_ink

HEIGHT = 140
CURVES_HEIGHT = 320
LEAST_ROOM = 0.05  # above and below the line, of the largest value
FORMATS = {"share": ".0%", "minutes": ",.0f"}


def slope(frame: pl.DataFrame, *, value: str, unit: str, median: float | None, what: str) -> alt.LayerChart:
    """A line over the events in the frame's order, with a dashed line at the median, where there is one.

    Args:
        frame: one row per event: `event, is_shown` (the one that stands out), and the value.
        value: the column with the figure.
        unit: `share` or `minutes`.
        median: of own events; None for no line.
        what: what the figure is, as part of a sentence.
    """
    number_format = FORMATS[unit]
    points = frame.select("event", "is_shown", value=value, position=pl.int_range(pl.len()), median=pl.lit(median))
    scale = alt.Scale(zero=False, nice=False, domain=_domain([*points["value"], *([] if median is None else [median])]))
    names = alt.Axis(orient="top", labelAngle=0, labelLimit=150, ticks=False, domain=False)
    chart = alt.Chart(points)
    base = chart.encode(
        x=alt.X("event:N", sort=points["event"].to_list(), title=None, axis=names),
        y=alt.Y("value:Q", axis=None, scale=scale),
        tooltip=[
            alt.Tooltip("event:N", title="Event"),
            alt.Tooltip("value:Q", title=what, format=".1%" if unit == "share" else ",.1~f"),
        ],
    )
    rule = chart.mark_rule(strokeDash=[4, 4], color=GREY, aria=False).encode(
        y=alt.Y("median:Q", axis=None, scale=scale)
    )
    return alt.LayerChart(
        layer=[
            *([] if median is None else [rule]),
            base.mark_line(color=GREY, strokeWidth=1.5, aria=False).encode(order="position:Q"),
            base.mark_point(filled=True, size=70, opacity=1).encode(
                color=alt.condition("datum.is_shown", alt.value(BLUE), alt.value(GREY))
            ),
            # A figure stands on that side of its point where the median's line is not.
            *(
                base.transform_filter(f"datum.value {side} (datum.median || 0)")
                .mark_text(**in_ink(dy=dy))
                .encode(text=alt.Text("value:Q", format=number_format))
                for side, dy in ((">=", -12), ("<", 14))
            ),
        ],
        height=HEIGHT,
        width="container",
        description=f"{what} of {points.height} events in the order of their start. "
        "The table below holds the same figures.",
    )


def _domain(values: list[float]) -> list[float]:
    """The range of the axis: wide enough that a change of a few percent looks like one."""
    low, high = min(values), max(values)
    room = max((high - low) / 2, high * LEAST_ROOM)
    return [low - room, high + room]


def stay_curves(frame: pl.DataFrame) -> alt.LayerChart:
    """Falling lines, one an event: `event, is_shown, stayed, share`; named at their end."""
    percent, whole = alt.Axis(format=".0%"), alt.Scale(domain=[0, 1])
    colour = alt.condition("datum.is_shown", alt.value(BLUE), alt.value(GREY))
    base = alt.Chart(frame).encode(
        x=alt.X("stayed:Q", title="At least this share of the scheduled time", axis=percent),
        y=alt.Y("share:Q", title="Attendances that stayed", axis=percent, scale=whole),
        detail="event:N",
        tooltip=[
            alt.Tooltip("event:N", title="Event"),
            alt.Tooltip("stayed:Q", title="At least", format=".0%"),
            alt.Tooltip("share:Q", title="Attendances", format=".1%"),
        ],
    )
    return alt.LayerChart(
        layer=[
            base.mark_line(aria=False).encode(
                color=colour, strokeWidth=alt.condition("datum.is_shown", alt.value(3), alt.value(1.5))
            ),
            base.mark_point(filled=True, size=30, opacity=1).encode(color=colour),
        ],
        height=CURVES_HEIGHT,
        width="container",
        description=f"Stay curves of {frame['event'].n_unique()} events: the share of attendances that stayed at least "
        "each part of the scheduled time.",
    )
