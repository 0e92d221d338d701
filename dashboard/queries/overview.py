"""The attendances that the filters let in: as a whole, by event, and by hour of the day."""

from dataclasses import replace
from typing import Any

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from dashboard.queries.sessions import sessions


def _nonzero(column: str) -> pl.Expr:
    """The column to divide by: null where it is zero."""
    return pl.when(pl.col(column) > 0).then(pl.col(column))


_SUMS = ("attendance_count", "attendee_count", "session_count", "total_minutes", "completion_sum", "completion_count")
_MEANS = (
    (pl.col("total_minutes") / _nonzero("attendee_count")).alias("mean_minutes_per_attendee"),
    (pl.col("attendance_count") / _nonzero("attendee_count")).alias("mean_sessions_per_attendee"),
    (pl.col("completion_sum") / _nonzero("completion_count")).alias("mean_completion"),
)


def totals(published: Published, filters: Filters) -> dict[str, Any]:
    """One row. An attendee of two events counts twice: once per registration."""
    sums = _by_event(published, filters).select(pl.col(*_SUMS).sum())
    return sums.with_columns(*_MEANS).row(0, named=True)


def events(published: Published, filters: Filters) -> pl.DataFrame:
    """One row per event, most minutes first."""
    by_event = _by_event(published, filters).with_columns(*_MEANS)
    return by_event.sort("total_minutes", "event", descending=[True, False])


def _by_event(published: Published, filters: Filters) -> pl.DataFrame:
    """Sums by event, from the rows by session: only attendees have to be counted in the attendances."""
    by_event = (
        sessions(published, filters)
        .group_by("event_id", "event")
        .agg(
            pl.col("attendee_count").sum().alias("attendance_count"),
            pl.len().cast(pl.Int64).alias("session_count"),
            pl.col("total_minutes").sum(),
            (pl.col("mean_completion") * pl.col("attendee_count")).sum().alias("completion_sum"),
            pl.col("attendee_count").filter(pl.col("mean_completion").is_not_null()).sum().alias("completion_count"),
        )
    )
    attendees = data.ask(
        published,
        filters,
        """
        SELECT event_id, count(*) AS attendee_count
        FROM (SELECT any_value(session_key) AS session_key FROM attendances GROUP BY attendee_key)
        JOIN keyed_sessions USING (session_key) GROUP BY event_id
        """,
    )
    return by_event.join(attendees, on="event_id")


def previous_event(published: Published, event_id: str) -> dict[str, str] | None:
    """`event_id, event` of the same organisation's event before this one, by the start of the first session."""
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
    return None if found.is_empty() else found.row(0, named=True)


def of_event(filters: Filters, event_id: str) -> Filters:
    """The same filters on another event, without its days: those were chosen for one event."""
    return replace(filters, event_ids=(event_id,), first_day=None, last_day=None)


def hours_over_the_day(published: Published, filters: Filters) -> pl.DataFrame:
    """Hours spent, by the hour of the day (UTC) in which a session starts and by location; none without a start."""
    return (
        sessions(published, filters)
        .drop_nulls("starts_at")
        .group_by(
            pl.col("starts_at").dt.hour().alias("hour"),
            pl.col("location_name").fill_null(NOT_GIVEN).alias("location"),
        )
        .agg((pl.col("total_minutes").sum() / 60).alias("hours"))
        .sort("hour", "location")
    )
