"""The figures at the top of the overview, and their change since the previous event."""

from typing import Any

import streamlit as st

from dashboard.display.columns import COMPLETION_MEANING
from dashboard.display.text import decimal, hours, percent, rounded


def show(now: dict[str, Any], before: dict[str, Any]) -> None:
    """Draw a row of figures: `now` and `before` are of `overview.totals`, `before` empty without a previous event."""
    per_attendee = now["mean_minutes_per_attendee"]
    with st.container(horizontal=True):
        _metric("Attendees", f"{now['attendee_count']:,}", _growth(now, before, "attendee_count"))
        _metric("Hours", hours(now["total_minutes"]), _growth(now, before, "total_minutes"), "Time spent in sessions.")
        _metric("Minutes per attendee", decimal(per_attendee), _growth(now, before, "mean_minutes_per_attendee"))
        _metric("Sessions", f"{now['session_count']:,}", _growth(now, before, "session_count"))
        _metric("Completion", percent(now["mean_completion"]), _points(now, before), COMPLETION_MEANING)


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


def _growth(now: dict[str, Any], before: dict[str, Any], field: str) -> str | None:
    """The change of an amount, in percent of what it was."""
    was = before.get(field)
    return f"{rounded(100 * (now[field] / was - 1)):+.1f}%" if was else None


def _points(now: dict[str, Any], before: dict[str, Any]) -> str | None:
    """The change of completion, in percentage points."""
    current, was = now["mean_completion"], before.get("mean_completion")
    return f"{rounded(100 * (current - was)):+.1f} points" if was and current is not None else None
