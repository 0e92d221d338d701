"""Facts: how many minutes each attendee spent in each session, and the latest descriptions."""

from warehouse.schema.shared_columns import PERSON, shared
from warehouse.schema.table import MINUTES, RANDOM, TEXT, TIME, Column, Table

MINUTES_SPENT = "Minutes spent. Several actions: the minutes of the latest one, or their sum (REPEAT_POLICY)."
ACTION_ID = "Id of the latest action for this row; the body's SHA-256 when the action has none."
SPEAKER_ID = Column("speaker_id", TEXT, "Zuddl's id of the speaker.")
SPONSOR_ID = Column("sponsor_id", TEXT, "Zuddl's id of the sponsor.")

FACTS = (
    Table(
        "main.time_spent",
        "One row per event, session and registration: the minutes an attendee spent in a session.",
        (
            *shared("event_id session_id registration_id"),
            Column("minutes_spent", MINUTES, MINUTES_SPENT),
            Column("action_id", TEXT, ACTION_ID, RANDOM),
            Column("action_created_at", TIME, "When Zuddl created that action (UTC); may be years from the session."),
            *shared("received_at"),
        ),
    ),
    Table(
        "main.events",
        "One row per event that any action names.",
        shared("event_id organization_id event_name time_zone starts_at ends_at event_status event_type event_format"),
    ),
    Table(
        "main.sessions",
        "One row per event and session that any action names.",
        shared(
            "session_id event_id session_title session_description starts_at ends_at local_starts_at local_ends_at "
            "scheduled_minutes location_id location_name location_type session_format"
        ),
    ),
    Table(
        "main.attendees",
        "One row per event and registration with a row in time_spent: who took part.",
        (*shared("event_id registration_id actor_id"), *PERSON),
    ),
    Table(
        "main.session_speakers",
        "One row per event, session and speaker.",
        (*shared("event_id session_id"), SPEAKER_ID, Column("speaker_url", TEXT, "Link to the speaker's page.")),
    ),
    Table(
        "main.session_tags",
        "One row per event, session and tag.",
        (*shared("event_id session_id"), Column("tag", TEXT, "Tag, trimmed; empty ones and repeats dropped.")),
    ),
    Table(
        "main.session_sponsors",
        "One row per event, session and sponsor.",
        (
            *shared("event_id session_id"),
            SPONSOR_ID,
            Column("sponsor_url", TEXT, "Link of the sponsor."),
        ),
    ),
    Table("main.speakers", "One row per speaker seen in any session.", (SPEAKER_ID, *shared("speaker_name"))),
    Table("main.sponsors", "One row per sponsor seen in any session.", (SPONSOR_ID, *shared("sponsor_name"))),
)
