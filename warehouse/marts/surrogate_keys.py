"""Numbers for ids: the attendances once more, small and quick to group, for who reads them all, as the dashboard does.

A session and an attendee keep their number for as long as the file is continued.
"""

from duckdb import DuckDBPyConnection

from warehouse.schema import PROFILE

_PROFILE = ", ".join(PROFILE)
_CHANGES = ", ".join(f"{column} = said.{column}" for column in PROFILE)
_DIFFERS = " OR ".join(f"attendees.{column} IS DISTINCT FROM said.{column}" for column in PROFILE)

RENEW = f"""
INSERT INTO numbers.sessions BY NAME
    SELECT event_id, session_id,
           (SELECT coalesce(max(session_number), 0) FROM numbers.sessions)
               + row_number() OVER (ORDER BY event_id, session_id) AS session_number
    FROM main.sessions SEMI JOIN wanted USING (event_id)
    ANTI JOIN (FROM numbers.sessions SEMI JOIN wanted USING (event_id)) AS numbered USING (event_id, session_id);

INSERT INTO numbers.attendees BY NAME
    SELECT event_id, registration_id, {_PROFILE},
           (SELECT coalesce(max(attendee_number), 0) FROM numbers.attendees)
               + row_number() OVER (ORDER BY event_id, registration_id) AS attendee_number
    FROM main.attendees SEMI JOIN wanted USING (event_id)
    ANTI JOIN (FROM numbers.attendees SEMI JOIN wanted USING (event_id)) AS numbered
        USING (event_id, registration_id);

-- Of most nothing has changed, and a row that is written again costs as much as a new one.
UPDATE numbers.attendees SET {_CHANGES}
    FROM (FROM main.attendees SEMI JOIN wanted USING (event_id)) AS said
    WHERE attendees.event_id = said.event_id AND attendees.registration_id = said.registration_id
      AND ({_DIFFERS});

DELETE FROM numbers.time_spent
    WHERE session_number IN (SELECT session_number FROM numbers.sessions SEMI JOIN wanted USING (event_id));

INSERT INTO numbers.time_spent BY NAME
    SELECT session_number, attendee_number, minutes_spent
    FROM main.time_spent
    JOIN (FROM numbers.sessions SEMI JOIN wanted USING (event_id)) AS sessions USING (event_id, session_id)
    JOIN (FROM numbers.attendees SEMI JOIN wanted USING (event_id)) AS attendees USING (event_id, registration_id);
"""


def renew(connection: DuckDBPyConnection) -> None:
    """Make `numbers` say what the facts say of the events in the relation `wanted(event_id)`."""
    connection.execute(RENEW)
