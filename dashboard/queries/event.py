"""The event that a page is about."""

from datetime import date
from typing import NamedTuple

from dashboard import data
from dashboard.data import Published


class Event(NamedTuple):
    """One event, with what its heading says. `time_zone` is None where none is known: its times are UTC then.

    Days are by the clock on the wall. Counts are of sessions and attendees with time spent.
    """

    event_id: str
    name: str
    time_zone: str | None
    first_day: date | None
    last_day: date | None
    session_count: int
    room_count: int
    attendee_count: int
    previous_id: str | None
    previous_name: str | None

    @property
    def clock(self) -> str:
        """Whose clock the times on the page are of."""
        return self.time_zone or "UTC, the event's time zone is unknown"


def event(published: Published, event_id: str) -> Event:
    """The event of this id, which has time spent, and the same organisation's event before it."""
    found = published.rows(
        f"""
        WITH held AS (
            SELECT event_id, organization_id, time_zone, min(held.starts_at) AS starts_at,
                   min(held.local_starts_at)::DATE AS first_day, max(held.local_starts_at)::DATE AS last_day,
                   count(*) AS session_count, count(DISTINCT coalesce(location_id, location_name)) AS room_count
            FROM events JOIN session_engagement AS held USING (event_id) GROUP BY ALL
        ), previous AS (
            SELECT before.event_id AS previous_id
            FROM held AS before JOIN held AS this USING (organization_id)
            WHERE this.event_id = $event_id AND before.starts_at < this.starts_at
            ORDER BY before.starts_at DESC, before.event_id LIMIT 1
        )
        SELECT held.event_id, this.event AS name, time_zone, first_day, last_day, held.session_count, room_count,
               attendee_count, previous_id, before.event AS previous_name
        FROM held JOIN event_engagement USING (event_id) JOIN ({data.EVENT_NAMES}) AS this USING (event_id)
        LEFT JOIN previous ON true LEFT JOIN ({data.EVENT_NAMES}) AS before ON before.event_id = previous_id
        WHERE held.event_id = $event_id
        """,
        event_id=event_id,
    )
    return Event(**found.row(0, named=True))
