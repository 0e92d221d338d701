"""Speakers and tags: what their sessions' minutes come to, in full or in split credit, and whose minutes they are."""

from enum import Enum

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from dashboard.queries.sessions import known
from warehouse.schema import NO_SPEAKER, UNTAGGED

# A heat map beyond this can't be read on a screen.
MOST_TAGS, MOST_GROUPS = 15, 15


class Kind(Enum):
    """What shares a session's minutes: the table of members, its column, and who stands for nobody."""

    SPEAKER = ("session_speakers", "speaker_id", NO_SPEAKER)
    TAG = ("session_tags", "tag", UNTAGGED)

    @property
    def shares(self) -> str:
        """SQL of who takes which share of each session: `event_id, session_id, member, share`."""
        table, column, nobody = self.value
        return f"""
            SELECT event_id, session_id, coalesce({column}, '{nobody}') AS member,
                   1 / count(*) OVER (PARTITION BY event_id, session_id) AS share
            FROM sessions LEFT JOIN {table} USING (event_id, session_id)
        """

    @property
    def names(self) -> str:
        """SQL of what each member is called: `member, name`."""
        if self is Kind.TAG:
            return (
                f"SELECT DISTINCT tag AS member, tag AS name FROM session_tags UNION SELECT '{UNTAGGED}', '{UNTAGGED}'"
            )
        return f"""
            SELECT speaker_id AS member, speaker AS name FROM ({data.SPEAKER_NAMES})
            UNION ALL SELECT '{NO_SPEAKER}', '{NO_SPEAKER}'
        """


def ranking(published: Published, filters: Filters, kind: Kind) -> pl.DataFrame:
    """One row per speaker or tag, most minutes in the chosen credit first."""
    credit = "1" if filters.credit == "full" else "share"
    return data.ask(
        published,
        filters,
        f"""
        SELECT name, minutes, session_count, attendee_count,
               total_minutes / attendee_count AS mean_minutes_per_attendee, member
        FROM (
            SELECT member, sum(total_minutes * {credit}) AS minutes, sum(total_minutes) AS total_minutes,
                   count(*) AS session_count
            FROM (SELECT event_id, session_id, sum(minutes_spent) AS total_minutes FROM chosen GROUP BY ALL)
            JOIN ({kind.shares}) USING (event_id, session_id)
            GROUP BY member
        )
        JOIN (
            SELECT member, count(*) AS attendee_count
            FROM (SELECT DISTINCT member, event_id, registration_id
                  FROM chosen JOIN ({kind.shares}) USING (event_id, session_id))
            GROUP BY member
        ) USING (member)
        JOIN ({kind.names}) USING (member)
        ORDER BY minutes DESC, name
        """,
    )


def sessions_behind(published: Published, filters: Filters, kind: Kind, member: str) -> pl.DataFrame:
    """The sessions that a speaker's or a tag's minutes come from, most minutes first."""
    credit = "1" if filters.credit == "full" else "share"
    return data.ask(
        published,
        filters,
        f"""
        SELECT session, event, sum(minutes_spent * {credit}) AS minutes, count(*) AS attendee_count,
               avg(completion) AS mean_completion, any_value(share) AS share
        FROM chosen JOIN ({kind.shares}) USING (event_id, session_id)
        JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        WHERE member = $member
        GROUP BY event_id, session_id, session, event ORDER BY minutes DESC, session
        """,
        member=member,
    )


def audience(published: Published, filters: Filters, kind: Kind, member: str, column: str) -> pl.DataFrame:
    """A speaker's or a tag's attendees by company, country, designation or industry, most first."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT coalesce({known(column)}, '{NOT_GIVEN}') AS name, count(*) AS attendee_count,
               sum(total_minutes) AS total_minutes
        FROM (
            SELECT event_id, registration_id, sum(minutes_spent) AS total_minutes
            FROM chosen JOIN ({kind.shares}) USING (event_id, session_id)
            WHERE member = $member GROUP BY ALL
        ) LEFT JOIN attendees USING (event_id, registration_id)
        GROUP BY name ORDER BY attendee_count DESC, name
        LIMIT 20
        """,
        member=member,
    )


def interests(published: Published, filters: Filters, column: str) -> pl.DataFrame:
    """What part of a group's minutes, in full credit, goes to each tag: the largest groups and tags."""
    return data.ask(
        published,
        filters,
        f"""
        , spent AS (
            SELECT event_id, session_id, coalesce({known(column)}, '{NOT_GIVEN}') AS group_name,
                   sum(minutes_spent) AS total_minutes
            FROM chosen LEFT JOIN attendees USING (event_id, registration_id) GROUP BY ALL
        ), groups AS (
            SELECT group_name, sum(total_minutes) AS group_minutes FROM spent
            GROUP BY ALL HAVING group_minutes > 0 ORDER BY group_minutes DESC, group_name LIMIT {MOST_GROUPS}
        ), tagged AS (
            SELECT group_name, member AS tag, sum(total_minutes) AS minutes
            FROM spent JOIN ({Kind.TAG.shares}) USING (event_id, session_id) GROUP BY ALL
        ), tags AS (
            SELECT tag FROM tagged GROUP BY tag ORDER BY sum(minutes) DESC, tag LIMIT {MOST_TAGS}
        )
        SELECT group_name, tag, minutes, minutes / group_minutes AS share
        FROM tagged JOIN groups USING (group_name) SEMI JOIN tags USING (tag)
        ORDER BY group_minutes DESC, group_name, tag
        """,
    )
