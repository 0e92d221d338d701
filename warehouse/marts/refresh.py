"""Refreshing: facts and figures are derived again for the sessions and attendees that new actions touch.

A session needs its own attendances, an attendee theirs. What is told of an event as a whole, such as ranks, needs the
totals of its sessions and attendees. Each step works on slices: its memory does not grow with an event.
"""

from duckdb import DuckDBPyConnection

from warehouse.marts import attendees, events, leads, places, sessions, surrogate_keys, touched
from warehouse.settings import RepeatPolicy


def refresh(
    connection: DuckDBPyConnection, first_delivery_id: int, policy: RepeatPolicy, actions_per_pass: int
) -> None:
    """Bring every mart up to the actions in `staging`.

    Args:
        connection: to the warehouse, which may be written.
        first_delivery_id: the marts know all actions before this one.
        policy: what several actions for one attendee and session mean.
        actions_per_pass: about how many actions, attendances or attendees are worked on at once.
    """
    touched.note_new(connection, first_delivery_id)
    _derive(connection, policy, actions_per_pass)
    while touched.note_reopened(connection):
        _derive(connection, policy, actions_per_pass)
        surrogate_keys.drop_unused(connection)
    touched.forget(connection)


def _derive(connection: DuckDBPyConnection, policy: RepeatPolicy, max_weight: int) -> None:
    sessions.describe(connection, max_weight)
    touched.note_attendees(connection)
    attendees.refresh(connection, policy, max_weight)
    touched.weigh(connection)
    sessions.measure(connection, max_weight)
    places.refresh(connection, policy, max_weight)
    leads.refresh(connection, max_weight)
    events.refresh(connection, max_weight)
