"""Staging: what the deliveries say, with our names and types. The facts are made from it."""

from warehouse.schema.shared_columns import (
    ACTOR_ID,
    DELIVERY_ID,
    ENDS_AT,
    EVENT_ID,
    EVENT_NAME,
    PERSON,
    REGISTRATION_ID,
    SESSION_ID,
    SESSION_TITLE,
    STARTS_AT,
)
from warehouse.schema.table import COUNT, MINUTES, TEXT, TIME, Table

SESSION_VERSION = (
    COUNT,
    "Id of a session's description: the delivery_id of the first delivery in its batch that carried it.",
)
ATTENDEE_VERSION = (
    COUNT,
    "Id of an attendee's description: the delivery_id of the first delivery in its batch that carried it.",
)

STAGING = (
    Table(
        "staging.actions",
        "One row per usable TIME_SPENT_IN_SESSION action, typed. The marts are made from it and its descriptions.",
        {
            "delivery_id": DELIVERY_ID,
            "action_created_at": (TIME, "When Zuddl created the action (UTC)."),
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "registration_id": REGISTRATION_ID,
            "minutes_spent": (MINUTES, "Minutes that this action reports."),
            "session_version": SESSION_VERSION,
            "attendee_version": ATTENDEE_VERSION,
        },
    ),
    Table(
        "staging.action_keys",
        "One row per delivery in raw.deliveries or raw.quarantine: the loader finds repeats by its key.",
        {
            "delivery_id": DELIVERY_ID,
            "action_key": ("UINTEGER", "32 bits of the MD5 of its action id; a few action ids have the same key."),
        },
    ),
    Table(
        "staging.session_versions",
        "One row per batch and distinct description of a session in it, typed.",
        {
            "session_version": SESSION_VERSION,
            "organization_id": (TEXT, "Zuddl's id of the organisation."),
            "event_name": EVENT_NAME,
            "session_title": SESSION_TITLE,
            "session_description": (TEXT, "Description of the session."),
            "starts_at": STARTS_AT,
            "ends_at": ENDS_AT,
            "location_id": (TEXT, "Zuddl's id of the location."),
            "location_name": (TEXT, "Name of the location."),
            "location_type": (TEXT, "Type of the location."),
            "speakers": (
                "STRUCT(speaker_id VARCHAR, speaker_url VARCHAR)[]",
                "The session's speakers; null when the payload does not carry the list.",
            ),
            "sponsors": (
                "STRUCT(sponsor_id VARCHAR, sponsor_url VARCHAR)[]",
                "The session's sponsors; null when the payload does not carry the list.",
            ),
            "tags": ("VARCHAR[]", "The session's tags; null when the payload does not carry the list."),
        },
    ),
    Table(
        "staging.attendee_versions",
        "One row per batch and distinct description of an attendee in it, typed.",
        {"attendee_version": ATTENDEE_VERSION, "actor_id": ACTOR_ID, **PERSON},
    ),
)
