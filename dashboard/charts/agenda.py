"""The agenda of one day: time by room, coloured by completion, with the titles in the bars."""

from textwrap import wrap
from typing import Any

import altair as alt
import polars as pl

from dashboard.charts.colours import ink_on
from dashboard.charts.day import bars_over_the_day, hour_of_day
from dashboard.charts.picking import CURSOR, pick

ROW_HEIGHT = 78
MAX_ROOM = 24  # characters
NO_ROOM = "No room given"
MARGIN = 8  # pixels, between a bar's edge and its title
WIDTH, CHARACTER, MAX_LINES = 1100, 6.4, 3  # pixels of a day and of a letter on a wide screen; lines of a title
MIN_TITLE = 40  # pixels: on a phone a bar may be too short for a title


def agenda(frame: pl.DataFrame, domain: tuple[float, float]) -> alt.LayerChart:
    """Bars from start to end, a row for each room; sessions of a room at the same time have rows of their own.

    Args:
        frame: sessions of one day: `session, session_id, local_starts_at, local_ends_at` (none missing),
            `location_name`, `attendee_count`, `mean_completion`.
        domain: the least and the most completion that a colour stands for: those of the whole event.
    """
    starts_at, ends_at = pl.col("local_starts_at"), pl.col("local_ends_at")
    ordered = frame.with_columns(room=pl.col("location_name").fill_null(NO_ROOM)).sort(
        "room", "local_starts_at", "session"
    )
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
    rows = rows.with_columns(
        pl.Series("row", lanes, dtype=pl.Int64), pl.Series("title", _titles(rows), dtype=pl.String)
    )
    # A room's name stands beside its first row alone.
    of_lanes = dict(zip(reversed(lanes), reversed(ordered["room"].to_list()), strict=True))
    rooms = [of_lanes[lane][:MAX_ROOM] for lane in sorted(of_lanes)]
    names = [room if room not in rooms[:lane] else "" for lane, room in enumerate(rooms)]
    attendees = alt.Tooltip("attendee_count:Q", title="Attendees", format=",d")
    bars = bars_over_the_day(rows, names, row_height=ROW_HEIGHT, figure=attendees, domain=domain)
    bar_width = "(scale('x', datum.end) - scale('x', datum.start))"
    look: dict[str, Any] = {
        "align": "left",
        "dx": MARGIN,
        "aria": False,
        "fill": alt.ExprRef(f"datum.completion === null ? 'black' : {ink_on('completion').expr}"),
        "limit": alt.ExprRef(f"{bar_width} - {2 * MARGIN}"),
        "opacity": alt.ExprRef(f"{bar_width} < {MIN_TITLE} ? 0 : 1"),
        "cursor": CURSOR,
    }
    top, bottom = (
        alt.Chart(rows).encode(x=bars.encoding.x, y=alt.Y("row:O", title=None, bandPosition=position))
        for position in (0.05, 0.95)
    )
    return alt.LayerChart(
        layer=[
            bars.add_params(pick()),
            top.mark_text(dy=7, fontSize=12, fontWeight=600, baseline="top", lineBreak="\n", **look).encode(
                text="title:N"
            ),
            bottom.mark_text(dy=-7, fontSize=11, baseline="bottom", **look).encode(text="figures:N"),
        ],
        height=bars.height,
        width="container",
        description=f"Agenda of {rows.height} sessions by room and time, coloured by completion. The table below holds "
        "the same figures.",
    )


def _titles(rows: pl.DataFrame) -> list[str]:
    """The titles in lines that fit their bars on a wide screen; on a narrower one each line is cut off."""
    hours = max(rows["end"].to_list(), default=0) - min(rows["start"].to_list(), default=0)
    fitting = ((rows["end"] - rows["start"]) / hours * WIDTH - 2 * MARGIN) / CHARACTER
    return [
        _in_lines(title, max(int(characters) - 1, 1))
        for title, characters in zip(rows["session"], fitting, strict=True)
    ]


def _in_lines(title: str, characters: int) -> str:
    lines = wrap(title, characters, break_long_words=False)
    return "\n".join(lines[:MAX_LINES]) + ("…" if len(lines) > MAX_LINES else "")


def _lanes(rooms: list[str], starts: list[float], ends: list[float]) -> list[int]:
    """The row of each session: the first of its room that is free again when it starts."""
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
