"""Attendees: found by text and segment, grouped, and the details of one of them.

Queries read mail addresses only when the operator allows it: what is not read can't reach a browser.
"""

from typing import Any, NamedTuple

import polars as pl

from dashboard import data
from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from dashboard.queries import spellings
from dashboard.queries.audience import event_of, known
from dashboard.queries.event import in_order
from dashboard.queries.places import PLACE_TYPES, visitors

PAGE_SIZE = 500
STAYED = 0.8
MANY_SESSIONS = 3
# What an attendee has to be, by the segment's name in the address. Minutes and sessions are those under the filters.
SEGMENTS = {
    "all": "true",
    "stayed": f"mean_completion > {STAYED}",
    "sessions": f"session_count >= {MANY_SESSIONS}",
    "first": "is_returning IS NULL",
    "returning": "is_returning",
}
PERSONAL = ("first", "returning")

NAME = "coalesce(nullif(trim(concat_ws(' ', first_name, last_name)), ''), registration_id)"

# Registrations of people with time spent in an earlier event, too.
RETURNING = """
    SELECT event_id, registration_id, true AS is_returning FROM main.attendees
    WHERE event_id = $event_id AND actor_id IN (
        SELECT actor_id FROM main.attendees WHERE list_contains($earlier_ids, event_id) AND actor_id IS NOT NULL
    )
"""

WITH_TEXT = """SEMI JOIN (
    SELECT attendee_key FROM keyed_attendees JOIN main.attendees AS described USING (event_id, registration_id)
    WHERE contains(lower(concat_ws(' ', first_name, last_name, described.company, described.designation)), lower($text))
) USING (attendee_key)"""


class AttendeeKey(NamedTuple):
    """An event's registration."""

    event_id: str
    registration_id: str


def found(view: View, text: str, segment: str = "all", page: int = 1) -> pl.DataFrame:
    """A page of the segment's attendees with the text in name, company or job title, most minutes first.

    The text may stand in any case; an empty one finds everybody.
    """
    # Profiles are read of this page alone. Of equal minutes, the ids decide who is on it.
    return view.rows(
        f"""
        , {_attending(text, segment)}, first AS (
            SELECT event_id, registration_id, total_minutes, session_count, mean_completion FROM attending
            WHERE {SEGMENTS[segment]}
            ORDER BY total_minutes DESC, event_id, registration_id LIMIT {PAGE_SIZE} OFFSET {PAGE_SIZE * (page - 1)}
        )
        SELECT {NAME} AS attendee, first.total_minutes, first.session_count, first.mean_completion, company,
               designation, industry, country, {_mail(view)} top_tag, engagement_score, engagement_rank, event,
               event_id, registration_id
        FROM first JOIN attendee_engagement USING (event_id, registration_id)
        JOIN ({data.EVENT_NAMES}) USING (event_id)
        ORDER BY first.total_minutes DESC, event_id, registration_id
        """,
        **_text(text),
        **_personal(view, segment),
    )


def everybody(view: View, text: str = "", segment: str = "all") -> pl.DataFrame:
    """All attendees of the segment with the text, for files: one row per registration, with its ids.

    Most minutes first. Minutes and sessions are those under the filters, score and rank those of the whole event.
    """
    return view.rows(
        f"""
        , {_attending(text, segment)}
        SELECT {NAME} AS attendee, attending.total_minutes, attending.total_minutes / 60 AS hours,
               attending.session_count, attending.mean_completion, engagement_score, engagement_rank,
               described.company, described.designation, {_mail(view)} described.industry, described.country, top_tag,
               event, event_id, registration_id, actor_id
        FROM (FROM attending WHERE {SEGMENTS[segment]}) AS attending
        JOIN attendee_engagement AS described USING (event_id, registration_id)
        JOIN ({data.EVENT_NAMES}) USING (event_id)
        ORDER BY attending.total_minutes DESC, event_id, registration_id
        """,
        **_text(text),
        **_personal(view, segment),
    )


def segment_sizes(view: View, text: str) -> dict[str, int]:
    """How many attendees with the text are in each of the `SEGMENTS`.

    Returning ones have time spent in an earlier event, whatever the filters; their actor id tells. The others are
    first-timers.
    """
    counts = ", ".join(f"count(*) FILTER ({condition}) AS {name}" for name, condition in SEGMENTS.items())
    sizes = view.rows(
        f", {_attending(text, 'first')} SELECT {counts} FROM attending", **_text(text), **_personal(view, "first")
    )
    return sizes.row(0, named=True)


def _attending(text: str, segment: str) -> str:
    """SQL of `attending`: the attendees under the filters and with the text, with what `SEGMENTS` ask of them."""
    return f"""spent AS (
        SELECT attendee_key, sum(minutes_spent) AS total_minutes, count(*) AS session_count,
               avg(completion) AS mean_completion
        FROM attendances_with_completion {WITH_TEXT if text.strip() else ""} GROUP BY attendee_key
    ), attending AS (
        FROM spent JOIN keyed_attendees USING (attendee_key)
        {f"LEFT JOIN ({RETURNING}) USING (event_id, registration_id)" if segment in PERSONAL else ""}
    )"""


def _text(text: str) -> dict[str, str]:
    return {"text": text.strip()} if text.strip() else {}


