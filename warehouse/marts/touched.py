"""Touched: what the new actions may change, noted in temporary tables, and cut into slices of bounded size.

- `touched_attendances`: event, session and registration of each new action
- `touched_sessions`, `touched_attendees`, `touched_events`: each once, with a `weight`, which is measured in actions
- `changed_sessions`: those whose schedule or tags change; all their attendees are touched
- `touched_speakers`, `touched_tags`: those of the touched sessions, before and after the load

A slice is a table, `wanted_sessions`, `wanted_attendees` or `wanted_events`, with the columns that identify a row.
"""

from collections.abc import Iterator

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.schema import NO_SPEAKER, UNTAGGED

KEYS = {
    "sessions": "event_id, session_id",
    "attendees": "event_id, registration_id",
    "events": "event_id",
}

# A view takes no parameters.
NEW = """
CREATE OR REPLACE TEMP VIEW touched_attendances AS
    SELECT event_id, session_id, registration_id, session_version FROM staging.actions WHERE delivery_id >= {:d}
"""
REOPENED = """
CREATE OR REPLACE TEMP TABLE reopened_again AS FROM reopened;
DELETE FROM reopened;
CREATE OR REPLACE TEMP VIEW touched_attendances AS SELECT *, NULL::BIGINT AS session_version FROM reopened_again
"""

# A description of a session, with all its tags, speakers and sponsors, takes the memory of a hundred actions.
NOTE = """
CREATE OR REPLACE TEMP TABLE touched_sessions AS
    SELECT event_id, session_id, 100 AS weight FROM touched_attendances GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE touched_events AS SELECT event_id, 1 AS weight FROM touched_sessions GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE changed_sessions (event_id VARCHAR, session_id VARCHAR);
CREATE OR REPLACE TEMP TABLE touched_speakers (event_id VARCHAR, speaker_id VARCHAR);
CREATE OR REPLACE TEMP TABLE touched_tags (event_id VARCHAR, tag VARCHAR);
"""

NOTE_PARTS = f"""
INSERT INTO touched_speakers
    SELECT DISTINCT event_id, coalesce(speaker_id, '{NO_SPEAKER}')
    FROM (FROM main.sessions SEMI JOIN touched_sessions USING (event_id, session_id))
    LEFT JOIN main.session_speakers USING (event_id, session_id);
INSERT INTO touched_tags
    SELECT DISTINCT event_id, coalesce(tag, '{UNTAGGED}')
    FROM (FROM main.sessions SEMI JOIN touched_sessions USING (event_id, session_id))
    LEFT JOIN main.session_tags USING (event_id, session_id);
"""

# `has_new_actions` is false for those who are touched through a changed session alone: their descriptions stay.
NOTE_ATTENDEES = """
CREATE OR REPLACE TEMP TABLE touched_attendees AS
    WITH of_changed_sessions AS (
        SELECT DISTINCT attendee_key FROM surrogate_keys.time_spent SEMI JOIN (
            FROM surrogate_keys.sessions SEMI JOIN changed_sessions USING (event_id, session_id)
        ) USING (session_key)
    ), touched AS (
        SELECT event_id, registration_id, count(*) AS action_count FROM touched_attendances GROUP BY ALL
        UNION ALL
        SELECT event_id, registration_id, 0
        FROM surrogate_keys.attendees SEMI JOIN of_changed_sessions USING (attendee_key)
    )
    SELECT event_id, registration_id, sum(action_count) > 0 AS has_new_actions,
           sum(action_count) + coalesce(any_value(session_count), 0) AS weight
    FROM touched LEFT JOIN main.attendee_engagement USING (event_id, registration_id)
    GROUP BY event_id, registration_id
"""

# For their figures, sessions weigh their attendances, and events their attendees.
WEIGH = """
CREATE OR REPLACE TEMP TABLE touched_sessions AS
    SELECT event_id, session_id, count(session_key) AS weight
    FROM touched_sessions LEFT JOIN surrogate_keys.sessions USING (event_id, session_id)
    LEFT JOIN surrogate_keys.time_spent USING (session_key)
    GROUP BY event_id, session_id;
CREATE OR REPLACE TEMP TABLE touched_events AS
    SELECT event_id, count(*) AS weight
    FROM touched_events LEFT JOIN main.attendee_engagement USING (event_id) GROUP BY event_id;
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
    connection.execute("CREATE TEMP TABLE reopened (event_id VARCHAR, session_id VARCHAR, registration_id VARCHAR)")
    connection.execute(NEW.format(first_delivery_id))
    connection.execute(NOTE + NOTE_PARTS)


def note_reopened(connection: DuckDBPyConnection) -> bool:
    """Note the attendances that lost an action meanwhile, and what they touch; False when there are none."""
    connection.execute(REOPENED)
    connection.execute(NOTE + NOTE_PARTS)
    return connection.sql("FROM touched_sessions LIMIT 1").fetchone() is not None


def note_changed_sessions(connection: DuckDBPyConnection, changed: pl.DataFrame) -> None:
    """Note sessions, `event_id, session_id`, whose schedule or tags changed."""
    connection.register("changed", changed)
    connection.execute("INSERT INTO changed_sessions SELECT event_id, session_id FROM changed")
    connection.unregister("changed")


def note_attendees(connection: DuckDBPyConnection) -> None:
    """Once the sessions are described: note the touched attendees, and the speakers and tags as they are now."""
    connection.execute(NOTE_PARTS + NOTE_ATTENDEES)


def weigh(connection: DuckDBPyConnection) -> None:
    """Once the attendances are written: weigh sessions and events by what their figures are made from."""
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
    connection.execute("DROP VIEW touched_attendances")
    for (name,) in connection.sql("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall():
        connection.execute(f"DROP TABLE temp.{name}")
