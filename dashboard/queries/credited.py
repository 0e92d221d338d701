"""Speakers, tags and sponsors: their sessions' minutes in full or in split credit, and their attendees."""

from enum import Enum

import polars as pl

from dashboard import data
from dashboard.data import View
from dashboard.filters import NOT_GIVEN, Filters
from dashboard.queries.audience import known
from dashboard.queries.sessions import sessions
from warehouse.schema import NO_SPEAKER, NO_SPONSOR, UNTAGGED

# A larger heat map can't be read on a screen.
MAX_TAGS, MAX_GROUPS = 15, 15


class Kind(Enum):
    """The parts of a session that share its minutes: their table, their column, and the word for a session without."""

    SPEAKER = ("session_speakers", "speaker_id", NO_SPEAKER)
    TAG = ("session_tags", "tag", UNTAGGED)
    SPONSOR = ("session_sponsors", "sponsor_id", NO_SPONSOR)

    @property
    def shares(self) -> str:
        """SQL of the share that each part has of a session: `event_id, session_id, part, share`."""
        table, column, nobody = self.value
        return f"""
            SELECT event_id, session_id, coalesce({column}, '{nobody}') AS part,
                   1 / count(*) OVER (PARTITION BY event_id, session_id) AS share
            FROM sessions LEFT JOIN {table} USING (event_id, session_id)
        """

    @property
    def names(self) -> str:
        """SQL of unique names: `part, name`; a part that is not in it has no name."""
        if self is Kind.TAG:
            return "SELECT DISTINCT tag AS part, tag AS name FROM session_tags"
        if self is Kind.SPONSOR:
            return f"SELECT sponsor_id AS part, sponsor AS name FROM ({data.SPONSOR_NAMES})"
        return f"SELECT speaker_id AS part, speaker AS name FROM ({data.SPEAKER_NAMES})"


def sessions_shared(view: View, kind: Kind) -> pl.DataFrame:
    """One row per session and speaker, tag or sponsor, most minutes in the selected credit first."""
    shares = view.published.rows(f"""
        SELECT event_id, session_id, part, coalesce(name, part) AS name, share
        FROM ({kind.shares}) LEFT JOIN ({kind.names}) USING (part)
    """)
    credit = pl.lit(1.0) if view.filters.credit == "full" else pl.col("share")
    return (
        sessions(view)
        .join(shares, on=("event_id", "session_id"))
        .with_columns(minutes=pl.col("total_minutes") * credit)
        .sort("minutes", "session", descending=[True, False])
    )


def ranking(view: View, kind: Kind) -> pl.DataFrame:
    """One row per speaker, tag or sponsor, most minutes in the selected credit first.

    `mean_completion` is the mean over the attendances of all its sessions, null where none has a scheduled length.
    """
    completed = pl.col("mean_completion") * pl.col("attendee_count")
    scheduled = pl.col("attendee_count").filter(pl.col("mean_completion").is_not_null())
    return (
        sessions_shared(view, kind)
        .group_by("part", "name")
        .agg(
            pl.col("minutes", "total_minutes").sum(),
            session_count=pl.len().cast(pl.Int64),
            mean_completion=(completed.sum() / scheduled.sum()).fill_nan(None),
        )
        .sort("minutes", "name", descending=[True, False])
    )


def ranking_with_attendees(view: View, kind: Kind) -> pl.DataFrame:
    """The rows of `ranking` with `attendee_count` and `mean_minutes_per_attendee` (in full credit)."""
    return (
        ranking(view, kind)
        .join(attendee_counts(view, kind), on="part", maintain_order="left")
        .with_columns(mean_minutes_per_attendee=pl.col("total_minutes") / pl.col("attendee_count"))
    )


def preferences(theirs: View, every: View) -> pl.DataFrame:
    """The tags of some attendees in full credit, against those of all: `part, name, total_minutes, share, index`.

    `share` is the tag's part of their minutes, `index` is 100 * that share / the same share of `every` attendee. Most
    minutes first; no rows where they spent none.
    """
    averages = ranking(every, Kind.TAG).select(
        "part", average=pl.col("total_minutes") / sessions(every)["total_minutes"].sum()
    )
    return (
        ranking(theirs, Kind.TAG)
        .filter(pl.col("total_minutes") > 0)
        .join(averages, on="part")
        .with_columns(share=pl.col("total_minutes") / sessions(theirs)["total_minutes"].sum())
        .select("part", "name", "total_minutes", "share", index=100 * pl.col("share") / pl.col("average"))
        .sort("total_minutes", "name", descending=[True, False])
    )


def attendee_counts(view: View, kind: Kind) -> pl.DataFrame:
    """Attendees of each speaker, tag or sponsor, `part, attendee_count`: who is in two of its sessions counts once.

    A session's attendees are one string of bits, and a part's are those of its sessions together: eight times as fast
    as `count(DISTINCT attendee_key)` over a million attendances. It takes sessions times attendees bits: 5 MB for 400
    sessions and 100,000 attendees.
    """
    max_key = view._replace(filters=Filters()).rows("SELECT max(attendee_key) FROM keyed_attendees").item()
    return view.rows(f"""
        , came AS (
            SELECT session_key, bitstring_agg(attendee_key, 0, {max_key or 0}) AS attendees
            FROM attendances GROUP BY session_key
        )
        SELECT part, bit_count(bit_or(attendees)) AS attendee_count
        FROM came JOIN keyed_sessions USING (session_key) JOIN ({kind.shares}) USING (event_id, session_id)
        GROUP BY part
    """)


def interests(view: View, column: str) -> pl.DataFrame:
    """How much of its minutes each group of attendees gave to each tag, in full credit, against the average.

    Columns: `group_name, tag, minutes, share, average, index`: the largest groups and tags, the largest group first.
    `share` is the tag's part of the group's minutes, `average` that of all attendees' minutes, and `index` is
    100 * share / average.
    """
    return view.rows(f"""
        , named AS (
            SELECT attendee_key, coalesce({known(column)}, '{NOT_GIVEN}') AS group_name FROM keyed_attendees
        ), spent AS (
            SELECT session_key, group_name, sum(minutes_spent) AS total_minutes
            FROM attendances JOIN named USING (attendee_key) GROUP BY ALL
        ), groups AS (
            SELECT group_name, sum(total_minutes) AS group_minutes FROM spent
            GROUP BY ALL HAVING group_minutes > 0 ORDER BY group_minutes DESC, group_name LIMIT {MAX_GROUPS}
        ), tagged AS (
            SELECT group_name, part AS tag, sum(total_minutes) AS minutes
            FROM spent JOIN keyed_sessions USING (session_key)
            JOIN ({Kind.TAG.shares}) USING (event_id, session_id)
            GROUP BY ALL
        ), tags AS (
            SELECT tag, sum(minutes) AS tag_minutes FROM tagged
            GROUP BY tag HAVING tag_minutes > 0 ORDER BY tag_minutes DESC, tag LIMIT {MAX_TAGS}
        )
        SELECT group_name, tag, coalesce(minutes, 0) AS minutes, coalesce(minutes, 0) / group_minutes AS share,
               tag_minutes / all_minutes AS average, 100 * share / average AS "index"
        FROM groups CROSS JOIN tags CROSS JOIN (SELECT sum(total_minutes) AS all_minutes FROM spent)
        LEFT JOIN tagged USING (group_name, tag)
        ORDER BY group_minutes DESC, group_name, tag_minutes DESC, tag
    """)
