"""Attendees: their registrations, the time they spent, and their figures. The step for the touched attendees."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import audience, descriptions, engagement, facts, interactions, surrogate_keys, touched
from warehouse.marts.facts import ATTENDEE
from warehouse.marts.replace import replace
from warehouse.marts.unloadable import derive_what_can_be
from warehouse.settings import RepeatPolicy
from warehouse.storage.append import append, stream

# Whose descriptions and actions can have changed.
CHANGED = "(FROM wanted_attendees WHERE has_new_actions)"
WANTED_ACTIONS = f"""
CREATE OR REPLACE TEMP TABLE wanted_actions AS
    FROM staging.actions SEMI JOIN {CHANGED} USING (event_id, registration_id)
"""
# Most actions are time spent. Of an attendee's, one that spent time says as much as all.
HISTORY = """
SELECT event_id, registration_id, delivery_id, action, action_created_at, minutes_spent
FROM wanted_actions WHERE action <> 'TIME_SPENT_IN_SESSION'
UNION ALL
SELECT event_id, registration_id, arg_max(delivery_id, minutes_spent), action, NULL, max(minutes_spent)
FROM wanted_actions WHERE action = 'TIME_SPENT_IN_SESSION' GROUP BY event_id, registration_id, action
"""
INTERACTIONS = f"""
SELECT event_id, registration_id, session_id, action
FROM wanted_actions WHERE action IN ('{"', '".join(interactions.COUNTED)}')
"""
ATTENDEES = """
SELECT event_id, registration_id FROM wanted_actions WHERE action = 'TIME_SPENT_IN_SESSION' GROUP BY ALL
"""

WANTED_ATTENDANCES = """
CREATE OR REPLACE TEMP TABLE wanted_attendances AS
    SELECT any_value(event_id) AS event_id, any_value(session_id) AS session_id,
           any_value(registration_id) AS registration_id, session_key, attendee_key
    FROM (FROM touched_actions WHERE action = 'TIME_SPENT_IN_SESSION')
    JOIN keyed_attendees USING (event_id, registration_id)
    JOIN (FROM surrogate_keys.sessions SEMI JOIN touched_sessions USING (event_id, session_id))
        USING (event_id, session_id)
    GROUP BY session_key, attendee_key
"""
ACTIONS = """
SELECT session_key, attendee_key, delivery_id, action_created_at, minutes_spent, action_id, received_at
FROM raw.deliveries JOIN (
    FROM (FROM wanted_actions WHERE action = 'TIME_SPENT_IN_SESSION')
    JOIN wanted_attendances USING (event_id, session_id, registration_id)
) AS actions USING (delivery_id)
"""
# Integers tell whether an attendance has a row: most have none.
KNOWN = """
CREATE OR REPLACE TEMP TABLE known_attendances AS
    FROM wanted_attendances SEMI JOIN surrogate_keys.time_spent USING (session_key, attendee_key)
"""
FORGET = """
DELETE FROM surrogate_keys.time_spent USING known_attendances AS known
    WHERE time_spent.session_key = known.session_key AND time_spent.attendee_key = known.attendee_key;
DELETE FROM main.time_spent USING known_attendances AS known
    WHERE time_spent.event_id = known.event_id AND time_spent.session_id = known.session_id
    AND time_spent.registration_id = known.registration_id;
"""
INSERT = """
INSERT INTO main.time_spent BY NAME
    SELECT event_id, session_id, registration_id, time_spent.* EXCLUDE (session_key, attendee_key)
    FROM derived AS time_spent JOIN wanted_attendances USING (session_key, attendee_key)
"""

MINUTES = """
CREATE OR REPLACE TEMP TABLE wanted_minutes AS
    FROM surrogate_keys.time_spent SEMI JOIN keyed_attendees USING (attendee_key)
"""
SESSIONS = "(FROM surrogate_keys.sessions SEMI JOIN wanted_minutes USING (session_key))"


def refresh(connection: DuckDBPyConnection, policy: RepeatPolicy, max_weight: int) -> None:
    """Derive facts and figures of the touched attendees, but no rank and no score."""
    for _ in touched.slices(connection, "attendees", max_weight):
        connection.execute(WANTED_ACTIONS)
        _describe(connection)
        _count_interactions(connection)
        surrogate_keys.renew_attendees(connection)
        _add_up(connection, policy)
        _measure(connection, max_weight)


def _describe(connection: DuckDBPyConnection) -> None:
    def read() -> pl.DataFrame:
        fields = [*facts.REGISTRATION_FIELDS, "custom_fields"]
        return descriptions.read(connection, "attendee", "wanted_actions", ATTENDEE, fields)

    described, fields = derive_what_can_be(
        connection,
        read,
        lambda rows: (audience.registrations(rows), audience.registration_fields(rows)),
        copy="wanted_actions",
    )
    history = derive_what_can_be(
        connection, lambda: connection.sql(HISTORY).pl(), audience.history, copy="wanted_actions"
    )
    registrations = described.join(history, on=ATTENDEE, maintain_order="left")
    replace(connection, "main.registrations", CHANGED, ATTENDEE, registrations)
    replace(connection, "main.registration_fields", CHANGED, ATTENDEE, fields)
    attendees = described.select(*ATTENDEE, *facts.ATTENDEE_FIELDS)
    attendees = attendees.join(connection.sql(ATTENDEES).pl(), on=ATTENDEE, how="semi", maintain_order="left")
    replace(connection, "main.attendees", CHANGED, ATTENDEE, attendees)


def _count_interactions(connection: DuckDBPyConnection) -> None:
    rows = interactions.attendee_interactions(connection.sql(INTERACTIONS).pl())
    replace(connection, "main.attendee_interactions", CHANGED, ATTENDEE, rows)


def _add_up(connection: DuckDBPyConnection, policy: RepeatPolicy) -> None:
    """Write the rows of `time_spent` whose actions are new."""
    connection.execute(WANTED_ATTENDANCES)
    rows = derive_what_can_be(
        connection, lambda: connection.sql(ACTIONS).pl(), lambda actions: facts.time_spent(actions, policy)
    )
    connection.execute(KNOWN)
    [(known_count,)] = connection.sql("SELECT count(*) FROM known_attendances").fetchall()
    if known_count:
        connection.execute(FORGET)
    connection.register("derived", stream(rows))
    connection.execute(INSERT)
    connection.unregister("derived")
    append(connection, "surrogate_keys.time_spent", rows)


def _measure(connection: DuckDBPyConnection, max_tagged: int) -> None:
    connection.execute(MINUTES)
    attendances = connection.sql("FROM wanted_minutes").pl()
    sessions = connection.sql(
        f"SELECT session_key, scheduled_minutes FROM {SESSIONS} JOIN main.sessions USING (event_id, session_id)"
    ).pl()
    tags = connection.sql(
        f"SELECT session_key, tag FROM {SESSIONS} JOIN main.session_tags USING (event_id, session_id)"
    ).pl()
    attendees = connection.sql("FROM keyed_attendees JOIN main.attendees USING (event_id, registration_id)").pl()
    measured = engagement.attendee_engagement(
        engagement.attendances_with_completion(attendances, sessions), attendees, tags, max_tagged
    )
    replace(connection, "main.attendee_engagement", "wanted_attendees", ATTENDEE, measured)
