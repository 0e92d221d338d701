"""Columns that several tables have, with the same name and the same meaning."""

from warehouse.schema.table import COUNT, LOCAL_TIME, MINUTES, REPEATED, TEXT, TIME, Column

ID_OF_DELIVERY = (
    "Id of the delivery, counted up in the order of loading; unique in raw.deliveries, raw.repeats and raw.quarantine."
)

WALL_CLOCK = "the clock on the wall, in the event's time zone; UTC where none is known."

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
    Column("load_id", COUNT, "The load in raw.loads that took it in; null when a release did that which noted none."),
    Column("organization_id", TEXT, "Zuddl's id of the organisation that holds the event."),
    Column("event_name", TEXT, "Name of the event."),
    Column("session_title", TEXT, "Title of the session."),
    Column("session_description", TEXT, "Description of the session; may hold HTML."),
    Column("starts_at", TIME, "Scheduled start (UTC)."),
    Column("ends_at", TIME, "Scheduled end (UTC)."),
    Column("local_starts_at", LOCAL_TIME, f"Scheduled start by {WALL_CLOCK}"),
    Column("local_ends_at", LOCAL_TIME, f"Scheduled end by {WALL_CLOCK}"),
    Column("scheduled_minutes", MINUTES, "ends_at - starts_at in minutes; null when not above zero."),
    Column("location_id", TEXT, "Zuddl's id of the location; the first when there are several."),
    Column("location_name", TEXT, "Name of the location, such as a stage."),
    Column("location_type", TEXT, "Type of the location, such as STAGE."),
    Column("session_format", TEXT, "Format of the session, such as VIRTUAL."),
    Column("speaker_name", TEXT, "Name from speakers.csv; null when the file does not name the speaker."),
    Column("sponsor_name", TEXT, "Name from sponsors.csv; null when the file does not name the sponsor."),
    Column("action_created_at", TIME, "When Zuddl created the action (UTC)."),
    Column("time_zone", TEXT, "Time zone of the event; null when the IANA database does not know what was sent."),
    Column("event_status", TEXT, "Status of the event, such as COMPLETED."),
    Column("event_type", TEXT, "Type of the event, such as EVENT."),
    Column("event_format", TEXT, "Format of the event, such as HYBRID."),
    Column("attendance_type", TEXT, "How the person takes part, such as VIRTUAL."),
    Column("ticket_name", TEXT, "Name of the ticket."),
    Column("source_type", TEXT, "Where the registration came from, such as ZUDDL_API."),
    Column("utm_source", TEXT, "The link's utm_source, by which the person came to register."),
    Column("utm_medium", TEXT, "The link's utm_medium."),
    Column("utm_campaign", TEXT, "The link's utm_campaign."),
    Column("place_type", TEXT, "BOOTH, DISCUSSION_ROOM, BREAKOUT_ROOM or STAGE."),
    Column("place_id", TEXT, "Zuddl's id of the place."),
    Column("place_name", TEXT, "Name of the place."),
    Column("received_at", TIME, "When the receiver accepted the delivery (UTC)."),
)
BY_NAME = {column.name: column for column in (*PERSON, *COLUMNS)}


def shared(names: str) -> tuple[Column, ...]:
    """The columns of these names, separated by spaces."""
    return tuple(BY_NAME[name] for name in names.split())
