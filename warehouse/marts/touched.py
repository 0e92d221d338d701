"""Touched: what the new actions may change, noted in temporary tables, and cut into slices of bounded size.

- `touched_actions`: the new actions; `touched_targets`: their places and leads
- `touched_sessions`, `touched_attendees`, `touched_events`, `touched_places`, `touched_leads`: each once, with a
  `weight`, which is measured in actions
- `changed_sessions`: those whose schedule or tags change; all their attendees are touched
- `touched_speakers`, `touched_tags`, `touched_sponsors`: those of the touched sessions, before and after the load

A slice is a table, such as `wanted_sessions`, with the columns that identify a row.
"""

from collections.abc import Iterator

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts.credit import CREDITS

KEYS = {
    "sessions": "event_id, session_id",
    "attendees": "event_id, registration_id",
    "events": "event_id",
    "places": "event_id, place_type, place_id",
    "leads": "event_id, lead_id",
}

# What an action may touch.
TOUCHING = """
SELECT actions.delivery_id, actions.action, actions.event_id, actions.session_id, actions.registration_id,
       session_version, place_type, place_id, lead_id
FROM staging.actions AS actions
LEFT JOIN main.actions AS others ON others.delivery_id = actions.delivery_id
LEFT JOIN staging.leads AS leads ON leads.delivery_id = actions.delivery_id
"""
# A view takes no parameters.
NEW = """
CREATE OR REPLACE TEMP VIEW touched_actions AS
    SELECT event_id, session_id, registration_id, action, session_version
    FROM staging.actions WHERE delivery_id >= {0:d};
CREATE OR REPLACE TEMP VIEW touched_targets AS
    SELECT event_id, place_type, place_id, NULL AS lead_id
    FROM main.actions WHERE delivery_id >= {0:d} AND place_id IS NOT NULL
    UNION ALL SELECT event_id, NULL, NULL, lead_id FROM staging.leads WHERE delivery_id >= {0:d};
"""
REOPENED = """
CREATE OR REPLACE TEMP TABLE reopened_again AS FROM reopened;
DELETE FROM reopened;
CREATE OR REPLACE TEMP VIEW touched_actions AS SELECT * REPLACE (NULL::BIGINT AS session_version) FROM reopened_again;
CREATE OR REPLACE TEMP VIEW touched_targets AS FROM reopened_again;
"""

# A description of a session, with all its tags, speakers and sponsors, takes the memory of a hundred actions.
NOTE = """
CREATE OR REPLACE TEMP TABLE touched_sessions AS
    SELECT event_id, session_id, 100 AS weight FROM touched_actions WHERE session_id IS NOT NULL GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE touched_events AS SELECT event_id, 1 AS weight FROM touched_actions GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE touched_places AS
    SELECT event_id, place_type, place_id, 1 AS weight FROM touched_targets WHERE place_id IS NOT NULL GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE touched_leads AS
    SELECT event_id, lead_id, 1 AS weight FROM touched_targets WHERE lead_id IS NOT NULL GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE changed_sessions (event_id VARCHAR, session_id VARCHAR);
""" + "".join(
    f"CREATE OR REPLACE TEMP TABLE touched_{credit.parts} (event_id VARCHAR, {credit.part} VARCHAR);"
    for credit in CREDITS
)

NOTE_PARTS = "".join(
    f"""
INSERT INTO touched_{credit.parts}
    SELECT DISTINCT event_id, coalesce({credit.part}, '{credit.nobody}')
    FROM (FROM main.sessions SEMI JOIN touched_sessions USING (event_id, session_id))
    LEFT JOIN main.session_{credit.parts} USING (event_id, session_id);
"""
    for credit in CREDITS
)

# `has_new_actions` is false for those who are touched through a changed session alone: their descriptions stay.
NOTE_ATTENDEES = """
CREATE OR REPLACE TEMP TABLE touched_attendees AS
    WITH of_changed_sessions AS (
        SELECT DISTINCT attendee_key FROM surrogate_keys.time_spent SEMI JOIN (
            FROM surrogate_keys.sessions SEMI JOIN changed_sessions USING (event_id, session_id)
        ) USING (session_key)
    ), touched AS (
        SELECT event_id, registration_id, count(*) AS action_count
        FROM touched_actions WHERE registration_id IS NOT NULL GROUP BY ALL
        UNION ALL
        SELECT event_id, registration_id, 0
        FROM surrogate_keys.attendees SEMI JOIN of_changed_sessions USING (attendee_key)
    )
    SELECT event_id, registration_id, sum(action_count) > 0 AS has_new_actions,
           sum(action_count) + coalesce(any_value(session_count), 0) AS weight
    FROM touched LEFT JOIN main.attendee_engagement USING (event_id, registration_id)
    GROUP BY event_id, registration_id
"""

