"""Attendees who came to more than one event."""

import polars as pl

from dashboard import data
from dashboard.data import View

# A larger grid can't be read on a screen.
MAX_EVENTS = 12


def returning(view: View) -> pl.DataFrame:
    """One row per pair of events, the earlier first: how many attendees of the later one were at the earlier one.

    `actor_id` tells that two registrations are the same attendee's; attendances without one are left out.
    Only the latest `MAX_EVENTS` events with attendances.
    """
    return view.rows(f"""
        , held AS (
            SELECT event_id, event, min(starts_at) AS starts_at
            FROM sessions JOIN ({data.EVENT_NAMES}) USING (event_id)
            WHERE event_id IN (SELECT event_id FROM keyed_sessions SEMI JOIN attendances USING (session_key))
            GROUP BY ALL ORDER BY starts_at DESC NULLS LAST, event LIMIT {MAX_EVENTS}
        ), came AS (
            SELECT DISTINCT event_id, actor_id
            FROM (SELECT DISTINCT attendee_key FROM attendances)
            JOIN keyed_attendees USING (attendee_key) JOIN attendees USING (event_id, registration_id)
            WHERE actor_id IS NOT NULL AND event_id IN (SELECT event_id FROM held)
        ), sizes AS (SELECT event_id, count(*) AS later_count FROM came GROUP BY ALL),
        both_times AS (
            SELECT a.event_id AS earlier_id, b.event_id AS later_id, count(*) AS both_count
            FROM came AS a JOIN came AS b USING (actor_id) GROUP BY ALL
        )
        SELECT a.event AS earlier, b.event AS later, coalesce(both_count, 0) AS both_count,
               later_count, coalesce(both_count, 0) / later_count AS share
        FROM held AS a JOIN held AS b ON (a.starts_at, a.event) < (b.starts_at, b.event)
        JOIN sizes ON sizes.event_id = b.event_id
        LEFT JOIN both_times ON earlier_id = a.event_id AND later_id = b.event_id
        ORDER BY a.starts_at, a.event, b.starts_at, b.event
    """)
