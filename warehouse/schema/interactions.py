"""Interactions: what people asked and answered, by session and by attendee. Only actions of a registration count."""

from warehouse.schema.shared_columns import shared
from warehouse.schema.table import COUNT, RATE, Column, Table

INTERACTIONS_OF_A_SESSION = (
    Column("question_count", COUNT, "ASKED_QUESTION actions."),
    Column("upvote_count", COUNT, "QUESTION_UPVOTED actions."),
    Column("poll_answer_count", COUNT, "ANSWERED_POLL actions."),
    Column("survey_answer_count", COUNT, "ANSWERED_SURVEY actions."),
)

INTERACTIONS = (
    Table(
        "main.session_interactions",
        "One row per event and session with a JOINED_SESSION or an interaction.",
        (
            *shared("event_id session_id"),
            Column("joined_count", COUNT, "Distinct registrations with a JOINED_SESSION."),
            *INTERACTIONS_OF_A_SESSION,
            Column("interaction_count", COUNT, "Sum of the four counts before."),
            Column("interacting_count", COUNT, "Distinct registrations with one of the four."),
            Column(
                "interaction_rate", RATE, "interacting_count / people who joined, interacted or have minutes there."
            ),
        ),
    ),
    Table(
        "main.attendee_interactions",
        "One row per event and registration with a JOINED_SESSION or an interaction.",
        (
            *shared("event_id registration_id"),
            Column("joined_session_count", COUNT, "Distinct sessions with a JOINED_SESSION."),
            *INTERACTIONS_OF_A_SESSION,
            Column("cta_click_count", COUNT, "CTA_CLICKED actions."),
            Column("interaction_count", COUNT, "Sum of the five counts before."),
        ),
    ),
)
