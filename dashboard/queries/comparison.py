"""Events side by side, and who came to more than one of them."""

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import Filters

# A grid beyond this can't be read on a screen.
MAX_EVENTS = 12


def returning(published: Published, filters: Filters) -> pl.DataFrame:
    """For each pair of events, the earlier first: how many people of the one were at the other.

    A person is an `actor_id`; attendances without one are left out. The latest `MAX_EVENTS` events with attendances.
    """
    return data.ask(
        published,
        filters,
        f"""
        , held AS (
            SELECT event_id, event, min(starts_at) AS starts_at
            FROM sessions JOIN ({data.EVENT_NAMES}) USING (event_id)
            WHERE event_id IN (SELECT event_id FROM surrogate_keys.sessions SEMI JOIN attended USING (session_key))
            GROUP BY ALL ORDER BY starts_at DESC NULLS LAST, event LIMIT {MAX_EVENTS}
        ), came AS (
            SELECT DISTINCT event_id, actor_id
            FROM (SELECT DISTINCT attendee_key FROM attended)
            JOIN surrogate_keys.attendees USING (attendee_key) JOIN attendees USING (event_id, registration_id)
            WHERE actor_id IS NOT NULL AND event_id IN (SELECT event_id FROM held)
        ), sizes AS (SELECT event_id, count(*) AS person_count FROM came GROUP BY ALL),
        both_times AS (
            SELECT a.event_id AS earlier_id, b.event_id AS later_id, count(*) AS both_count
            FROM came AS a JOIN came AS b USING (actor_id) GROUP BY ALL
        )
        SELECT a.event AS earlier, b.event AS later, coalesce(both_count, 0) AS both_count,
               person_count AS later_count, coalesce(both_count, 0) / person_count AS share
        FROM held AS a JOIN held AS b ON (a.starts_at, a.event) < (b.starts_at, b.event)
        JOIN sizes ON sizes.event_id = b.event_id
        LEFT JOIN both_times ON earlier_id = a.event_id AND later_id = b.event_id
        ORDER BY a.starts_at, a.event, b.starts_at, b.event
        """,
    )
