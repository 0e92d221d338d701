"""Columns that several tables have, with the same name and the same meaning."""

from warehouse.schema.table import COUNT, MINUTES, REPEATED, TEXT, TIME, Column

ID_OF_DELIVERY = "Id of the delivery, counted up in the order of loading; unique in raw.deliveries and raw.quarantine."

# The profile of an attendee.
PERSON = (
    Column("first_name", TEXT, "First name."),
    Column("last_name", TEXT, "Last name."),
    Column("email", TEXT, "Mail address."),
    Column("company", TEXT, "Company."),
    Column("designation", TEXT, "Job title."),
    Column("headline", TEXT, "Headline of the profile."),
    Column("industry", TEXT, "Industry."),
    Column("country", TEXT, "Country."),
)
COLUMNS = (
    Column("event_id", TEXT, "Zuddl's id of the event (the conference); '(unknown)' without one.", REPEATED),
    Column("session_id", TEXT, "Zuddl's id of the session (the talk).", REPEATED),
    Column("registration_id", TEXT, "Zuddl's id of the registration, or the actor's id when the payload has none."),
    Column("actor_id", TEXT, "Zuddl's id of the person who acted."),
    Column("delivery_id", COUNT, ID_OF_DELIVERY),
    Column("organization_id", TEXT, "Zuddl's id of the organisation that holds the event."),
    Column("event_name", TEXT, "Name of the event."),
    Column("session_title", TEXT, "Title of the session."),
    Column("session_description", TEXT, "Description of the session; may hold HTML."),
    Column("starts_at", TIME, "Scheduled start (UTC)."),
    Column("ends_at", TIME, "Scheduled end (UTC)."),
    Column("scheduled_minutes", MINUTES, "ends_at - starts_at in minutes; null when not above zero."),
    Column("location_id", TEXT, "Zuddl's id of the location; the first when there are several."),
    Column("location_name", TEXT, "Name of the location, such as a stage."),
    Column("location_type", TEXT, "Type of the location, such as STAGE."),
    Column("speaker_name", TEXT, "Name from speakers.csv; null when the file does not name the speaker."),
    Column("received_at", TIME, "When the receiver accepted the delivery (UTC)."),
)
BY_NAME = {column.name: column for column in (*PERSON, *COLUMNS)}


def shared(names: str) -> tuple[Column, ...]:
    """The columns of these names, separated by spaces."""
    return tuple(BY_NAME[name] for name in names.split())
