"""Numbers for ids: what the dashboard groups by, in half the time and less."""

from warehouse.schema.table import EVENT_ID, MINUTES, REGISTRATION_ID, SESSION_ID, TEXT, Table

# Columns of `attendees` that say who somebody was.
PROFILE = ("company", "country", "designation", "industry")

SESSION_NUMBER = ("INTEGER", "Number of the event's session in this file; a rebuild numbers anew.")
ATTENDEE_NUMBER = ("INTEGER", "Number of the event's registration in this file; a rebuild numbers anew.")

NUMBERS = (
    Table(
        "numbers.time_spent",
        "One row per row of main.time_spent, with numbers for ids: to group it takes half the time and less.",
        {
            "session_number": SESSION_NUMBER,
            "attendee_number": ATTENDEE_NUMBER,
            "minutes_spent": (MINUTES, "Minutes spent, as in main.time_spent."),
        },
    ),
    Table(
        "numbers.sessions",
        "One row per event and session: its number.",
        {"session_number": SESSION_NUMBER, "event_id": EVENT_ID, "session_id": SESSION_ID},
    ),
    Table(
        "numbers.attendees",
        "One row per event and registration: its number, and what attendances are grouped by.",
        {
            "attendee_number": ATTENDEE_NUMBER,
            "event_id": EVENT_ID,
            "registration_id": REGISTRATION_ID,
            **{column: (TEXT, f"As main.attendees.{column}.") for column in PROFILE},
        },
    ),
)
