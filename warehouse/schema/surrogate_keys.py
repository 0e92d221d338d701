"""Surrogate keys: the attendances with integers instead of ids. The dashboard groups by them in half the time."""

from warehouse.schema.table import EVENT_ID, MINUTES, REGISTRATION_ID, SESSION_ID, TEXT, Table

# Columns of `attendees` that say who somebody was.
PROFILE = ("company", "country", "designation", "industry")

SESSION_KEY = ("INTEGER", "Surrogate key of the event's session in this file; a rebuild gives new ones.")
ATTENDEE_KEY = ("INTEGER", "Surrogate key of the event's registration in this file; a rebuild gives new ones.")

SURROGATE_KEYS = (
    Table(
        "surrogate_keys.time_spent",
        "One row per row of main.time_spent, with surrogate keys: grouping takes half the time.",
        {
            "session_key": SESSION_KEY,
            "attendee_key": ATTENDEE_KEY,
            "minutes_spent": (MINUTES, "Minutes spent, as in main.time_spent."),
        },
    ),
    Table(
        "surrogate_keys.sessions",
        "One row per event and session: its surrogate key.",
        {"session_key": SESSION_KEY, "event_id": EVENT_ID, "session_id": SESSION_ID},
    ),
    Table(
        "surrogate_keys.attendees",
        "One row per event and registration: its surrogate key, and what attendances are grouped by.",
        {
            "attendee_key": ATTENDEE_KEY,
            "event_id": EVENT_ID,
            "registration_id": REGISTRATION_ID,
            **{column: (TEXT, f"As main.attendees.{column}.") for column in PROFILE},
        },
    ),
)
