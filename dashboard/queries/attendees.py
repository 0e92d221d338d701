"""Attendees: found by text, grouped into segments, and the details of one of them.

Queries read mail addresses only when the operator allows it: what is not read can't reach a browser.
"""

from typing import Any, NamedTuple

import polars as pl

from dashboard import data
from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from dashboard.queries.audience import known

MAX_FOUND = 200

NAME = "coalesce(nullif(trim(concat_ws(' ', first_name, last_name)), ''), registration_id)"

WITH_TEXT = """SEMI JOIN (
    SELECT attendee_key FROM keyed_attendees JOIN main.attendees AS described USING (event_id, registration_id)
    WHERE contains(lower(concat_ws(' ', first_name, last_name, described.company, described.designation)), lower($text))
) USING (attendee_key)"""


class AttendeeKey(NamedTuple):
    """An event's registration."""

    event_id: str
    registration_id: str


def found(view: View, text: str) -> pl.DataFrame:
    """Attendees with the text in name, company or job title: the `MAX_FOUND` with most minutes, most first.

    The text may stand in any case; an empty one finds everybody.
    """
    # Profiles are read of the first attendees alone. Of equal minutes, the ids decide who is among them.
    return view.rows(
        f"""
        , spent AS (
            SELECT attendee_key, sum(minutes_spent) AS total_minutes, count(*) AS session_count
            FROM attendances {WITH_TEXT if text.strip() else ""} GROUP BY attendee_key
        ), first AS (
            SELECT event_id, registration_id, spent.* FROM spent JOIN keyed_attendees USING (attendee_key)
            ORDER BY total_minutes DESC, event_id, registration_id LIMIT {MAX_FOUND}
        )
        SELECT {NAME} AS attendee, first.total_minutes, first.session_count, company, designation, industry, country,
               {_mail(view)} top_tag, engagement_score, engagement_rank, event, event_id,
               registration_id
        FROM first JOIN attendee_engagement USING (event_id, registration_id)
        JOIN ({data.EVENT_NAMES}) USING (event_id)
        ORDER BY first.total_minutes DESC, attendee, registration_id
        """,
        **({"text": text.strip()} if text.strip() else {}),
    )


def everybody(view: View, text: str = "") -> pl.DataFrame:
    """All attendees with the text in name, company or job title, for files: one row per registration, with its ids.

    Most minutes first. Minutes and sessions are those under the filters, score and rank those of the whole event.
    """
    return view.rows(
        f"""
        , spent AS (
            SELECT attendee_key, sum(minutes_spent) AS total_minutes, count(*) AS session_count
            FROM attendances {WITH_TEXT if text.strip() else ""} GROUP BY attendee_key
        )
        SELECT {NAME} AS attendee, spent.total_minutes, spent.session_count, engagement_score, engagement_rank,
               described.company, described.designation, {_mail(view)} described.industry, described.country, top_tag,
               event, event_id, registration_id, actor_id
        FROM spent JOIN keyed_attendees USING (attendee_key)
        JOIN attendee_engagement AS described USING (event_id, registration_id)
        JOIN ({data.EVENT_NAMES}) USING (event_id)
        ORDER BY spent.total_minutes DESC, event_id, registration_id
        """,
        **({"text": text.strip()} if text.strip() else {}),
    )


def segments(view: View, column: str) -> pl.DataFrame:
    """Attendees grouped by company, country, designation or industry: one row per group, most minutes first."""
    return view.rows(f"""
        , spent AS (
            SELECT attendee_key, sum(minutes_spent) AS minutes, count(*) AS attendance_count,
                   sum(completion) AS completion_sum, count(completion) AS completion_count
            FROM attendances_with_completion GROUP BY attendee_key
        )
        SELECT coalesce({known(column)}, '{NOT_GIVEN}') AS name, sum(minutes) AS total_minutes,
               count(*) AS attendee_count, sum(minutes) / count(*) AS mean_minutes_per_attendee,
               sum(attendance_count) / count(*) AS mean_sessions_per_attendee,
               sum(completion_sum) / nullif(sum(completion_count), 0) AS mean_completion
        FROM spent JOIN keyed_attendees USING (attendee_key)
        GROUP BY name ORDER BY total_minutes DESC, name
    """)


def attendee(view: View, key: AttendeeKey) -> dict[str, Any] | None:
    """One attendee, with the score and its two parts, over the whole event whatever the filters."""
    rows = view.published.rows(
        f"""
        SELECT {NAME} AS attendee, event, company, designation, industry, country, session_count, total_minutes,
               top_tag, engagement_score, engagement_rank, {_mail(view)}
               (SELECT avg((others.total_minutes <= one.total_minutes)::INT) FROM attendee_engagement AS others
                WHERE event_id = $event_id) AS minutes_part,
               (SELECT avg((others.session_count <= one.session_count)::INT) FROM attendee_engagement AS others
                WHERE event_id = $event_id) AS sessions_part,
               (SELECT count(*) FROM attendee_engagement WHERE event_id = $event_id) AS attendee_count
        FROM attendee_engagement AS one JOIN ({data.EVENT_NAMES}) USING (event_id)
        WHERE event_id = $event_id AND registration_id = $registration_id
        """,
        **key._asdict(),
    )
    return None if rows.is_empty() else rows.row(0, named=True)


def sessions_of(view: View, key: AttendeeKey) -> pl.DataFrame:
    """The attendee's sessions in order of their start."""
    return view.rows(
        f"""
        SELECT session, minutes_spent, completion, scheduled_minutes, local_starts_at, local_ends_at, location_name
        FROM attendances_with_completion
        JOIN keyed_sessions USING (session_key) JOIN sessions USING (event_id, session_id)
        JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        WHERE attendee_key = (
            SELECT attendee_key FROM keyed_attendees WHERE event_id = $event_id AND registration_id = $registration_id)
        ORDER BY local_starts_at NULLS LAST, session
        """,
        **key._asdict(),
    )


def _mail(view: View) -> str:
    return "email," if view.settings.show_pii else ""
