"""Attendees: found by name, put into segments, and one of them from near.

Mail addresses are in a query only when the operator allows them: what is not asked for can't reach a browser.
"""

from typing import Any, NamedTuple

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from dashboard.queries.audience import known

MAX_FOUND = 200

NAME = "coalesce(nullif(trim(concat_ws(' ', first_name, last_name)), ''), registration_id)"

WITH_TEXT = """SEMI JOIN (
    SELECT attendee_key FROM surrogate_keys.attendees JOIN main.attendees AS described USING (event_id, registration_id)
    WHERE contains(lower(concat_ws(' ', first_name, last_name, described.company, described.designation)), lower($text))
) USING (attendee_key)"""


class AttendeeKey(NamedTuple):
    """Who: an event's registration."""

    event_id: str
    registration_id: str


class People(NamedTuple):
    """Those who were found, at most `MAX_FOUND`, and the segments of all; most minutes first."""

    found: pl.DataFrame
    segments: pl.DataFrame


def people(published: Published, filters: Filters, text: str, column: str, *, show_pii: bool) -> People:
    """Both tables of attendees, in one scan of their attendances.

    Args:
        published: the generation to ask.
        filters: which attendances count.
        text: whoever is found has it in name, company or job title.
        column: what the segments are by: company, country, designation or industry.
        show_pii: whether mail addresses are asked for.
    """
    # Who is among the first is decided before anybody's ids or profile are read; of equal minutes, by the ids.
    tables = data.ask(
        published,
        filters,
        f"""
        , spent AS MATERIALIZED (
            SELECT attendee_key, sum(minutes_spent) AS minutes, count(*) AS attendance_count,
                   sum(completion) AS completion_sum, count(completion) AS completion_count
            FROM chosen GROUP BY ALL
        ), fitting AS (
            FROM spent {WITH_TEXT if text.strip() else ""}
        ), most AS (
            FROM fitting JOIN surrogate_keys.attendees USING (attendee_key)
            WHERE minutes >= (SELECT min(minutes) FROM (
                SELECT minutes FROM fitting ORDER BY minutes DESC LIMIT {MAX_FOUND}))
            ORDER BY minutes DESC, event_id, registration_id LIMIT {MAX_FOUND}
        ), found AS (
            SELECT {NAME} AS attendee, minutes AS total_minutes, attendance_count AS session_count, most.company,
                   most.designation, most.industry, most.country, {"email," if show_pii else ""} top_tag,
                   engagement_score, engagement_rank, event, event_id, registration_id
            FROM most JOIN attendee_engagement USING (event_id, registration_id)
            JOIN ({data.EVENT_NAMES}) USING (event_id)
        ), segments AS (
            SELECT coalesce({known(column)}, '{NOT_GIVEN}') AS name, sum(minutes) AS total_minutes,
                   count(*) AS attendee_count, sum(minutes) / count(*) AS mean_minutes_per_attendee,
                   sum(attendance_count) / count(*) AS mean_sessions_per_attendee,
                   sum(completion_sum) / nullif(sum(completion_count), 0) AS mean_completion
            FROM spent JOIN surrogate_keys.attendees USING (attendee_key)
            GROUP BY name
        )
        SELECT (SELECT list(found ORDER BY total_minutes DESC, attendee, registration_id) FROM found) AS found,
               (SELECT list(segments ORDER BY total_minutes DESC, name) FROM segments) AS segments
        """,
        **({"text": text.strip()} if text.strip() else {}),
    )
    return People(*(data.unpacked(tables[name]) for name in People._fields))


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
        FROM chosen JOIN surrogate_keys.sessions USING (session_key) JOIN sessions USING (event_id, session_id)
        JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        WHERE attendee_key = (
            SELECT attendee_key FROM surrogate_keys.attendees
            WHERE event_id = $event AND registration_id = $registration)
        ORDER BY starts_at NULLS LAST, session
        """,
        event=key.event_id,
        registration=key.registration_id,
    )
