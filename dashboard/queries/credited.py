"""Speakers and tags: what their sessions' minutes come to, in full or in split credit, and whose minutes they are."""

from enum import Enum
from typing import NamedTuple

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from dashboard.queries.audience import known
from dashboard.queries.sessions import sessions
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
        """SQL of what members are called, unlike each other: `member, name`; whoever is not in it has no name."""
        if self is Kind.TAG:
            return "SELECT DISTINCT tag AS member, tag AS name FROM session_tags"
        return f"SELECT speaker_id AS member, speaker AS name FROM ({data.SPEAKER_NAMES})"


def sessions_shared(published: Published, filters: Filters, kind: Kind) -> pl.DataFrame:
    """One row per session and speaker or tag, most minutes in the chosen credit first."""
    shares = data.rows(
        published,
        f"""
        SELECT event_id, session_id, member, coalesce(name, member) AS name, share
        FROM ({kind.shares}) LEFT JOIN ({kind.names}) USING (member)
        """,
    )
    credit = pl.lit(1.0) if filters.credit == "full" else pl.col("share")
    return (
        sessions(published, filters)
        .join(shares, on=("event_id", "session_id"))
        .with_columns(minutes=pl.col("total_minutes") * credit)
        .sort("minutes", "session", descending=[True, False])
    )


def ranking(published: Published, filters: Filters, kind: Kind) -> pl.DataFrame:
    """One row per speaker or tag, most minutes in the chosen credit first."""
    return (
        sessions_shared(published, filters, kind)
        .group_by("member", "name")
        .agg(
            pl.col("minutes").sum(),
            pl.col("total_minutes").sum(),
            pl.len().cast(pl.Int64).alias("session_count"),
        )
        .sort("minutes", "name", descending=[True, False])
    )


def with_attendees(ranked: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """The ranking, and how many attendees each of them had (`member`, `attendee_count`)."""
    per_attendee = pl.col("total_minutes") / pl.col("attendee_count")
    return ranked.join(counts, on="member", maintain_order="left").with_columns(mean_minutes_per_attendee=per_attendee)


def attendee_counts(published: Published, filters: Filters, kind: Kind) -> pl.DataFrame:
    """Attendees of each member, `member, attendee_count`: who came to two of the sessions counts once."""
    return data.ask(
        published,
        filters,
        f"""
        , {_members(kind)}, went AS (
            SELECT event_id, bit_or(bits) AS bits FROM attended JOIN members USING (event_id, session_id)
            GROUP BY event_id, registration_id
        ) {COUNTED}
        """,
    )


class Interests(NamedTuple):
    """Which part of a group's minutes goes to each tag, and the attendees of each tag."""

    shares: pl.DataFrame
    attendee_counts: pl.DataFrame


def interests(published: Published, filters: Filters, column: str) -> Interests:
    """Shares in full credit of the largest groups and tags; and the counts, from the same scan."""
    tables = data.ask(
        published,
        filters,
        f"""
        , {_members(Kind.TAG)}, came AS MATERIALIZED (
            SELECT session_row, bits, attendee, group_name, minutes_spent
            FROM chosen
            JOIN members USING (event_id, session_id)
            LEFT JOIN (
                SELECT rowid AS attendee, coalesce({known(column)}, '{NOT_GIVEN}') AS group_name, event_id,
                       registration_id
                FROM attendees
            ) USING (event_id, registration_id)
        ), went AS (
            SELECT event_id, bits
            FROM (SELECT attendee, bit_or(bits) AS bits FROM came GROUP BY attendee)
            JOIN attendees ON attendees.rowid = attendee
        ),
        counts AS ({COUNTED}),
        spent AS (
            SELECT session_row, group_name, sum(minutes_spent) AS total_minutes FROM came GROUP BY ALL
        ), groups AS (
            SELECT group_name, sum(total_minutes) AS group_minutes FROM spent
            GROUP BY ALL HAVING group_minutes > 0 ORDER BY group_minutes DESC, group_name LIMIT {MOST_GROUPS}
        ), tagged AS (
            SELECT group_name, member AS tag, sum(total_minutes) AS minutes
            FROM spent JOIN sessions ON sessions.rowid = session_row JOIN placed USING (event_id, session_id)
            GROUP BY ALL
        ), tags AS (
            SELECT tag FROM tagged GROUP BY tag ORDER BY sum(minutes) DESC, tag LIMIT {MOST_TAGS}
        ), shares AS (
            SELECT group_name, tag, minutes, minutes / group_minutes AS share, group_minutes
            FROM tagged JOIN groups USING (group_name) SEMI JOIN tags USING (tag)
        )
        SELECT (SELECT list(shares ORDER BY group_minutes DESC, group_name, tag) FROM shares) AS shares,
               (SELECT list(counts) FROM counts) AS attendee_counts
        """,
    )
    return Interests(*(data.unpacked(tables[name]) for name in Interests._fields))


def _members(kind: Kind) -> str:
    """Tables of a query: `placed`, a number for each member of an event; `members`, whose a session is, as bits.

    A bit for each member, set for each attendee: twice as fast over a million attendances as distinct pairs of
    attendee and member. Nobody attends two events under one registration, so that each event numbers its own.
    """
    return f"""
        placed AS (
            SELECT *, (dense_rank() OVER (PARTITION BY event_id ORDER BY member) - 1)::INT AS place
            FROM ({kind.shares})
        ),
        nobody AS (SELECT repeat('0', max(place) + 1)::BIT AS bits FROM placed),
        members AS (
            SELECT event_id, session_id, bit_or(set_bit(bits, place, 1)) AS bits FROM placed, nobody GROUP BY ALL
        )
    """


# Attendees of each member, from `went`: the event and the bits of each attendee.
COUNTED = """
    SELECT member, sum(attendee_count)::BIGINT AS attendee_count
    FROM (SELECT event_id, bits, count(*) AS attendee_count FROM went GROUP BY ALL) AS alike
    JOIN (SELECT DISTINCT event_id, member, place FROM placed) AS placed
        ON placed.event_id = alike.event_id AND get_bit(bits, place) = 1
    GROUP BY member
"""
