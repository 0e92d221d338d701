"""Interactions: what people asked and answered, by session and by attendee. Pure functions.

Only actions of a registration are handed in.
"""

import polars as pl

from warehouse.marts.facts import ATTENDEE, SESSION

OF_A_SESSION = {
    "question_count": "ASKED_QUESTION",
    "upvote_count": "QUESTION_UPVOTED",
    "poll_answer_count": "ANSWERED_POLL",
    "survey_answer_count": "ANSWERED_SURVEY",
}
OF_AN_ATTENDEE = OF_A_SESSION | {"cta_click_count": "CTA_CLICKED"}
JOINED = "JOINED_SESSION"
COUNTED = [JOINED, *OF_AN_ATTENDEE.values()]


def attendee_interactions(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and registration with a joined session or an interaction.

    Args:
        actions: `event_id, registration_id, session_id, action` of the actions in `COUNTED`.
    """
    joined = pl.col("session_id").filter(pl.col("action") == JOINED)
    return (
        actions.group_by(ATTENDEE)
        .agg(joined.drop_nulls().n_unique().alias("joined_session_count"), **_counts(OF_AN_ATTENDEE))
        .with_columns(interaction_count=pl.sum_horizontal(*OF_AN_ATTENDEE))
        .filter((pl.col("joined_session_count") > 0) | (pl.col("interaction_count") > 0))
        .sort(ATTENDEE)
    )


def session_interactions(people: pl.DataFrame, attendee_counts: pl.DataFrame) -> pl.DataFrame:
    """One row per event and session with a joined attendee or an interaction.

    Args:
        people: one row per session and registration: `event_id, session_id, has_joined, has_minutes`, and the counts.
        attendee_counts: `event_id, session_id, attendee_count` of the sessions in which somebody spent time.
    """
    counts = list(OF_A_SESSION)
    is_interacting = pl.sum_horizontal(*counts) > 0
    figures = people.group_by(SESSION).agg(
        pl.col(counts).sum(),
        joined_count=pl.col("has_joined").sum(),
        interacting_count=is_interacting.sum(),
        without_minutes=(~pl.col("has_minutes")).sum(),
    )
    present = pl.col("attendee_count").fill_null(0) + pl.col("without_minutes")
    return (
        figures.join(attendee_counts, on=SESSION, how="left")
        .with_columns(
            interaction_count=pl.sum_horizontal(*counts), interaction_rate=pl.col("interacting_count") / present
        )
        .drop("attendee_count", "without_minutes")
        .sort(SESSION)
    )


def _counts(actions: dict[str, str]) -> dict[str, pl.Expr]:
    return {name: (pl.col("action") == action).sum() for name, action in actions.items()}
