"""Sessions: their latest descriptions, and their figures. The steps of a refresh for the touched sessions."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import descriptions, engagement, facts, interactions, surrogate_keys, touched
from warehouse.marts.facts import SESSION
from warehouse.marts.replace import replace
from warehouse.marts.unloadable import derive_what_can_be

ACTIONS = "(FROM staging.actions SEMI JOIN wanted_sessions USING (event_id, session_id))"
STORED = "FROM main.{} SEMI JOIN wanted_sessions USING (event_id, session_id)"
ATTENDANCES = """
SELECT session_key, minutes_spent FROM surrogate_keys.time_spent SEMI JOIN keyed_sessions USING (session_key)
"""
COUNTS = ", ".join(
    f"count(*) FILTER (action = '{action}') AS {name}" for name, action in interactions.OF_A_SESSION.items()
)
PEOPLE = f"""
WITH people AS (
    SELECT event_id, session_id, registration_id, bool_or(action = '{interactions.JOINED}') AS has_joined, {COUNTS}
    FROM main.actions SEMI JOIN wanted_sessions USING (event_id, session_id)
    WHERE registration_id IS NOT NULL
      AND action IN ('{interactions.JOINED}', '{"', '".join(interactions.OF_A_SESSION.values())}')
    GROUP BY event_id, session_id, registration_id
), keyed AS (
    SELECT people.*, session_key, attendee_key
    FROM people LEFT JOIN keyed_sessions USING (event_id, session_id)
    LEFT JOIN (
        SELECT event_id, registration_id, attendee_key
        FROM surrogate_keys.attendees SEMI JOIN people USING (event_id, registration_id)
    ) USING (event_id, registration_id)
), attendances AS (
    SELECT session_key, attendee_key, true AS has_minutes
    FROM surrogate_keys.time_spent SEMI JOIN keyed USING (session_key, attendee_key)
)
SELECT keyed.* EXCLUDE (registration_id, session_key, attendee_key), coalesce(has_minutes, false) AS has_minutes
FROM keyed LEFT JOIN attendances USING (session_key, attendee_key)
"""
KEYED = """
CREATE OR REPLACE TEMP TABLE keyed_sessions AS
    FROM surrogate_keys.sessions SEMI JOIN wanted_sessions USING (event_id, session_id)
"""


def describe(connection: DuckDBPyConnection, max_weight: int) -> None:
    """Derive the facts of the touched sessions, and note those whose schedule or tags changed."""
    for _ in touched.slices(connection, "sessions", max_weight):
        tables = derive_what_can_be(connection, lambda: _read_descriptions(connection), _facts)
        changed = pl.concat(
            _changed_sessions(connection, name, tables[name].select(*SESSION, column))
            for name, column in (("sessions", "scheduled_minutes"), ("session_tags", "tag"))
        )
        if len(changed):
            touched.note_changed_sessions(connection, changed)
        for name, rows in tables.items():
            replace(connection, f"main.{name}", "wanted_sessions", SESSION, rows)
        surrogate_keys.renew_sessions(connection)


def measure(connection: DuckDBPyConnection, max_weight: int) -> None:
    """Derive the figures of the touched sessions from the minutes spent and the actions in them."""
    for _ in touched.slices(connection, "sessions", max_weight):
        connection.execute(KEYED)
        attendances = connection.sql(ATTENDANCES).pl()
        sessions = connection.sql("FROM keyed_sessions JOIN main.sessions USING (event_id, session_id)").pl()
        measured = engagement.session_engagement(
            engagement.attendances_with_completion(attendances, sessions), sessions
        )
        replace(connection, "main.session_engagement", "wanted_sessions", SESSION, measured)
        people = connection.sql(PEOPLE).pl()
        interacting = interactions.session_interactions(people, measured.select(*SESSION, "attendee_count"))
        replace(connection, "main.session_interactions", "wanted_sessions", SESSION, interacting)


def _read_descriptions(connection: DuckDBPyConnection) -> pl.DataFrame:
    fields = [*facts.SESSION_FIELDS, *facts.SESSION_LISTS]
    return descriptions.read(connection, "session", ACTIONS, SESSION, fields)


def _facts(described: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {
        "sessions": facts.sessions(described),
        "session_speakers": facts.session_speakers(described),
        "session_tags": facts.session_tags(described),
        "session_sponsors": facts.session_sponsors(described),
    }


def _changed_sessions(connection: DuckDBPyConnection, name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The sessions of rows that are only stored, or only new."""
    stored = connection.sql(STORED.format(name)).pl().select(rows.columns)
    both = pl.concat([stored, rows])
    return both.filter(~both.is_duplicated()).select(SESSION).unique()
