"""Surrogate keys: integers instead of the ids of sessions and attendees. Figures are grouped by them in half the time.

A session and an attendee keep their key until a rebuild.
"""

from duckdb import DuckDBPyConnection

from warehouse.schema import PROFILE

_PROFILE = ", ".join(PROFILE)
_CHANGES = ", ".join(f"{column} = new.{column}" for column in PROFILE)
_DIFFERS = " OR ".join(f"attendees.{column} IS DISTINCT FROM new.{column}" for column in PROFILE)

SESSIONS = """
INSERT INTO surrogate_keys.sessions BY NAME
    SELECT event_id, session_id,
           (SELECT coalesce(max(session_key), 0) FROM surrogate_keys.sessions)
               + row_number() OVER (ORDER BY event_id, session_id) AS session_key
    FROM main.sessions SEMI JOIN wanted_sessions USING (event_id, session_id)
    ANTI JOIN (FROM surrogate_keys.sessions SEMI JOIN wanted_sessions USING (event_id, session_id)) AS known
        USING (event_id, session_id);
"""

ATTENDEES = f"""
INSERT INTO surrogate_keys.attendees BY NAME
    SELECT event_id, registration_id, {_PROFILE},
           (SELECT coalesce(max(attendee_key), 0) FROM surrogate_keys.attendees)
               + row_number() OVER (ORDER BY event_id, registration_id) AS attendee_key
    FROM main.attendees SEMI JOIN wanted_attendees USING (event_id, registration_id)
    ANTI JOIN (FROM surrogate_keys.attendees SEMI JOIN wanted_attendees USING (event_id, registration_id)) AS known
        USING (event_id, registration_id);

-- Only profiles that changed: writing a row again costs as much as writing a new one.
UPDATE surrogate_keys.attendees SET {_CHANGES}
    FROM (FROM main.attendees SEMI JOIN wanted_attendees USING (event_id, registration_id)) AS new
    WHERE attendees.event_id = new.event_id AND attendees.registration_id = new.registration_id
      AND ({_DIFFERS});

CREATE OR REPLACE TEMP TABLE keyed_attendees AS
    SELECT attendee_key, event_id, registration_id
    FROM surrogate_keys.attendees SEMI JOIN wanted_attendees USING (event_id, registration_id);
"""

UNUSED = """
DELETE FROM surrogate_keys.sessions
    WHERE (event_id, session_id) NOT IN (SELECT (event_id, session_id) FROM main.sessions);
DELETE FROM surrogate_keys.attendees
    WHERE (event_id, registration_id) NOT IN (SELECT (event_id, registration_id) FROM main.attendees);
"""


def renew_sessions(connection: DuckDBPyConnection) -> None:
    """Give each session in `wanted_sessions` a key."""
    connection.execute(SESSIONS)


def renew_attendees(connection: DuckDBPyConnection) -> None:
    """Give each attendee in `wanted_attendees` a key and the latest profile, and make `keyed_attendees` of them."""
    connection.execute(ATTENDEES)


def drop_unused(connection: DuckDBPyConnection) -> None:
    """Forget the keys of sessions and attendees that are no more."""
    connection.execute(UNUSED)
