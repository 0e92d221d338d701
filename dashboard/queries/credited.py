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
MAX_TAGS, MAX_GROUPS = 15, 15


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
    bits = _Bits(published, kind)
    return data.ask(published, filters, f", {bits.members}, went AS ({bits.went}) {bits.counted}")


class Interests(NamedTuple):
    """Which part of a group's minutes goes to each tag, and the attendees of each tag."""

    shares: pl.DataFrame
    attendee_counts: pl.DataFrame


def interests(published: Published, filters: Filters, column: str) -> Interests:
    """Shares in full credit of the largest groups and tags; and the counts, from the same scan."""
    bits = _Bits(published, Kind.TAG)
    tables = data.ask(
        published,
        filters,
        f"""
        , {bits.members}, went AS ({bits.went}), counts AS ({bits.counted}),
        named AS (
            SELECT attendee_key, coalesce({known(column)}, '{NOT_GIVEN}') AS group_name
            FROM surrogate_keys.attendees
        ), spent AS (
            SELECT session_key, group_name, sum(minutes_spent) AS total_minutes
            FROM attended JOIN named USING (attendee_key) GROUP BY ALL
        ), groups AS (
            SELECT group_name, sum(total_minutes) AS group_minutes FROM spent
            GROUP BY ALL HAVING group_minutes > 0 ORDER BY group_minutes DESC, group_name LIMIT {MAX_GROUPS}
        ), tagged AS (
            SELECT group_name, member AS tag, sum(total_minutes) AS minutes
            FROM spent JOIN placed USING (session_key)
            GROUP BY ALL
        ), tags AS (
            SELECT tag FROM tagged GROUP BY tag ORDER BY sum(minutes) DESC, tag LIMIT {MAX_TAGS}
        ), shares AS (
            SELECT group_name, tag, minutes, minutes / group_minutes AS share, group_minutes
            FROM tagged JOIN groups USING (group_name) SEMI JOIN tags USING (tag)
        )
        SELECT (SELECT list(shares ORDER BY group_minutes DESC, group_name, tag) FROM shares) AS shares,
               (SELECT list(counts) FROM counts) AS attendee_counts
        """,
    )
    return Interests(*(data.unpacked(tables[name]) for name in Interests._fields))


class _Bits:
    """Attendees of each member, by a bit for each member of an event, set for each attendee.

    Twice as fast over a million attendances as distinct pairs of attendee and member. Nobody attends two events under
    one registration, so that each event numbers its own members. What one number has no room for, the next one holds.
    """

    def __init__(self, published: Published, kind: Kind) -> None:
        most = data.rows(
            published,
            f"""
            SELECT coalesce(max(member_count), 0)
            FROM (SELECT count(DISTINCT member) AS member_count FROM ({kind.shares}) GROUP BY event_id)
            """,
        ).item()
        parts = range(most // BITS + 1)
        # Tables of a query: `placed`, whose a session is, with each member's place; `members`, the same as bits.
        self.members = f"""
            placed AS (
                SELECT session_key, member, event_number, place // {BITS} AS part, 1::BIGINT << place % {BITS} AS bit
                FROM (
                    SELECT *, dense_rank() OVER (ORDER BY event_id) AS event_number,
                           dense_rank() OVER (PARTITION BY event_id ORDER BY member) AS place
                    FROM ({kind.shares}) JOIN surrogate_keys.sessions USING (event_id, session_id)
                )
            ), members AS (
                SELECT session_key, event_number,
                       {", ".join(f"coalesce(bit_or(bit) FILTER (part = {p}), 0) AS bits_{p}" for p in parts)}
                FROM placed GROUP BY ALL
            )
        """
        # Which members each attendee's sessions have.
        self.went = f"""
            SELECT any_value(event_number) AS event_number, {", ".join(f"bit_or(bits_{p}) AS bits_{p}" for p in parts)}
            FROM attended JOIN members USING (session_key) GROUP BY attendee_key
        """
        # From a table `went`: how many attendees each member had.
        self.counted = f"""
            SELECT member, sum(attendee_count)::BIGINT AS attendee_count
            FROM (SELECT *, count(*) AS attendee_count FROM went GROUP BY ALL) AS alike
            JOIN (SELECT DISTINCT event_number, part, member, bit FROM placed) AS placed
                ON placed.event_number = alike.event_number
                AND CASE part {" ".join(f"WHEN {p} THEN bits_{p}" for p in parts)} END & bit <> 0
            GROUP BY member
        """


# Of a BIGINT, all but the sign.
BITS = 63
