"""Sessions: how much time each drew, and the details of one of them."""

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import Filters
from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY

# DuckDB gathers the minutes of all sessions in one query for their quantiles: 20 bytes or more for an attendance.
MAX_ATTENDANCES = 1_500_000

SESSION_KEY = "(SELECT session_key FROM keyed_sessions WHERE event_id = $event AND session_id = $session)"


def sessions(published: Published, filters: Filters) -> pl.DataFrame:
    """One row per event and session, most minutes first. Every page asks for it, so it has no costly columns."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT session, total_minutes, event, attendee_count, mean_minutes, scheduled_minutes, mean_completion,
               full_stay_rate, early_exit_rate, starts_at, ends_at, location_name, event_id, session_id
        FROM (
            SELECT session_key, sum(minutes_spent) AS total_minutes, count(*) AS attendee_count,
                   avg(minutes_spent) AS mean_minutes, avg(completion) AS mean_completion,
                   avg((completion >= {FULL_STAY})::INT) AS full_stay_rate,
                   avg((completion < {EARLY_EXIT})::INT) AS early_exit_rate
            FROM attendances_with_completion GROUP BY session_key
        )
        JOIN keyed_sessions USING (session_key) JOIN sessions USING (event_id, session_id)
        JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        ORDER BY total_minutes DESC, session, session_id
        """,
    )


def with_quantiles(published: Published, filters: Filters, max_attendances: int = MAX_ATTENDANCES) -> pl.DataFrame:
    """The rows of `sessions` with `median_minutes` and `p90_minutes`, about `max_attendances` gathered in a query."""
    rows = sessions(published, filters)
    parts = 1 + int(rows["attendee_count"].sum()) // max_attendances
    quantiles = [
        data.ask(
            published,
            filters,
            """
            SELECT event_id, session_id, quantiles[1] AS median_minutes, quantiles[2] AS p90_minutes
            FROM (
                SELECT session_key, quantile_cont(minutes_spent, [0.5, 0.9]) AS quantiles FROM attendances
                WHERE session_key % $parts = $part GROUP BY ALL
            )
            JOIN keyed_sessions USING (session_key)
            """,
            parts=parts,
            part=part,
        )
        for part in range(parts)
    ]
    return rows.join(pl.concat(quantiles), on=("event_id", "session_id"), maintain_order="left")


def minutes_distribution(published: Published, filters: Filters, session: tuple[str, str]) -> pl.DataFrame:
    """Attendees by minutes spent, in at most 31 steps of equal whole minutes."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT step * floor(minutes_spent / step) AS from_minutes, from_minutes + step AS to_minutes,
               count(*) AS attendee_count
        FROM (SELECT minutes_spent, greatest(1, ceil((max(minutes_spent) OVER ()) / 30)) AS step
              FROM attendances WHERE session_key = {SESSION_KEY})
        GROUP BY ALL ORDER BY from_minutes
        """,
        event=session[0],
        session=session[1],
    )


def stay_curve(published: Published, filters: Filters, session: tuple[str, str]) -> pl.DataFrame:
    """Share of attendees who stayed for at least each twentieth of the scheduled time; no rows without a schedule."""
    return data.ask(
        published,
        filters,
        f"""
        SELECT percent / 100 AS stayed, avg((completion >= percent / 100)::INT) AS share
        FROM attendances_with_completion, (SELECT unnest(range(0, 101, 5)) AS percent)
        WHERE session_key = {SESSION_KEY} AND completion IS NOT NULL
        GROUP BY ALL ORDER BY stayed
        """,
        event=session[0],
        session=session[1],
    )


def also_attended(published: Published, filters: Filters, session: tuple[str, str]) -> pl.DataFrame:
    """The 20 other sessions of the event that most of this session's attendees were in."""
    return data.ask(
        published,
        filters,
        f"""
        , came AS (SELECT attendee_key FROM attendances WHERE session_key = {SESSION_KEY})
        SELECT session, attendee_count, attendee_count / (SELECT count(*) FROM came) AS share
        FROM (
            SELECT session_key, count(*) AS attendee_count FROM attendances SEMI JOIN came USING (attendee_key)
            WHERE session_key <> {SESSION_KEY} GROUP BY ALL
        )
        JOIN keyed_sessions USING (session_key) JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        ORDER BY attendee_count DESC, session
        LIMIT 20
        """,
        event=session[0],
        session=session[1],
    )
