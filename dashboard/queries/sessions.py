"""Sessions: how much time each drew, and the details of one of them."""

import polars as pl

from dashboard import data
from dashboard.data import View
from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY

# DuckDB gathers the minutes of all sessions in one query for their quantiles: 20 bytes or more for an attendance.
MAX_ATTENDANCES = 1_500_000


def sessions(view: View) -> pl.DataFrame:
    """One row per event and session, most minutes first. Every page asks for it, so it has no costly columns."""
    return view.rows(f"""
        SELECT session, total_minutes, event, attendee_count, mean_minutes, scheduled_minutes, mean_completion,
               full_stay_rate, early_exit_rate, local_starts_at, local_ends_at, location_id, location_name,
               event_id, session_id, session_key
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
    """)


def with_quantiles(view: View, max_attendances: int = MAX_ATTENDANCES) -> pl.DataFrame:
    """The rows of `sessions` with `median_minutes` and `p90_minutes`, about `max_attendances` gathered in a query."""
    rows = sessions(view)
    parts = 1 + int(rows["attendee_count"].sum()) // max_attendances
    quantiles = [
        view.rows(
            """
            SELECT session_key, quantiles[1] AS median_minutes, quantiles[2] AS p90_minutes
            FROM (
                SELECT session_key, quantile_cont(minutes_spent, [0.5, 0.9]) AS quantiles FROM attendances
                WHERE session_key % $parts = $part GROUP BY session_key
            )
            """,
            parts=parts,
            part=part,
        )
        for part in range(parts)
    ]
    return rows.join(pl.concat(quantiles), on="session_key", maintain_order="left")


def minutes_distribution(view: View, session_key: int) -> pl.DataFrame:
    """Attendees by minutes spent, in at most 31 steps of equal whole minutes."""
    return view.rows(
        """
        SELECT step * floor(minutes_spent / step) AS from_minutes, from_minutes + step AS to_minutes,
               count(*) AS attendee_count
        FROM (SELECT minutes_spent, greatest(1, ceil((max(minutes_spent) OVER ()) / 30)) AS step
              FROM attendances WHERE session_key = $session_key)
        GROUP BY ALL ORDER BY from_minutes
        """,
        session_key=session_key,
    )


def stay_curve(view: View, session_key: int) -> pl.DataFrame:
    """Share of attendees who stayed for at least each twentieth of the scheduled time; no rows without a schedule."""
    return view.rows(
        """
        SELECT percent / 100 AS stayed, avg((completion >= percent / 100)::INT) AS share
        FROM attendances_with_completion, (SELECT unnest(range(0, 101, 5)) AS percent)
        WHERE session_key = $session_key AND completion IS NOT NULL
        GROUP BY ALL ORDER BY stayed
        """,
        session_key=session_key,
    )


def also_attended(view: View, session_key: int) -> pl.DataFrame:
    """The 20 other sessions of the event that most of this session's attendees were in."""
    return view.rows(
        f"""
        , came AS (SELECT attendee_key FROM attendances WHERE session_key = $session_key)
        SELECT session, attendee_count, attendee_count / (SELECT count(*) FROM came) AS share
        FROM (
            SELECT session_key, count(*) AS attendee_count FROM attendances SEMI JOIN came USING (attendee_key)
            WHERE session_key <> $session_key GROUP BY ALL
        )
        JOIN keyed_sessions USING (session_key) JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        ORDER BY attendee_count DESC, session
        LIMIT 20
        """,
        session_key=session_key,
    )
