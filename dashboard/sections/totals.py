"""The figures at the top of the overview, and how they changed since the event before."""

from collections.abc import Mapping

import streamlit as st

from dashboard.display.columns import COMPLETION_MEANING
from dashboard.display.text import decimal, hours, percent, rounded

Figures = Mapping[str, float | None]


def show(now: Figures, before: Figures | None) -> None:
    """Draw the figures in a row.

    Args:
        now: of `overview.totals`.
        before: the same of the event before; None where there is none to compare with.
    """
    then = before or {}
    with st.container(horizontal=True):
        _metric("Attendees", f"{now['attendee_count']:,}", _growth(now, then, "attendee_count"))
        _metric(
            "Hours",
            hours(now["total_minutes"] or 0),
            _growth(now, then, "total_minutes"),
            meaning="Time spent in sessions.",
        )
        _metric(
            "Minutes per attendee",
            decimal(now["mean_minutes_per_attendee"] or 0),
            _growth(now, then, "mean_minutes_per_attendee"),
        )
        _metric("Sessions", f"{now['session_count']:,}", _growth(now, then, "session_count"))
        _metric(
            "Completion",
            percent(now["mean_completion"]),
            _points(now["mean_completion"], then.get("mean_completion")),
            meaning=COMPLETION_MEANING,
        )


def _metric(label: str, figure: str | None, change: str | None, meaning: str | None = None) -> None:
    is_same = change is not None and change[1:4] == "0.0"
    st.metric(
        label,
        figure,
        change,
        delta_color="off" if is_same else "normal",
        delta_arrow="off" if is_same else "auto",
        border=True,
        help=meaning,
    )


def _growth(now: Figures, then: Figures, field: str) -> str | None:
    """An amount changes by a part of itself."""
    current, previous = now[field], then.get(field)
    return None if current is None or not previous else f"{rounded(100 * (current / previous - 1)):+.1f}%"


def _points(now: float | None, then: float | None) -> str | None:
    """A share changes by percentage points."""
    return None if now is None or not then else f"{rounded(100 * (now - then)):+.1f} points"
