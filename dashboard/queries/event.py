"""The event that a page is about."""

from datetime import date
from typing import NamedTuple

import polars as pl

from dashboard import data
from dashboard.data import Published


class Event(NamedTuple):
    """One event, with what its heading says. `time_zone` is None where none is known: its times are UTC then.

    Days are by the clock on the wall: those of its sessions with time spent, else the event's own. Counts are of
    sessions and attendees with time spent; `registered_count` is of all who are registered.
    """

    event_id: str
    name: str
    time_zone: str | None
    first_day: date | None
    last_day: date | None
    session_count: int
    room_count: int
    attendee_count: int
    registered_count: int
    previous_id: str | None
    previous_name: str | None

    @property
    def clock(self) -> str:
        """Whose clock the times on the page are of."""
        return self.time_zone or "UTC, the event's time zone is unknown"


def event(published: Published, event_id: str) -> Event:
    """The event of this id, and the same organisation's event before it, both with time spent."""
    # All events in one query, which the cache keeps for each of them: the query of one takes 25 ms.
    found = published.rows(f"""
        WITH held AS (
            SELECT event_id, min(local_starts_at)::DATE AS first_day, max(local_starts_at)::DATE AS last_day,
                   count(*) AS session_count, count(DISTINCT coalesce(location_id, location_name)) AS room_count
            FROM session_engagement GROUP BY event_id
        ), planned AS (
            SELECT event_id, min(local_starts_at)::DATE AS first_day, max(local_starts_at)::DATE AS last_day
            FROM sessions GROUP BY event_id
        ), own AS (
            SELECT event_id, timezone(coalesce(time_zone, 'UTC'), starts_at)::DATE AS first_day,
                   timezone(coalesce(time_zone, 'UTC'), coalesce(ends_at, starts_at))::DATE AS last_day
            FROM events
        ), registered AS (
            SELECT event_id, count(*) AS registered_count FROM registrations WHERE is_registered GROUP BY event_id
        )
        SELECT events.event_id, this.event AS name, time_zone,
               coalesce(held.first_day, own.first_day, planned.first_day) AS first_day,
               coalesce(held.last_day, own.last_day, planned.last_day) AS last_day,
               coalesce(held.session_count, 0) AS session_count, coalesce(room_count, 0) AS room_count,
               coalesce(attendee_count, 0) AS attendee_count,
               coalesce(registered_count, 0) AS registered_count
        FROM events JOIN ({data.EVENT_NAMES}) AS this USING (event_id) JOIN own USING (event_id)
        LEFT JOIN held USING (event_id) LEFT JOIN planned USING (event_id) LEFT JOIN registered USING (event_id)
        LEFT JOIN event_engagement USING (event_id)
    """).filter(event_id=event_id)
    previous_id, previous_name = _before(published, event_id)
    return Event(**found.row(0, named=True), previous_id=previous_id, previous_name=previous_name)


def in_order(published: Published) -> pl.DataFrame:
    """The events with time spent, the earliest first: `event_id, event, organization_id, starts_at`."""
    return published.rows(f"""
        SELECT event_id, event, organization_id, starts.starts_at
        FROM events JOIN ({data.EVENT_NAMES}) USING (event_id) JOIN ({data.EVENT_STARTS}) AS starts USING (event_id)
        WHERE event_id IN (SELECT event_id FROM session_engagement)
        ORDER BY starts.starts_at NULLS FIRST, event
    """)


def _before(published: Published, event_id: str) -> tuple[str | None, str | None]:
    """Id and name of the event before, as `Event` has them."""
    held = in_order(published)
    earlier = (
        held.join(held.filter(event_id=event_id), on="organization_id", suffix="_of_this")
        .filter(pl.col("starts_at") < pl.col("starts_at_of_this"))
        .sort("starts_at", "event_id", descending=[True, False])
        .select("event_id", "event")
    )
    return earlier.row(0) if earlier.height else (None, None)
