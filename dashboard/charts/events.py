"""Events side by side: one rate of each as a slope, and the stay curve of each. One event stands out."""

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE, GREY, in_ink
from dashboard.charts.day import PERCENT
from dashboard.charts.labels import cut

HEIGHT = 140
NAMES_HEIGHT = 70  # of names that stand aslant
MOST_LEVEL_NAMES = 3
CURVES_HEIGHT = 320
MAX_NAME = 28  # characters
NAMES_WIDTH = 0.3  # of the axis, for the names at the end of the curves
LINE = 0.07  # of the axis: the least distance of two names
LEAST_ROOM = 0.05  # above and below the line, of the largest value
COLOUR = alt.ColorValue(GREY, condition={"test": "datum.is_shown", "value": BLUE})
FIGURES = {"share": "format(datum.value * 100, '.0f') + '\u00a0%'", "minutes": "format(datum.value, ',.0f')"}


def slope(frame: pl.DataFrame, *, value: str, unit: str, median: float | None, what: str) -> alt.LayerChart:
    """A line over the events in the frame's order, with a dashed line at the median, where there is one.

    Args:
        frame: one row per event: `event, is_shown` (the one that stands out), and the value.
        value: the column with the figure.
        unit: `share` or `minutes`.
        median: of own events; None for no line.
        what: what the figure is, as part of a sentence.
    """
    points = frame.select("event", "is_shown", value=value, position=pl.int_range(pl.len()), median=pl.lit(median))
    scale = alt.Scale(zero=False, nice=False, domain=_domain([*points["value"], *([] if median is None else [median])]))
    is_narrow = points.height > MOST_LEVEL_NAMES
    names = alt.Axis(
        orient="top",
        labelAngle=-35 if is_narrow else 0,
        labelAlign="left" if is_narrow else "center",
        labelLimit=120 if is_narrow else 150,
        labelOverlap=False,
        ticks=False,
        domain=False,
    )
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
            base.mark_line(color=GREY, strokeWidth=1.5, aria=False).encode(order=alt.Order("position:Q")),
            base.mark_point(filled=True, size=70, opacity=1).encode(color=COLOUR),
            # A figure stands on that side of its point where the median's line is not.
            *(
                base.transform_filter(f"datum.value {side} (datum.median || 0)")
                .transform_calculate(figure=FIGURES[unit])
                .mark_text(**in_ink(dy=dy))
                .encode(text=alt.Text("figure:N"))
                for side, dy in ((">=", -12), ("<", 14))
            ),
        ],
        height=HEIGHT + NAMES_HEIGHT * is_narrow,
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
    axis = alt.Axis(labelExpr=PERCENT, values=[tenth / 10 for tenth in range(11)])
    across = alt.Scale(domain=[0, 1 + NAMES_WIDTH], nice=False)
    width = alt.StrokeWidthValue(1.5, condition={"test": "datum.is_shown", "value": 3})
    rows = frame.join(_names_at_the_end(frame), on=["event", "stayed"], how="left", maintain_order="left")
    base = alt.Chart(rows).encode(
        x=alt.X("stayed:Q", title="At least this share of the scheduled time", axis=axis, scale=across),
        y=alt.Y("share:Q", title="Attendances that stayed", axis=axis, scale=alt.Scale(domain=[0, 1])),
        detail=alt.Detail("event:N"),
        tooltip=[
            alt.Tooltip("event:N", title="Event"),
            alt.Tooltip("stayed:Q", title="At least", format=".0%"),
            alt.Tooltip("share:Q", title="Attendances", format=".1%"),
        ],
    )
    return alt.LayerChart(
        layer=[
            base.mark_line(aria=False).encode(color=COLOUR, strokeWidth=width),
            base.mark_point(filled=True, size=30, opacity=1).encode(color=COLOUR),
            base.transform_filter("datum.name")
            .mark_text(**in_ink(align="left", dx=8, baseline="middle"))
            .encode(y=alt.Y("name_at:Q"), text=alt.Text("name:N")),
        ],
        height=CURVES_HEIGHT,
        width="container",
        description=f"Stay curves of {frame['event'].n_unique()} events: the share of attendances that stayed at least "
        "each part of the scheduled time.",
    )


def _names_at_the_end(frame: pl.DataFrame) -> pl.DataFrame:
    """Where the name of each curve stands: `event, stayed, name, name_at`; from the top down, none on another."""
    ends = frame.filter(pl.col("stayed") == pl.col("stayed").max().over("event")).sort(
        "share", "event", descending=[True, False]
    )
    places: list[float] = []
    for share in ends["share"]:
        places.append(min(share, places[-1] - LINE) if places else share)
    # All move up so that they stand around their curves, and the lowest within the plot.
    shifts = [share - place for share, place in zip(ends["share"], places, strict=True)]
    up = max(sum(shifts) / max(len(shifts), 1), LINE / 2 - min(places, default=1.0))
    return ends.select(
        "event",
        "stayed",
        pl.col("event").map_elements(lambda name: cut(name, MAX_NAME), pl.String).alias("name"),
        pl.Series("name_at", [place + up for place in places], dtype=pl.Float64),
    )
