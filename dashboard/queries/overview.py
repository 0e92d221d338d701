"""The attendances that the filters let in: as a whole, by event, and by day and hour."""

from dataclasses import replace
from typing import Any

import polars as pl

from dashboard.data import View
from dashboard.queries.event import in_order
from dashboard.queries.sessions import sessions

# Where there is nothing to take a mean of, zero is divided by zero: the mean is null.
_MEANS = {
    "mean_minutes_per_attendee": (pl.col("total_minutes") / pl.col("attendee_count")).fill_nan(None),
    "mean_sessions_per_attendee": (pl.col("attendance_count") / pl.col("attendee_count")).fill_nan(None),
    "mean_completion": (pl.col("completion_sum") / pl.col("completion_count")).fill_nan(None),
    "full_stay_rate": (pl.col("full_stay_sum") / pl.col("completion_count")).fill_nan(None),
}


def totals(view: View) -> dict[str, Any]:
    """One row. An attendee of two events counts twice: once per registration."""
    return _by_event(view).select(pl.exclude("event_id", "event").sum()).with_columns(**_MEANS).row(0, named=True)


def events(view: View) -> pl.DataFrame:
    """One row per event, most minutes first."""
    return _by_event(view).with_columns(**_MEANS).sort("total_minutes", "event", descending=[True, False])


def _by_event(view: View) -> pl.DataFrame:
    """Sums by event, from the rows by session: only attendees have to be counted in the attendances."""
    by_event = (
        sessions(view)
        .group_by("event_id", "event")
        .agg(
            pl.col("total_minutes").sum(),
            attendance_count=pl.col("attendee_count").sum(),
            session_count=pl.len().cast(pl.Int64),
            completion_sum=(pl.col("mean_completion") * pl.col("attendee_count")).sum(),
            full_stay_sum=(pl.col("full_stay_rate") * pl.col("attendee_count")).sum(),
            completion_count=pl.col("attendee_count").filter(pl.col("mean_completion").is_not_null()).sum(),
        )
    )
    attendees = view.rows("""
        SELECT event_id, count(*) AS attendee_count
        FROM (SELECT any_value(session_key) AS session_key FROM attendances GROUP BY attendee_key)
        JOIN keyed_sessions USING (session_key) GROUP BY event_id
    """)
    return by_event.join(attendees, on="event_id")


def of_event(view: View, event_id: str) -> View:
    """The view of another event, under the same filters but days and rooms: each event has its own."""
    return view._replace(filters=replace(view.filters, event_ids=(event_id,), days=(), rooms=()))


def own_events(view: View, event_id: str) -> pl.DataFrame:
    """The rows of `events` of all events of the organisation that holds this one.

    They are under the same filters but days and rooms: each event has its own.
    """
    held = in_order(view.published)
    organisation = held.filter(event_id=event_id)["organization_id"]
    ids = held.filter((pl.col("event_id") == event_id) | pl.col("organization_id").is_in(organisation))["event_id"]
    # Most warehouses hold one organisation. Without the filter on events, its events take 90 ms instead of 115.
    wanted = () if ids.len() == held.height else tuple(ids.sort())
    filters = replace(view.filters, event_ids=wanted, days=(), rooms=())
    return events(view._replace(filters=filters))


def by_hour(held: pl.DataFrame) -> pl.DataFrame:
    """The rows of `sessions` by the day and the hour (local) in which a session starts; none without a start.

    Columns: `day, hour, hours, attendance_count`, in order. All the time of a session counts for its first hour.
    """
    return (
        held.drop_nulls("local_starts_at")
        .group_by(day=pl.col("local_starts_at").dt.date(), hour=pl.col("local_starts_at").dt.hour())
        .agg(hours=pl.col("total_minutes").sum() / 60, attendance_count=pl.col("attendee_count").sum())
        .sort("day", "hour")
    )
