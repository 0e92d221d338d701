"""The heading of every page about an event: its name, its days, its clock, its size, and what it is compared with."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.display.text import count, plain
from dashboard.queries.event import Event


def show(event: Event, loaded_at: datetime) -> None:
    """Draw the heading. `loaded_at` is the time of the last load (UTC)."""
    as_of = loaded_at.astimezone(ZoneInfo(event.time_zone or "UTC"))
    st.title(plain(event.name), anchor=False)
    about = [
        days(event.first_day, event.last_day),
        event.clock,
        f"{count(event.session_count, 'session')} in {count(event.room_count, 'room')}" if event.room_count else "",
        count(event.attendee_count, "attendee"),
        f"compared with {plain(event.previous_name)}" if event.previous_name else "",
        f"as of {as_of.day} {as_of:%b %Y, %H:%M}",
    ]
    st.caption(" · ".join(part for part in about if part))


def days(first: date | None, last: date | None) -> str:
    """The days as people write them: 19-20 May 2026, with a dash."""
    if first is None or last is None:
        return "no dates given"
    if first == last:
        return f"{first.day} {first:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\N{EN DASH}{last.day} {last:%B %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%B} \N{EN DASH} {last.day} {last:%B %Y}"
    return f"{first.day} {first:%B %Y} \N{EN DASH} {last.day} {last:%B %Y}"
