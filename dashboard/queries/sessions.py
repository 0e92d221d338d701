"""Sessions: how much time each drew, and the details of one of them."""

from typing import Any

import polars as pl

from dashboard import data
from dashboard.data import View
from dashboard.queries.audience import of_whole_event
from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY

# DuckDB gathers the minutes of all sessions in one query for their quantiles: 20 bytes or more for an attendance.
MAX_ATTENDANCES = 1_500_000
STEPS = 20  # of a stay curve: each is a twentieth of the scheduled time
MAX_QUESTIONS = 20


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
        FROM attendances, (SELECT greatest(1, ceil(max(minutes_spent) / 30)) AS step
                           FROM attendances WHERE session_key = $session_key)
        WHERE session_key = $session_key
        GROUP BY ALL ORDER BY from_minutes
        """,
        session_key=session_key,
    )


def stay_curves(view: View) -> pl.DataFrame:
    """Of each session, the share of attendees who stayed for at least each twentieth of the scheduled time.

    Columns: `session_key, stayed, share`; no rows of a session without a schedule. All sessions are counted at once, by
    the last twentieth that an attendee reached: it takes as long as one session alone.
    """
    reached = view.rows(f"""
        SELECT session_key, floor(completion * {STEPS} + 1e-9)::INT AS step, count(*) AS attendee_count
        FROM attendances_with_completion WHERE completion IS NOT NULL GROUP BY ALL
    """)
    steps = pl.DataFrame({"step": range(STEPS + 1)}, schema={"step": pl.Int32})
    whole = pl.col("attendee_count").sum().over("session_key")
    return (
        reached.select("session_key")
        .unique()
        .join(steps, how="cross")
        .join(reached, on=("session_key", "step"), how="left")
        .with_columns(pl.col("attendee_count").fill_null(0))
        .sort("session_key", "step")
        .select(
            "session_key",
            stayed=pl.col("step") / STEPS,
            share=pl.col("attendee_count").cum_sum(reverse=True).over("session_key") / whole,
        )
    )


def stay_curve(view: View, session_key: int) -> pl.DataFrame:
    """The stay curve of one session, `stayed, share`, beside the `median` of all sessions of the event."""
    curves = stay_curves(view)
    medians = stay_curves(of_whole_event(view)).group_by("stayed").agg(median=pl.col("share").median())
    return (
        curves.filter(session_key=session_key)
        .join(medians, on="stayed", maintain_order="left")
        .select("stayed", "share", "median")
    )


def parts(view: View, event_id: str, session_id: str) -> pl.DataFrame:
    """Who and what a session is about: `kind` (speaker, sponsor or tag), `part` (its id), `name`, by name."""
    return view.published.rows(
        f"""
        WITH found AS (
            SELECT 'speaker' AS kind, speaker_id AS part, speaker AS name, event_id, session_id
            FROM session_speakers LEFT JOIN ({data.SPEAKER_NAMES}) USING (speaker_id)
            UNION ALL SELECT 'sponsor', sponsor_id, sponsor, event_id, session_id
            FROM session_sponsors LEFT JOIN ({data.SPONSOR_NAMES}) USING (sponsor_id)
            UNION ALL SELECT 'tag', tag, tag, event_id, session_id FROM session_tags
        )
        SELECT kind, part, coalesce(name, part) AS name FROM found
        WHERE event_id = $event_id AND session_id = $session_id ORDER BY ALL
        """,
        event_id=event_id,
        session_id=session_id,
    )


def interactions(view: View, session: dict[str, Any]) -> dict[str, Any]:
    """One row of `session_interactions`, zeros where nobody joined or interacted; `session` is a row of `sessions`.

    Under a filter on people or minutes it counts those attendees alone who were in the session under the filters.
    """
    people = view.filters.companies + view.filters.industries + view.filters.countries
    condition = "registration_id IN (FROM came_and_acted)" if people or view.filters.min_minutes else "true"
    return view.rows(
        f"""
        , came AS (SELECT attendee_key FROM attendances WHERE session_key = $session_key),
        everybody AS (
            SELECT registration_id, action FROM actions
            WHERE event_id = $event_id AND session_id = $session_id AND registration_id IS NOT NULL
                  AND action IN ('JOINED_SESSION', 'ASKED_QUESTION', 'QUESTION_UPVOTED', 'ANSWERED_POLL',
                                 'ANSWERED_SURVEY')
        ), came_and_acted AS (
            SELECT registration_id FROM keyed_attendees SEMI JOIN everybody USING (registration_id)
            WHERE event_id = $event_id AND attendee_key IN (FROM came)
        ), acted AS (FROM everybody WHERE {condition})
        SELECT count(DISTINCT registration_id) FILTER (action = 'JOINED_SESSION') AS joined_count,
               count(*) FILTER (action = 'ASKED_QUESTION') AS question_count,
               count(*) FILTER (action = 'QUESTION_UPVOTED') AS upvote_count,
               count(*) FILTER (action = 'ANSWERED_POLL') AS poll_answer_count,
               count(*) FILTER (action = 'ANSWERED_SURVEY') AS survey_answer_count,
               count(*) FILTER (action <> 'JOINED_SESSION') AS interaction_count,
               count(DISTINCT registration_id) FILTER (action <> 'JOINED_SESSION') AS interacting_count,
               interacting_count / nullif(
                   (SELECT count(*) FROM came)
                   + count(DISTINCT registration_id) FILTER (registration_id NOT IN (FROM came_and_acted)), 0
               ) AS interaction_rate
        FROM acted
        """,
        session_key=session["session_key"],
        event_id=session["event_id"],
        session_id=session["session_id"],
    ).row(0, named=True)


def questions(view: View, session: dict[str, Any]) -> pl.DataFrame:
    """The questions that were asked in the session, those with most votes first: `question, upvote_count`."""
    return view.published.rows(
        f"""
        SELECT any_value(subject_name) AS question, count(*) FILTER (action = 'QUESTION_UPVOTED') AS upvote_count
        FROM actions
        WHERE event_id = $event_id AND session_id = $session_id AND subject_type = 'QUESTION'
              AND action IN ('ASKED_QUESTION', 'QUESTION_UPVOTED')
        GROUP BY subject_id HAVING question IS NOT NULL
        ORDER BY upvote_count DESC, question LIMIT {MAX_QUESTIONS}
        """,
        event_id=session["event_id"],
        session_id=session["session_id"],
    )


def went_next(view: View, session: dict[str, Any]) -> pl.DataFrame:
    """Where this session's attendees went next, by their number: the first session of each that starts later.

    Columns: `session, session_id, attendee_count, share` (of this session's attendees), `local_starts_at,
    location_name`. No rows without a start.
    """
    return view.rows(
        f"""
        , came AS (SELECT attendee_key FROM attendances WHERE session_key = $session_key),
        later AS (
            SELECT session_key, row_number() OVER (ORDER BY local_starts_at, session_id) AS position
            FROM keyed_sessions JOIN sessions USING (event_id, session_id)
            WHERE event_id = $event_id AND local_starts_at > $local_starts_at
        ), went AS (
            SELECT position, count(*) AS attendee_count
            FROM (
                SELECT min(position) AS position
                FROM attendances SEMI JOIN came USING (attendee_key) JOIN later USING (session_key)
                GROUP BY attendee_key
            )
            GROUP BY position
        )
        SELECT session, session_id, attendee_count, attendee_count / (SELECT count(*) FROM came) AS share,
               local_starts_at, location_name
        FROM went JOIN later USING (position) JOIN keyed_sessions USING (session_key)
        JOIN sessions USING (event_id, session_id) JOIN ({data.SESSION_NAMES}) USING (event_id, session_id)
        ORDER BY attendee_count DESC, local_starts_at, session
        """,
        session_key=session["session_key"],
        event_id=session["event_id"],
        local_starts_at=session["local_starts_at"],
    )
