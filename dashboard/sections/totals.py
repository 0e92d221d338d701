"""The five figures at the top of the overview: each with its course, its change, and the median of own events."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import streamlit as st

from dashboard.display import chart
from dashboard.display.columns import COMPLETION_MEANING, FULL_STAY_MEANING
from dashboard.display.text import arrow, duration, growth, hours, percent, plain, points
from dashboard.queries.event import Event
from dashboard.queries.whole import Whole


class Figure(NamedTuple):
    """One of the five: its column in `overview.totals`, how it is written, and where its course comes from."""

    label: str
    column: str
    write: Callable[[float], str | None]
    change: Callable[[float, float], str | None]
    course: Literal["by_hour", "sessions"]
    course_column: str
    meaning: str


BY_HOUR = "The bars: by the local hour in which a session starts."
BY_SESSION = "The line: session by session, in the order of their start."
FIGURES = (
    Figure(
        "Attendees",
        "attendee_count",
        lambda number: f"{number:,.0f}",
        growth,
        "by_hour",
        "attendance_count",
        f"People with time in a session. {BY_HOUR}",
    ),
    Figure("Hours watched", "total_minutes", hours, growth, "by_hour", "hours", f"Time spent in sessions. {BY_HOUR}"),
    Figure(
        "Per attendee",
        "mean_minutes_per_attendee",
        duration,
        growth,
        "sessions",
        "mean_minutes",
        f"Time spent in sessions by an attendee on average. {BY_SESSION}",
    ),
    Figure(
        "Completion",
        "mean_completion",
        percent,
        points,
        "sessions",
        "mean_completion",
        f"{COMPLETION_MEANING} {BY_SESSION}",
    ),
    Figure(
        "Stayed to the end",
        "full_stay_rate",
        percent,
        points,
        "sessions",
        "full_stay_rate",
        f"{FULL_STAY_MEANING} {BY_SESSION}",
    ),
)


def show(whole: Whole, event: Event) -> None:
    """Draw the figures as a row of cards, and say what they are compared with."""
    with st.container(key="figures"):
        for figure in FIGURES:
            with st.container(border=True, height="stretch", gap="small"):
                _draw(figure, whole)
    if whole.before:
        st.caption(f"Changes are since {plain(event.previous_name or '')}, under the same filters but days and rooms.")


def _draw(figure: Figure, whole: Whole) -> None:
    now, before = whole.totals[figure.column], (whole.before or {}).get(figure.column)
    change = figure.change(now, before) if now is not None and before is not None else None
    st.metric(
        figure.label,
        None if now is None else figure.write(now),
        change,
        help=figure.meaning,
        delta_color="primary",
        delta_arrow=arrow(change),
    )
    course = _course(figure, whole)
    if course:
        by = "hour by hour" if figure.course == "by_hour" else "session by session"
        chart.show_spark(course, is_amount=figure.course == "by_hour", description=f"{figure.label}, {by}.")
    median = whole.medians[figure.column] if whole.medians else None
    if median is not None:
        st.caption(f"Median of {whole.own_event_count} own events: {figure.write(median)}")


def _course(figure: Figure, whole: Whole) -> list[float] | None:
    """The figure in the order of time; none where there is only one point."""
    frame = whole.by_hour
    if figure.course == "sessions":
        frame = whole.sessions.drop_nulls("local_starts_at").sort("local_starts_at", "session_id")
    values = [float(value) for value in frame[figure.course_column].drop_nulls()]
    return values if len(values) > 1 else None
