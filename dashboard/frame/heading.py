"""The heading of every page about an event: its name, its days, its clock, its size, and what it is compared with."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.display.text import count, plain
from dashboard.provenance import days
from dashboard.queries.event import Event


def show_name(event: Event) -> None:
    """Draw the name of the event."""
    st.title(plain(event.name), anchor=False)


def show_facts(event: Event, loaded_at: datetime) -> None:
    """Draw the line below it. `loaded_at` is the time of the last load (UTC)."""
    as_of = loaded_at.astimezone(ZoneInfo(event.time_zone or "UTC"))
    about = [
        days(event.first_day, event.last_day),
        event.clock,
        f"{count(event.session_count, 'session')} in {count(event.room_count, 'room')}" if event.room_count else "",
        count(event.attendee_count, "attendee") if event.session_count else f"{event.registered_count:,} registered",
        f"compared with {plain(event.previous_name)}" if event.previous_name else "",
        f"as of {as_of.day} {as_of:%b %Y, %H:%M}",
    ]
    st.caption(" · ".join(part for part in about if part))
