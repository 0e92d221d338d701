"""Surrogate keys: integers instead of ids. The dashboard groups attendances by them in half the time."""

from warehouse.schema.shared_columns import EVENT_ID, REGISTRATION_ID, SESSION_ID
from warehouse.schema.table import MINUTES, TEXT, Table

# Columns of `attendees` by which the dashboard groups.
PROFILE = ("company", "country", "designation", "industry")

SESSION_KEY = ("INTEGER", "Surrogate key of the event's session in this file; a rebuild assigns new ones.")
ATTENDEE_KEY = ("INTEGER", "Surrogate key of the event's registration in this file; a rebuild assigns new ones.")

SURROGATE_KEYS = (
    Table(
        "surrogate_keys.time_spent",
        "One row per row of main.time_spent, with surrogate keys instead of ids.",
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
        "One row per event and registration: its surrogate key, and the columns to group attendances by.",
        {
            "attendee_key": ATTENDEE_KEY,
            "event_id": EVENT_ID,
            "registration_id": REGISTRATION_ID,
            **{column: (TEXT, f"As main.attendees.{column}.") for column in PROFILE},
        },
    ),
)
