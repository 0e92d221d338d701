"""The agenda of one day: rooms side by side, time downwards, coloured by completion, with the titles in the bars."""

import json
import re
from textwrap import wrap
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.colours import ink_on
from dashboard.charts.day import COMPLETION_LEGEND, HOUR, hour_of_day
from dashboard.charts.picking import CURSOR, pick

HOUR_HEIGHT, MAX_HEIGHT = 100, 1600  # pixels; a day of many hours has lower ones
AXIS_AND_LEGEND = 110  # their height
WIDTH = 1100  # pixels of a day on a wide screen
LEAST_WIDTH = 120  # pixels of a column; more of them than fit are moved sideways
NO_ROOM = "No room given"
BAR = 0.96  # the width of a bar, as a part of its column
MARGIN = 8  # pixels, between the left edge of a bar and its title
CHARACTER, LINE, FIGURES = 6.4, 15, 19  # pixels: a letter's width, a line's height, and that of the line of figures


def agenda(frame: pl.DataFrame, domain: tuple[float, float]) -> alt.LayerChart:
    """Bars from start to end, a column for each room; sessions of a room at the same time have columns of their own.

    Args:
        frame: sessions of one day: `session, session_id, local_starts_at, local_ends_at` (none missing),
            `location_name`, `attendee_count`, `mean_completion`.
        domain: the least and the most completion that a colour stands for: those of the whole event.
    """
    starts_at, ends_at = pl.col("local_starts_at"), pl.col("local_ends_at")
    named = frame.with_columns(room=pl.col("location_name").fill_null(NO_ROOM))
    rooms = sorted(named["room"].unique(), key=_in_natural_order)
    ordered = named.sort(pl.col("room").cast(pl.Enum(rooms)), "local_starts_at", "session")
    rows = ordered.select(
        "session",
        "session_id",
        "attendee_count",
        completion="mean_completion",
        start=hour_of_day("local_starts_at"),
        end=hour_of_day("local_starts_at") + (ends_at - starts_at).dt.total_seconds() / 3600,
        when=pl.format("{}-{}", starts_at.dt.strftime("%H:%M"), ends_at.dt.strftime("%H:%M")),
        figures=pl.when(pl.col("mean_completion").is_not_null())
        .then(
            pl.format(
                "{}\u00a0% · {}", (100 * pl.col("mean_completion")).round(0).cast(pl.Int64), pl.col("attendee_count")
            )
        )
        .otherwise(pl.col("attendee_count").cast(pl.String)),
    )
    lanes = _lanes(ordered["room"].to_list(), rows["start"].to_list(), rows["end"].to_list())
    of_lanes = dict(zip(lanes, ordered["room"].to_list(), strict=True))
    names = [of_lanes[lane] for lane in sorted(of_lanes)]
    hours = max(rows["end"].to_list(), default=1) - min(rows["start"].to_list(), default=0)
    hour_height = min(HOUR_HEIGHT, MAX_HEIGHT / max(hours, 1))
    rows = rows.with_columns(
        pl.Series("lane", lanes, dtype=pl.Int64),
        pl.Series("title", _titles(rows, len(names), hour_height), dtype=pl.String),
    )
    bars = _bars(rows, names, domain)
    bar_height = "(scale('y', datum.end) - scale('y', datum.start))"
    look: dict[str, Any] = {
        "align": "left",
        "dx": MARGIN,
        "aria": False,
        "fill": alt.ExprRef(f"datum.completion === null ? 'black' : {ink_on('completion').expr}"),
        "limit": alt.ExprRef(f"bandwidth('x') * {BAR} - {2 * MARGIN}"),
        "cursor": CURSOR,
    }
    at_left = bars.encoding.x.copy()
    at_left.bandPosition = (1 - BAR) / 2
    text = alt.Chart(rows).encode(x=at_left)
    titles = text.mark_text(
        dy=5,
        fontSize=12,
        fontWeight=600,
        baseline="top",
        lineBreak="\n",
        opacity=alt.ExprRef(f"{bar_height} < {LINE} ? 0 : 1"),
        **look,
    ).encode(y=bars.encoding.y, text=alt.Text("title:N"))
    figures = text.mark_text(
        dy=-5,
        fontSize=11,
        baseline="bottom",
        opacity=alt.ExprRef(f"{bar_height} < {LINE + FIGURES - 4} ? 0 : 1"),
        **look,
    ).encode(y=alt.Y("end:Q"), text=alt.Text("figures:N"))
    return alt.LayerChart(
        layer=[bars.add_params(pick()), titles, figures],
        height=max(hours, 1) * hour_height + AXIS_AND_LEGEND,
        width="container" if len(names) * LEAST_WIDTH <= WIDTH else len(names) * LEAST_WIDTH,
        description=f"Agenda of {rows.height} sessions by room and time, coloured by completion. The table below holds "
        "the same figures.",
    )