def _personal(view: View, segment: str) -> dict[str, Any]:
    """The parameters of `RETURNING`, where the segment needs it."""
    if segment not in PERSONAL:
        return {}
    event_id = event_of(view)
    ids = in_order(view.published)["event_id"].to_list()
    return {"event_id": event_id, "earlier_ids": ids[: ids.index(event_id)] if event_id in ids else []}


def segments(view: View, column: str) -> pl.DataFrame:
    """Attendees grouped by company, country, designation or industry: one row per group, most minutes first.

    All spellings of a company are one group.
    """
    is_company = column == "company"
    name = f"coalesce({'shown, ' if is_company else ''}{known(column)}, '{NOT_GIVEN}')"
    return view.rows(
        f"""
        , spent AS (
            SELECT attendee_key, sum(minutes_spent) AS minutes, count(*) AS attendance_count,
                   sum(completion) AS completion_sum, count(completion) AS completion_count
            FROM attendances_with_completion GROUP BY attendee_key
        )
        SELECT {name} AS name, sum(minutes) AS total_minutes,
               count(*) AS attendee_count, sum(minutes) / count(*) AS mean_minutes_per_attendee,
               sum(attendance_count) / count(*) AS mean_sessions_per_attendee,
               sum(completion_sum) / nullif(sum(completion_count), 0) AS mean_completion
        FROM spent JOIN keyed_attendees USING (attendee_key)
        {f"LEFT JOIN {spellings.RENAMED} ON company = given" if is_company else ""}
        GROUP BY name ORDER BY total_minutes DESC, name
        """,
        **(spellings.renamed(view.published, event_of(view)) if is_company else {}),
    )


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
        SELECT session, minutes_spent, completion, scheduled_minutes, local_starts_at, local_ends_at, location_name,
               session_id
        FROM attendances_with_completion
        JOIN keyed_sessions USING (session_key) JOIN sessions USING (event_id, session_id)
        JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        WHERE attendee_key = (
            SELECT attendee_key FROM keyed_attendees WHERE event_id = $event_id AND registration_id = $registration_id)
        ORDER BY local_starts_at NULLS LAST, session
        """,
        **key._asdict(),
    )


# What an attendee did, in plain words, by the action's name; a place or a subject follows.
STEPS = {
    "INVITED": "Invited",
    "REGISTERED": "Registered",
    "APPROVED": "Registration approved",
    "REGISTRATION_FOR_ON_DEMAND": "Registered for the recordings",
    "REGISTRATION_DELETE": "Registration deleted",
    "REGISTRATION_REJECTED": "Registration rejected",
    "SESSION_REGISTRATION": "Signed up for a session",
    "ATTENDED": "Attended",
    "ENTERED": "Entered",
    "JOINED_SESSION": "Joined a session",
    "JOINED_BOOTH": "Visited a booth",
    "JOINED_DISCUSSION_ROOM": "Joined a discussion room",
    "JOINED_BREAKOUT_ROOM": "Joined a breakout room",
    "ASKED_QUESTION": "Asked a question",
    "QUESTION_UPVOTED": "Upvoted a question",
    "ANSWERED_POLL": "Answered a poll",
    "ANSWERED_SURVEY": "Answered a survey",
    "CTA_CLICKED": "Clicked a call to action",
    "ATTENDED_ON_DEMAND": "Attended afterwards",
    "WATCHED_VOD": "Watched a recording",
}


def journey(view: View, key: AttendeeKey) -> pl.DataFrame:
    """What the attendee did, in order: `at` (by the event's clock)`, step, about, session`, whatever the filters.

    A question's text is read only where the operator allows it: people write about themselves.
    """
    about = "coalesce(place_name, place_id, subject_name)"
    is_question = "subject_type = 'QUESTION'"
    rows = view.published.rows(
        f"""
        SELECT timezone(coalesce(time_zone, 'UTC'), action_created_at) AS at, action,
               {about if view.settings.show_pii else f"CASE WHEN NOT coalesce({is_question}, false) THEN {about} END"}
                   AS about, session
        FROM actions JOIN events USING (event_id) LEFT JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        WHERE event_id = $event_id AND registration_id = $registration_id AND list_contains($steps, action)
        ORDER BY action_created_at NULLS FIRST, delivery_id
        """,
        **key._asdict(),
        steps=list(STEPS),
    )
    return rows.select(
        "at", pl.col("action").replace_strict(STEPS, return_dtype=pl.String).alias("step"), "about", "session"
    )


def places_of(view: View, key: AttendeeKey) -> pl.DataFrame:
    """The booths, rooms and stages that the attendee visited: `place, place_type, minutes`, most minutes first."""
    rows = view.published.rows(
        f"""
        WITH {visitors("event_id = $event_id AND registration_id = $registration_id")}
        SELECT coalesce(place_name, place_id) AS place, place_type, minutes
        FROM visitors LEFT JOIN place_engagement USING (event_id, place_type, place_id)
        ORDER BY minutes DESC NULLS LAST, place, place_id
        """,
        **key._asdict(),
    )
    return rows.with_columns(pl.col("place_type").replace(PLACE_TYPES))


def _mail(view: View) -> str:
    return "email," if view.settings.show_pii else ""
