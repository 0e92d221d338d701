"""The chosen attendances as a whole, event by event, and over the day."""

from dataclasses import replace
from typing import Any

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters


def totals(published: Published, filters: Filters) -> dict[str, Any]:
    """One row for all. An attendee of two events counts twice: once per registration."""
    return data.ask(
        published,
        filters,
        """
        SELECT coalesce(sum(attendance_count), 0)::BIGINT AS attendance_count, count(*) AS attendee_count,
               (SELECT count(*) FROM (SELECT DISTINCT event_id, session_id FROM chosen)) AS session_count,
               coalesce(sum(minutes), 0) AS total_minutes, sum(minutes) / count(*) AS mean_minutes_per_attendee,
               sum(completions) / nullif(sum(completion_count), 0) AS mean_completion
        FROM (
            SELECT event_id, registration_id, count(*) AS attendance_count, sum(minutes_spent) AS minutes,
                   sum(completion) AS completions, count(completion) AS completion_count
            FROM chosen GROUP BY ALL
        )
        """,
    ).row(0, named=True)


def events(published: Published, filters: Filters) -> pl.DataFrame:
    """One row per event, most minutes first."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT event, attendee_count, total_minutes, total_minutes / attendee_count AS mean_minutes_per_attendee,
               session_count, attendance_count / attendee_count AS mean_sessions_per_attendee, mean_completion, event_id
        FROM (
            SELECT event_id, count(*) AS attendance_count, sum(minutes_spent) AS total_minutes,
                   count(DISTINCT registration_id) AS attendee_count, count(DISTINCT session_id) AS session_count,
                   avg(completion) AS mean_completion
            FROM chosen GROUP BY event_id
        ) JOIN ({data.EVENT_NAMES}) USING (event_id)
        ORDER BY total_minutes DESC, event
        """,
    )


def previous_event(published: Published, event_id: str) -> tuple[str, str] | None:
    """Id and name of the same organisation's event before this one, by the first session's start."""
    found = data.rows(
        published,
        f"""
        WITH held AS (
            SELECT event_id, organization_id, min(starts_at) AS starts_at
            FROM events JOIN sessions USING (event_id) GROUP BY ALL
        )
        SELECT before.event_id, event
        FROM held AS before JOIN ({data.EVENT_NAMES}) USING (event_id), held AS this
        WHERE this.event_id = $event_id AND before.organization_id = this.organization_id
          AND before.starts_at < this.starts_at
        ORDER BY before.starts_at DESC, before.event_id LIMIT 1
        """,
        {"event_id": event_id},
    )
    return None if found.is_empty() else (found["event_id"][0], found["event"][0])


def of_event(filters: Filters, event_id: str) -> Filters:
    """The same filters, on another event; days belong to the event that they were chosen for."""
    return replace(filters, event_ids=(event_id,), first_day=None, last_day=None)


def hours_over_the_day(published: Published, filters: Filters) -> pl.DataFrame:
    """Hours spent, by the hour of the day (UTC) in which a session starts and by location; none without a start."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT hour(starts_at) AS hour, coalesce(location_name, '{NOT_GIVEN}') AS location,
               sum(minutes_spent) / 60 AS hours
        FROM chosen JOIN sessions USING (event_id, session_id)
        WHERE starts_at IS NOT NULL
        GROUP BY ALL ORDER BY hour, location
        """,
    )
