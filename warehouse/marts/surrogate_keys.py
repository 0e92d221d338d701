"""Surrogate keys: the attendances with integers instead of ids. The dashboard groups them in half the time.

A session and an attendee keep their key until a rebuild.
"""

from duckdb import DuckDBPyConnection

from warehouse.schema import PROFILE

_PROFILE = ", ".join(PROFILE)
_CHANGES = ", ".join(f"{column} = new.{column}" for column in PROFILE)
_DIFFERS = " OR ".join(f"attendees.{column} IS DISTINCT FROM new.{column}" for column in PROFILE)

RENEW = f"""
INSERT INTO surrogate_keys.sessions BY NAME
    SELECT event_id, session_id,
           (SELECT coalesce(max(session_key), 0) FROM surrogate_keys.sessions)
               + row_number() OVER (ORDER BY event_id, session_id) AS session_key
    FROM main.sessions SEMI JOIN wanted USING (event_id)
    ANTI JOIN (FROM surrogate_keys.sessions SEMI JOIN wanted USING (event_id)) AS known USING (event_id, session_id);

INSERT INTO surrogate_keys.attendees BY NAME
    SELECT event_id, registration_id, {_PROFILE},
           (SELECT coalesce(max(attendee_key), 0) FROM surrogate_keys.attendees)
               + row_number() OVER (ORDER BY event_id, registration_id) AS attendee_key
    FROM main.attendees SEMI JOIN wanted USING (event_id)
    ANTI JOIN (FROM surrogate_keys.attendees SEMI JOIN wanted USING (event_id)) AS known
        USING (event_id, registration_id);

-- Only profiles that changed: writing a row again costs as much as writing a new one.
UPDATE surrogate_keys.attendees SET {_CHANGES}
    FROM (FROM main.attendees SEMI JOIN wanted USING (event_id)) AS new
    WHERE attendees.event_id = new.event_id AND attendees.registration_id = new.registration_id
      AND ({_DIFFERS});

DELETE FROM surrogate_keys.time_spent
    WHERE session_key IN (SELECT session_key FROM surrogate_keys.sessions SEMI JOIN wanted USING (event_id));

INSERT INTO surrogate_keys.time_spent BY NAME
    SELECT session_key, attendee_key, minutes_spent
    FROM main.time_spent
    JOIN (FROM surrogate_keys.sessions SEMI JOIN wanted USING (event_id)) AS sessions USING (event_id, session_id)
    JOIN (FROM surrogate_keys.attendees SEMI JOIN wanted USING (event_id)) AS attendees
        USING (event_id, registration_id);
"""


def renew(connection: DuckDBPyConnection) -> None:
    """Make the schema `surrogate_keys` say what the facts say of the events in the relation `wanted(event_id)`."""
    connection.execute(RENEW)
