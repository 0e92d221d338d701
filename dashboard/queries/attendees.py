"""Attendees: found by name, put into segments, and one of them from near.

Mail addresses are in a query only when the operator allows them: what is not asked for can't reach a browser.
"""

from typing import Any, NamedTuple

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from dashboard.queries.audience import known

MOST_FOUND = 200

NAME = "coalesce(nullif(trim(concat_ws(' ', first_name, last_name)), ''), registration_id)"


class AttendeeKey(NamedTuple):
    """Who: an event's registration."""

    event_id: str
    registration_id: str


def find(published: Published, filters: Filters, text: str, *, show_pii: bool) -> pl.DataFrame:
    """Attendees whose name, company or job title contains the text, most minutes first, at most `MOST_FOUND`."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT {NAME} AS attendee, spent.total_minutes, spent.session_count, company, designation, industry, country,
               {"email," if show_pii else ""} top_tag, engagement_score, engagement_rank, event, event_id,
               registration_id
        FROM (
            SELECT event_id, registration_id, sum(minutes_spent) AS total_minutes, count(*) AS session_count
            FROM chosen GROUP BY ALL
        ) AS spent
        JOIN attendee_engagement USING (event_id, registration_id)
        JOIN ({data.EVENT_NAMES}) USING (event_id)
        WHERE contains(lower(concat_ws(' ', first_name, last_name, company, designation)), lower($text))
        ORDER BY spent.total_minutes DESC, attendee, registration_id LIMIT {MOST_FOUND}
        """,
        text=text.strip(),
    )


def segments(published: Published, filters: Filters, column: str) -> pl.DataFrame:
    """Attendees by company, country, designation or industry, most minutes first."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT coalesce({known(column)}, '{NOT_GIVEN}') AS name, sum(minutes) AS total_minutes,
               count(*) AS attendee_count, sum(minutes) / count(*) AS mean_minutes_per_attendee,
               sum(attendance_count) / count(*) AS mean_sessions_per_attendee,
               sum(completion_sum) / nullif(sum(completion_count), 0) AS mean_completion
        FROM (
            SELECT event_id, registration_id, sum(minutes_spent) AS minutes, count(*) AS attendance_count,
                   sum(completion) AS completion_sum, count(completion) AS completion_count
            FROM chosen GROUP BY ALL
        ) LEFT JOIN attendees USING (event_id, registration_id)
        GROUP BY name ORDER BY total_minutes DESC, name
        """,
    )


def attendee(published: Published, key: AttendeeKey, *, show_pii: bool) -> dict[str, Any] | None:
    """One attendee, with the score and its two parts, over the whole event whatever the filters."""
    found = data.rows(
        published,
        f"""
        SELECT {NAME} AS attendee, event, company, designation, industry, country, session_count, total_minutes,
               top_tag, engagement_score, engagement_rank, {"email," if show_pii else ""}
               (SELECT avg((others.total_minutes <= one.total_minutes)::INT) FROM attendee_engagement AS others
                WHERE event_id = $event) AS minutes_part,
               (SELECT avg((others.session_count <= one.session_count)::INT) FROM attendee_engagement AS others
                WHERE event_id = $event) AS sessions_part,
               (SELECT count(*) FROM attendee_engagement WHERE event_id = $event) AS attendee_count
        FROM attendee_engagement AS one JOIN ({data.EVENT_NAMES}) USING (event_id)
        WHERE event_id = $event AND registration_id = $registration
        """,
        {"event": key.event_id, "registration": key.registration_id},
    )
    return None if found.is_empty() else found.row(0, named=True)


def sessions_of(published: Published, filters: Filters, key: AttendeeKey) -> pl.DataFrame:
    """The attendee's sessions in order of their start."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT session, minutes_spent, completion, scheduled_minutes, starts_at, ends_at, location_name
        FROM chosen JOIN sessions USING (event_id, session_id)
        JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        WHERE event_id = $event AND registration_id = $registration
        ORDER BY starts_at NULLS LAST, session
        """,
        event=key.event_id,
        registration=key.registration_id,
    )
