"""What is credited: figures of the parts of the touched sessions, from the totals of all sessions with these parts."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import engagement
from warehouse.marts.credit import CREDITS
from warehouse.marts.replace import replace

# One row per touched part and each of its sessions.
TOTALS = """
WITH parts AS (
    SELECT event_id, session_id, {part}, count(*) OVER (PARTITION BY event_id, session_id) AS part_count
    FROM main.session_{parts} SEMI JOIN wanted_events USING (event_id)
), totals AS (
    SELECT event_id, session_id, coalesce({part}, '{nobody}') AS {part}, coalesce(part_count, 1) AS part_count,
           total_minutes, attendee_count
    FROM (FROM main.session_engagement SEMI JOIN wanted_events USING (event_id))
    LEFT JOIN parts USING (event_id, session_id)
)
FROM totals SEMI JOIN touched_{parts} USING (event_id, {part}) JOIN surrogate_keys.sessions USING (event_id, session_id)
ORDER BY session_id
"""
ATTENDEE_COUNTS = """
SELECT set_id, count(DISTINCT attendee_key) AS attendee_count
FROM surrogate_keys.time_spent JOIN session_sets USING (session_key) GROUP BY set_id
"""


def refresh(connection: DuckDBPyConnection, max_attendances: int) -> None:
    """Derive the figures of the touched speakers, tags and sponsors of the wanted events."""
    for parts, part, nobody in CREDITS:
        totals = connection.sql(TOTALS.format(parts=parts, part=part, nobody=nobody)).pl()
        attendee_counts = _attendee_counts(connection, totals, part, max_attendances)
        measured = engagement.credited(totals, attendee_counts, part)
        wanted = f"(FROM touched_{parts} SEMI JOIN wanted_events USING (event_id))"
        replace(connection, f"main.{parts[:-1]}_engagement", wanted, ["event_id", part], measured)


def _attendee_counts(
    connection: DuckDBPyConnection, totals: pl.DataFrame, part: str, max_attendances: int
) -> pl.DataFrame:
    """Distinct attendees of each part. Those of the same sessions are counted once."""
    parts = totals.group_by("event_id", part).agg(
        pl.col("session_key").sort(), attendance_count=pl.col("attendee_count").sum()
    )
    parts = parts.with_columns(set_id=pl.col("session_key").cast(pl.List(pl.String)).list.join(","))
    sets = parts.unique("set_id")
    is_single = pl.col("session_key").list.len() == 1
    # In one session, attendances and attendees are as many.
    known = sets.filter(is_single).select("set_id", attendee_count="attendance_count")
    counted = [
        _count(connection, some)
        for some in engagement.in_slices(sets.filter(~is_single), pl.col("attendance_count"), max_attendances)
    ]
    return parts.select("event_id", part, "set_id").join(pl.concat([known, *counted]), on="set_id")


def _count(connection: DuckDBPyConnection, sets: pl.DataFrame) -> pl.DataFrame:
    connection.register("session_sets", sets.select("set_id", "session_key").explode("session_key"))
    counts = connection.sql(ATTENDEE_COUNTS).pl()
    connection.unregister("session_sets")
    return counts