# For their figures, sessions weigh their attendances, places their actions, and events their attendees.
WEIGH = """
CREATE OR REPLACE TEMP TABLE touched_sessions AS
    SELECT event_id, session_id, count(session_key) AS weight
    FROM touched_sessions LEFT JOIN surrogate_keys.sessions USING (event_id, session_id)
    LEFT JOIN surrogate_keys.time_spent USING (session_key)
    GROUP BY event_id, session_id;
CREATE OR REPLACE TEMP TABLE touched_events AS
    SELECT event_id, count(*) AS weight
    FROM touched_events LEFT JOIN main.attendee_engagement USING (event_id) GROUP BY event_id;
CREATE OR REPLACE TEMP TABLE touched_places AS
    SELECT event_id, place_type, place_id, count(delivery_id) AS weight
    FROM touched_places LEFT JOIN main.actions USING (event_id, place_type, place_id)
    GROUP BY event_id, place_type, place_id;
"""

SLICED = """
CREATE OR REPLACE TEMP TABLE sliced_{level} AS
    SELECT * EXCLUDE (weight),
           ((sum(weight) OVER (ORDER BY {keys} ROWS UNBOUNDED PRECEDING) - weight) // {max_weight:d})::BIGINT AS slice
    FROM touched_{level} ORDER BY slice
"""
SLICE = """
CREATE OR REPLACE TEMP TABLE wanted_{level} AS SELECT * EXCLUDE (slice) FROM sliced_{level} WHERE slice = {slice:d}
"""


def note_new(connection: DuckDBPyConnection, first_delivery_id: int) -> None:
    """Note what the actions from this delivery on touch."""
    connection.execute(f"CREATE TEMP TABLE reopened AS {TOUCHING} LIMIT 0")
    connection.execute(NEW.format(first_delivery_id))
    connection.execute(NOTE + NOTE_PARTS)


def note_reopened(connection: DuckDBPyConnection) -> bool:
    """Note what lost an action meanwhile; False when nothing did."""
    if connection.sql("FROM reopened LIMIT 1").fetchone() is None:
        return False
    connection.execute(REOPENED)
    connection.execute(NOTE + NOTE_PARTS)
    return True


def note_reopened_action(connection: DuckDBPyConnection, delivery_id: int) -> None:
    """Note what an action touches that is about to be removed."""
    connection.execute(f"INSERT INTO reopened BY NAME {TOUCHING} WHERE actions.delivery_id = ?", [delivery_id])


def note_changed_sessions(connection: DuckDBPyConnection, changed: pl.DataFrame) -> None:
    """Note sessions, `event_id, session_id`, whose schedule or tags changed."""
    connection.register("changed", changed)
    connection.execute("INSERT INTO changed_sessions SELECT event_id, session_id FROM changed")
    connection.unregister("changed")


def note_attendees(connection: DuckDBPyConnection) -> None:
    """Once the sessions are described: note the touched attendees, and what is credited as it is now."""
    connection.execute(NOTE_PARTS + NOTE_ATTENDEES)


def weigh(connection: DuckDBPyConnection) -> None:
    """Once the attendances are written: weigh sessions, events and places by what their figures are made from."""
    connection.execute(WEIGH)


def slices(connection: DuckDBPyConnection, level: str, max_weight: int) -> Iterator[None]:
    """Make `wanted_<level>` hold the slices of `touched_<level>`, one after the other, each of about `max_weight`."""
    connection.execute(SLICED.format(level=level, keys=KEYS[level], max_weight=max_weight))
    numbers = connection.sql(f"SELECT DISTINCT slice FROM sliced_{level} ORDER BY slice").fetchall()
    for (number,) in numbers:
        connection.execute(SLICE.format(level=level, slice=number))
        yield


def forget(connection: DuckDBPyConnection) -> None:
    """Drop everything that was noted."""
    connection.execute("DROP VIEW touched_actions; DROP VIEW touched_targets")
    for (name,) in connection.sql("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall():
        connection.execute(f"DROP TABLE temp.{name}")
