"""Reach and hold: a dot for each session, by attendees and completion."""

import math
from statistics import median
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.colours import BLUE, GREY, KINDS, OTHER, in_ink
from dashboard.charts.day import PERCENT
from dashboard.charts.labels import HEIGHT as LINE
from dashboard.charts.labels import NARROW, Box, Dot, place
from dashboard.charts.picking import CURSOR, pick

HEIGHT = 300  # of the plot, in pixels
AXES = 110  # the height of axis and legend
MAX_DOTS = 500
MAX_ROOMS = 6
NO_ROOM = "No room"
PALETTE = (*KINDS, GREY)
SIZES = (40, 700)  # square pixels
MEDIAN_WIDTH = 80


def reach(frame: pl.DataFrame) -> alt.LayerChart:
    """Dots by attendees (a square-root scale) and completion, as large as their hours, coloured by room.

    The extremes are named where a name finds a place. Dashed lines are the medians of the sessions.

    Args:
        frame: one row per session: `session, session_id, attendee_count, mean_completion` (none missing),
            `total_minutes, location_name`, those to be drawn first.
    """
    dots = frame.head(MAX_DOTS).select(
        "session",
        "session_id",
        "attendee_count",
        completion="mean_completion",
        hours=pl.col("total_minutes") / 60,
        room="location_name",
    )
    rooms = _rooms(dots)
    dots = dots.with_columns(
        pl.when(pl.col("room").is_in(rooms) | pl.col("room").is_null())
        .then(pl.col("room").fill_null(NO_ROOM))
        .otherwise(pl.lit(OTHER))
        .alias("room")
    )
    counts, completions = dots["attendee_count"].to_list(), dots["completion"].to_list()
    most = max(counts, default=1) * 1.06
    low, high = padded(completions)
    middle = (median(counts or [0]), median(completions or [0.0]))
    largest = max(dots["hours"].to_list(), default=0) or 1
    places = [
        Dot(math.sqrt(count / most), (high - completion) / (high - low), _radius(hours / largest))
        for count, completion, hours in zip(counts, completions, dots["hours"], strict=True)
    ]
    median_places = _median_boxes(math.sqrt(middle[0] / most), (high - middle[1]) / (high - low))
    labels = place(places, dots["session"].to_list(), _extremes(dots), HEIGHT, median_places)
    of_labels = {label.position: label for label in labels}
    found = [of_labels.get(position) for position in range(dots.height)]
    rows = dots.with_columns(
        pl.Series("label", [label.text if label else None for label in found], dtype=pl.String),
        pl.Series("align", [label.align if label else None for label in found], dtype=pl.String),
        pl.Series("dx", [label.dx if label else None for label in found], dtype=pl.Float64),
        pl.Series("dy", [label.dy if label else None for label in found], dtype=pl.Float64),
        is_first=pl.int_range(pl.len()) == 0,
    )

    x_scale = alt.Scale(type="sqrt", domain=[0, most], nice=False)
    x_axis = alt.Axis(values=_ticks(max(counts, default=1)), format=",d")
    y_scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    y_axis = alt.Axis(labelExpr=PERCENT, tickCount=5, tickMinStep=0.05)
    x = alt.X("attendee_count:Q", title="Attendees", scale=x_scale, axis=x_axis)
    y = alt.Y("completion:Q", title="Completion", scale=y_scale, axis=y_axis)
    middle_x = alt.X(datum=middle[0], type="quantitative", scale=x_scale)
    middle_y = alt.Y(datum=middle[1], type="quantitative", scale=y_scale)
    base = alt.Chart(rows)
    circles = (
        base.mark_circle(opacity=0.85, stroke="white", strokeWidth=0.7, cursor=CURSOR)
        .encode(
            x=x,
            y=y,
            size=alt.Size("hours:Q", scale=alt.Scale(domain=[0, largest], range=list(SIZES)), legend=None),
            color=_room_colour(rooms),
            tooltip=[
                alt.Tooltip("session:N", title="Session"),
                alt.Tooltip("room:N", title="Room"),
                alt.Tooltip("attendee_count:Q", title="Attendees", format=",d"),
                alt.Tooltip("completion:Q", title="Completion", format=".0%"),
                alt.Tooltip("hours:Q", title="Hours", format=",.0f"),
            ],
        )
        .add_params(pick())
    )
    names = (
        base.transform_filter("datum.label")
        .mark_text(
            **in_ink(
                align=alt.ExprRef("datum.align"),
                dx=alt.ExprRef("datum.dx"),
                dy=alt.ExprRef("datum.dy"),
                baseline="middle",
            )
        )
        .encode(x=x, y=y, text=alt.Text("label:N"))
    )
    return alt.LayerChart(
        layer=[*_medians(base.transform_filter("datum.is_first"), middle_x, middle_y), circles, names],
        height=HEIGHT + AXES,
        width="container",
        description=f"{dots.height} sessions by attendees and completion. The median session has {middle[0]:,.0f} "
        f"attendees and a completion of {middle[1]:.0%}. The page Sessions has the same figures as a table.",
    )


