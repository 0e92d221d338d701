"""Surrogate keys: integers instead of ids. The dashboard groups attendances by them in half the time."""

from warehouse.schema.shared_columns import shared
from warehouse.schema.table import MINUTES, TEXT, Column, Table

# Columns of `attendees` by which the dashboard groups.
PROFILE = ("company", "country", "designation", "industry")

KEY = "Surrogate key of the event's {} in this file; a rebuild assigns new ones."
SESSION_KEY = Column("session_key", "INTEGER", KEY.format("session"))
ATTENDEE_KEY = Column("attendee_key", "INTEGER", KEY.format("registration"))

SURROGATE_KEYS = (
    Table(
        "surrogate_keys.time_spent",
        "One row per row of main.time_spent, with surrogate keys instead of ids.",
        (SESSION_KEY, ATTENDEE_KEY, Column("minutes_spent", MINUTES, "Minutes spent, as in main.time_spent.")),
    ),
    Table(
        "surrogate_keys.sessions",
        "One row per event and session: its surrogate key.",
        (SESSION_KEY, *shared("event_id session_id")),
    ),
    Table(
        "surrogate_keys.attendees",
        "One row per event and registration: its surrogate key, and the columns to group attendances by.",
        (
            ATTENDEE_KEY,
            *shared("event_id registration_id"),
            *(Column(column, TEXT, f"As main.attendees.{column}.") for column in PROFILE),
        ),
    ),
)
