"""Audience: who was invited, registered, came, or did not come."""

from warehouse.schema.shared_columns import PERSON, shared
from warehouse.schema.table import COUNT, RATE, TEXT, TIME, YES_NO, Column, Table

IS_NO_SHOW = "Registered and not attended; null until an action tells that the event is over."

AUDIENCE = (
    Table(
        "main.registrations",
        "One row per event and registration that any action names.",
        (
            *(*shared("event_id registration_id actor_id"), *PERSON),
            *shared("attendance_type ticket_name source_type utm_source utm_medium utm_campaign"),
            Column("invited_at", TIME, "Earliest INVITED (UTC)."),
            Column("registered_at", TIME, "Earliest REGISTERED, REGISTRATION_FOR_ON_DEMAND or APPROVED (UTC)."),
            Column("arrived_at", TIME, "Earliest ATTENDED, ENTERED, or JOINED_* a session, booth or room (UTC)."),
            Column("is_registered", YES_NO, "Attended, or registered and not deleted or rejected since."),
            Column("is_attended", YES_NO, "Arrived, asked, upvoted, answered a poll, or spent more than zero minutes."),
            Column("is_on_demand", YES_NO, "Watched afterwards: ATTENDED_ON_DEMAND or WATCHED_VOD."),
            Column("is_no_show", YES_NO, IS_NO_SHOW),
        ),
    ),
    Table(
        "main.registration_fields",
        "One row per event, registration and custom field of the registration form.",
        (
            *shared("event_id registration_id"),
            Column("field", TEXT, "The field's slug."),
            Column("value", TEXT, "The answer; lists and objects as JSON."),
        ),
    ),
    Table(
        "main.event_funnel",
        "One row per event with any registration: from the invitation to the interaction.",
        (
            *shared("event_id event_name"),
            Column("invited_count", COUNT, "Registrations with invited_at."),
            Column("registered_count", COUNT, "Registrations with is_registered."),
            Column("attended_count", COUNT, "Registrations with is_attended."),
            Column("on_demand_count", COUNT, "Registrations with is_on_demand."),
            Column("session_attendee_count", COUNT, "Registrations with a row in time_spent."),
            Column("interacting_count", COUNT, "Registrations with an interaction_count above zero."),
            Column("no_show_count", COUNT, "Registrations with is_no_show; null until the event is over."),
            Column("show_rate", RATE, "attended_count / registered_count; null when nobody is registered."),
        ),
    ),
)
