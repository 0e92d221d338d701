"""Columns that several tables have."""

from warehouse.schema.table import COUNT, MINUTES, REPEATED_TEXT, TEXT, TIME

EVENT_ID = (REPEATED_TEXT, "Zuddl's id of the event (the conference); '(unknown)' when the payload names none.")
SESSION_ID = (REPEATED_TEXT, "Zuddl's id of the session (the talk).")
REGISTRATION_ID = (TEXT, "Zuddl's id of the registration, or the actor's id when the payload has none.")
DELIVERY_ID = (
    COUNT,
    "Id of the delivery, counted up in the order of loading; unique over raw.deliveries and raw.quarantine.",
)
ORGANIZATION_ID = (TEXT, "Zuddl's id of the organisation that holds the event.")
EVENT_NAME = (TEXT, "Name of the event.")
SESSION_TITLE = (TEXT, "Title of the session.")
LOCATION_NAME = (TEXT, "Name of the location, such as a stage.")
SPEAKER_NAME = (TEXT, "Name from speakers.csv; null when the file does not name the speaker.")
STARTS_AT = (TIME, "Scheduled start (UTC).")
ENDS_AT = (TIME, "Scheduled end (UTC).")
SCHEDULED_MINUTES = (MINUTES, "ends_at - starts_at in minutes; null when not above zero.")

# The profile of an attendee.
PERSON = {
    "first_name": (TEXT, "First name."),
    "last_name": (TEXT, "Last name."),
    "email": (TEXT, "Mail address."),
    "company": (TEXT, "Company."),
    "designation": (TEXT, "Job title."),
    "headline": (TEXT, "Headline of the profile."),
    "industry": (TEXT, "Industry."),
    "country": (TEXT, "Country."),
}
ACTOR_ID = (TEXT, "Zuddl's id of the person who acted.")
