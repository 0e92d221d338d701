"""Actions: what happened beside the minutes that were spent in sessions."""

from warehouse.schema.shared_columns import shared
from warehouse.schema.table import MINUTES, RANDOM, REPEATED, TEXT, Column, Table

ACTIONS = (
    Table(
        "main.actions",
        "One row per stored delivery of every kind but TIME_SPENT_IN_SESSION.",
        (
            *shared("delivery_id"),
            Column("action_id", TEXT, "The payload's actionId; the body's SHA-256 when it has none.", RANDOM),
            Column("action", TEXT, "What Zuddl says happened, such as JOINED_SESSION.", REPEATED),
            *shared("action_created_at received_at event_id"),
            Column(
                "registration_id",
                TEXT,
                "Zuddl's id of the registration, else the actor's id; null when the actor is staff (EVENT_*, LEAD_*).",
            ),
            *shared("actor_id session_id place_type place_id place_name"),
            Column("subject_type", TEXT, "QUESTION, POLL, SURVEY, CTA, LEAD or HUB."),
            Column("subject_id", TEXT, "Zuddl's id of the subject."),
            Column("subject_name", TEXT, "The question, the survey's title, or the name; null for a lead."),
            Column(
                "minutes_spent", MINUTES, "Minutes that the action reports; null when there are none, or no valid ones."
            ),
        ),
    ),
)
