"""Staging: what the deliveries say, with our names and types. The facts are made from it."""

from warehouse.schema.leads import LEAD, LEAD_ID
from warehouse.schema.shared_columns import PERSON, shared
from warehouse.schema.table import COUNT, MINUTES, REPEATED, TEXT, TIME, Column, Table

VERSION = "Id of the description: the delivery_id of the first delivery in its batch that carried it."
SESSION_VERSION = Column("session_version", COUNT, VERSION)
ATTENDEE_VERSION = Column("attendee_version", COUNT, VERSION)
NOT_CARRIED = "null when the payload does not carry the list."

STAGING = (
    Table(
        "staging.actions",
        "One row per delivery in raw.deliveries, typed. The marts are made from it and its descriptions.",
        (
            *shared("delivery_id"),
            Column("action", TEXT, "What Zuddl says happened.", REPEATED),
            *shared("action_created_at event_id session_id registration_id"),
            Column("minutes_spent", MINUTES, "Minutes that this action reports."),
            *(SESSION_VERSION, ATTENDEE_VERSION),
        ),
    ),
    Table(
        "staging.action_keys",
        "One row per delivery in raw.deliveries or raw.quarantine: the loader finds repeats by its key.",
        (
            *shared("delivery_id"),
            Column("action_key", "UINTEGER", "32 bits of the MD5 of its action id; a few action ids share a key."),
        ),
    ),
    Table(
        "staging.field_faults",
        "One row per delivery and field whose value is not in the tables as it was sent. Of a description that several "
        "deliveries of a batch carry, only the first one has rows.",
        (
            *shared("delivery_id"),
            Column("field", TEXT, "The field in Zuddl's names, such as session.startDateTime."),
            Column("fault", TEXT, "unreadable: it is null here. cut: it is longer than the limits allow."),
        ),
    ),
    Table(
        "staging.session_versions",
        "One row per batch and distinct description of a session in it, typed.",
        (
            SESSION_VERSION,
            *shared("organization_id event_name time_zone"),
            Column("event_starts_at", TIME, "Start of the event (UTC)."),
            Column("event_ends_at", TIME, "End of the event (UTC)."),
            *shared("event_status event_type event_format"),
            *shared("session_title session_description starts_at ends_at"),
            *shared("location_id location_name location_type session_format"),
            Column("speakers", "STRUCT(speaker_id VARCHAR, speaker_url VARCHAR)[]", f"The speakers; {NOT_CARRIED}"),
            Column("sponsors", "STRUCT(sponsor_id VARCHAR, sponsor_url VARCHAR)[]", f"The sponsors; {NOT_CARRIED}"),
            Column("tags", "VARCHAR[]", f"The tags, trimmed, empty ones dropped; {NOT_CARRIED}"),
        ),
    ),
    Table(
        "staging.attendee_versions",
        "One row per batch and distinct description of an attendee in it, typed.",
        (
            *(ATTENDEE_VERSION, *shared("actor_id"), *PERSON),
            *shared("attendance_type ticket_name source_type utm_source utm_medium utm_campaign"),
            Column("custom_fields", 'STRUCT(field VARCHAR, "value" VARCHAR)[]', f"The custom fields; {NOT_CARRIED}"),
        ),
    ),
    Table(
        "staging.leads",
        "One row per delivery that carries a lead: what it says of the lead, typed.",
        (*shared("delivery_id event_id action_created_at"), LEAD_ID, *LEAD),
    ),
)
