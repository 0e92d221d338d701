"""Facts: how many minutes each attendee spent in each session, and the latest descriptions."""

from warehouse.schema.shared_columns import (
    ACTOR_ID,
    ENDS_AT,
    EVENT_ID,
    EVENT_NAME,
    LOCATION_NAME,
    ORGANIZATION_ID,
    PERSON,
    REGISTRATION_ID,
    SCHEDULED_MINUTES,
    SESSION_ID,
    SESSION_TITLE,
    SPEAKER_NAME,
    STARTS_AT,
)
from warehouse.schema.table import MINUTES, RANDOM_TEXT, TEXT, TIME, Table

FACTS = (
    Table(
        "main.time_spent",
        "One row per event, session and registration: the minutes an attendee spent in a session.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "registration_id": REGISTRATION_ID,
            "minutes_spent": (
                MINUTES,
                "Minutes spent. Several actions: the minutes of the latest one, or their sum (REPEAT_POLICY).",
            ),
            "action_id": (
                RANDOM_TEXT,
                "Id of the latest action for this row; the body's SHA-256 when the action has none.",
            ),
            "action_created_at": (TIME, "When Zuddl created that action (UTC); may be years away from the session."),
            "received_at": (TIME, "When the receiver accepted that delivery (UTC)."),
        },
    ),
    Table(
        "main.events",
        "One row per event.",
        {"event_id": EVENT_ID, "organization_id": ORGANIZATION_ID, "event_name": EVENT_NAME},
    ),
    Table(
        "main.sessions",
        "One row per event and session.",
        {
            "session_id": SESSION_ID,
            "event_id": EVENT_ID,
            "session_title": SESSION_TITLE,
            "session_description": (TEXT, "Description of the session; may hold HTML."),
            "starts_at": STARTS_AT,
            "ends_at": ENDS_AT,
            "scheduled_minutes": SCHEDULED_MINUTES,
            "location_id": (TEXT, "Zuddl's id of the location; the first when there are several."),
            "location_name": LOCATION_NAME,
            "location_type": (TEXT, "Type of the location, such as STAGE."),
        },
    ),
    Table(
        "main.attendees",
        "One row per event and registration: who took part.",
        {"event_id": EVENT_ID, "registration_id": REGISTRATION_ID, "actor_id": ACTOR_ID, **PERSON},
    ),
    Table(
        "main.session_speakers",
        "One row per event, session and speaker.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "speaker_id": (TEXT, "Zuddl's id of the speaker."),
            "speaker_url": (TEXT, "Link to the speaker's page."),
        },
    ),
    Table(
        "main.session_tags",
        "One row per event, session and tag.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "tag": (TEXT, "Tag, trimmed; empty ones and repeats dropped."),
        },
    ),
    Table(
        "main.session_sponsors",
        "One row per event, session and sponsor.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "sponsor_id": (TEXT, "Zuddl's id of the sponsor."),
            "sponsor_url": (TEXT, "Link of the sponsor."),
        },
    ),
    Table(
        "main.speakers",
        "One row per speaker seen in any session.",
        {"speaker_id": (TEXT, "Zuddl's id of the speaker."), "speaker_name": SPEAKER_NAME},
    ),
)