def _medians(one: alt.Chart, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Dashed lines at the median session, each with its figure."""
    dashed: dict[str, Any] = {"strokeDash": [4, 4], "color": GREY, "aria": False}
    above = in_ink(align="left", baseline="top", dx=4, fontSize=11, y=0)
    beside = in_ink(align="left", baseline="bottom", dy=-3, fontSize=11, x=0)
    return [
        one.mark_rule(**dashed).encode(x=x),
        one.mark_rule(**dashed).encode(y=y),
        one.mark_text(**above).encode(x=x, text=alt.TextValue(f"median {x.datum:,.0f}")),
        one.mark_text(**beside).encode(y=y, text=alt.TextValue(f"median {100 * y.datum:.0f}\u00a0%")),
    ]


def _median_boxes(x: float, y: float) -> list[Box]:
    """Where the figures of the medians and the line across the plot stand in the narrowest plot."""
    left, bottom = x * NARROW, y * HEIGHT
    across = Box(0, NARROW, bottom - 1, bottom + 1)
    return [Box(left, left + MEDIAN_WIDTH, 0, LINE), Box(0, MEDIAN_WIDTH, bottom - LINE - 3, bottom), across]


def padded(completions: list[float]) -> tuple[float, float]:
    """From the least to the most, with room for dots and names."""
    low, high = min(completions, default=0.0), max(completions, default=1.0)
    margin = max(0.12 * (high - low), 0.04)
    return low - margin, high + margin


def _radius(part: float) -> float:
    """In pixels, of the part that a session's hours are of the largest."""
    return math.sqrt((SIZES[0] + (SIZES[1] - SIZES[0]) * part) / math.pi)


def _ticks(most: int) -> list[int]:
    """Round numbers of attendees: on a square-root scale, equal steps come ever closer."""
    step = 10 ** math.floor(math.log10(max(most / 4, 1)))
    step *= next(factor for factor in (1, 2, 5, 10) if factor * step >= most / 5)
    return sorted({0, step // 4, *range(step, most + 1, step)})


def _extremes(dots: pl.DataFrame) -> list[int]:
    """The sessions that are worth a name, the most striking first: most attendees, best and worst completion."""
    at = dots.with_row_index("at")
    by_count = at.sort("attendee_count", "at", descending=[True, False])["at"].to_list()
    by_completion = at.sort("completion", "at", descending=[True, False])["at"].to_list()
    wanted = [*by_count[:1], *by_completion[:1], *by_completion[-1:], *by_count[1:3], *by_completion[-2:-1]]
    return list(dict.fromkeys(wanted))


def _rooms(dots: pl.DataFrame) -> list[str]:
    """The rooms with most sessions, and a word for all others."""
    rooms = dots.drop_nulls("room")["room"].value_counts().sort("count", "room", descending=[True, False])["room"]
    others = [OTHER] if rooms.len() > MAX_ROOMS else []
    nowhere = [NO_ROOM] if dots["room"].null_count() else []
    return [*rooms.head(MAX_ROOMS), *others, *nowhere]


def _room_colour(rooms: list[str]) -> alt.Color | alt.ColorValue:
    """A colour for each room, grey for no room and for all others. One room alone needs no legend."""
    if len(rooms) == 1:
        return alt.ColorValue(BLUE)
    colours = [GREY if room in (OTHER, NO_ROOM) else colour for room, colour in zip(rooms, PALETTE, strict=False)]
    return alt.Color(
        "room:N",
        title=None,
        scale=alt.Scale(domain=rooms, range=colours),
        legend=alt.Legend(
            orient="top",
            symbolOpacity=1,
            symbolStrokeWidth=0,
            labelLimit=120,
            columns=alt.ExprRef("width < 400 ? 2 : 4"),
        ),
    )