def _bars(rows: pl.DataFrame, names: list[str], domain: tuple[float, float]) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_bar(width=alt.RelativeBandSize(band=BAR), cornerRadius=3, stroke="white", strokeOpacity=0.5)
        .encode(
            x=alt.X(
                "lane:O",
                title=None,
                scale=alt.Scale(domain=list(range(len(names))), padding=0.02),
                axis=alt.Axis(
                    labelExpr=f"{json.dumps(names)}[datum.value]",
                    orient="top",
                    labelAngle=0,
                    labelLimit=max(WIDTH // max(len(names), 1), LEAST_WIDTH) - MARGIN,
                    labelOverlap=False,
                ),
            ),
            y=alt.Y(
                "start:Q",
                title=None,
                scale=alt.Scale(zero=False, nice=False, reverse=True),
                axis=alt.Axis(labelExpr=HOUR, tickMinStep=1),
            ),
            y2=alt.Y2("end:Q"),
            color=alt.Color(
                "completion:Q", title="Completion", scale=alt.Scale(domain=list(domain)), legend=COMPLETION_LEGEND
            ),
            tooltip=[
                alt.Tooltip("session:N", title="Session"),
                alt.Tooltip("when:N", title="Scheduled"),
                alt.Tooltip("attendee_count:Q", title="Attendees", format=",d"),
                alt.Tooltip("completion:Q", title="Completion", format=".0%"),
            ],
        )
    )
    return chart


def _titles(rows: pl.DataFrame, column_count: int, hour_height: float) -> list[str]:
    """The titles in as many lines as fit their bars on a wide screen; on a narrower one each line is cut off."""
    width = max(WIDTH / max(column_count, 1), LEAST_WIDTH)
    characters = int((width * BAR - 2 * MARGIN) / CHARACTER)
    heights = (rows["end"] - rows["start"]) * hour_height
    return [
        _in_lines(title, characters, max(int((height - FIGURES) // LINE), 1))
        for title, height in zip(rows["session"], heights, strict=True)
    ]


def _in_natural_order(room: str) -> tuple[bool, str]:
    """Room 2 comes before room 10, and no room last."""
    return room == NO_ROOM, re.sub(r"\d+", lambda number: number[0].zfill(9), room)


def _in_lines(title: str, characters: int, max_lines: int) -> str:
    lines = wrap(title, characters, break_long_words=False)
    return "\n".join(lines[:max_lines]) + ("…" if len(lines) > max_lines else "")


def _lanes(rooms: list[str], starts: list[float], ends: list[float]) -> list[int]:
    """The column of each session: the first of its room that is free again when it starts."""
    lanes: list[int] = []
    first = 0
    free_at: list[float] = []
    for position, (room, start, end) in enumerate(zip(rooms, starts, ends, strict=True)):
        if position and room != rooms[position - 1]:
            first, free_at = first + len(free_at), []
        lane = next((n for n, time in enumerate(free_at) if time <= start), len(free_at))
        free_at[lane : lane + 1] = [end]
        lanes.append(first + lane)
    return lanes
