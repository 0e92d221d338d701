"""Events: their latest descriptions, and their figures from the totals of their sessions and attendees."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import companies, credited, descriptions, engagement, facts, funnel, local_times, touched
from warehouse.marts.facts import EVENT
from warehouse.marts.replace import replace
from warehouse.marts.unloadable import derive_what_can_be
from warehouse.storage.append import stream

# A new action that carries what is stored, or nothing, changes no description, whenever it was created. To look through
# all actions of an event of a million takes a tenth of a second.
_CARRIED = {name: facts.EVENT_TIMES.get(name, name) for name in facts.EVENT_FIELDS}
_DIFFERS = " OR ".join(
    f"coalesce(new.{new}, stored.{stored}) IS DISTINCT FROM stored.{stored}" for new, stored in _CARRIED.items()
)
REDESCRIBED = f"""
CREATE OR REPLACE TEMP TABLE redescribed_events AS
    SELECT DISTINCT event_id
    FROM (SELECT DISTINCT event_id, session_version FROM touched_actions)
    LEFT JOIN staging.session_versions AS new USING (session_version)
    LEFT JOIN main.events AS stored USING (event_id)
    WHERE session_version IS NULL OR stored.event_id IS NULL OR {_DIFFERS}
"""
ACTIONS = "(FROM staging.actions SEMI JOIN redescribed_events USING (event_id))"
# Narrow rows, with numbers instead of ids: an event may have a million attendees. A lake's rows have no numbers of
# their own while they are new. Two of a million attendees share a hash of 64 bits once in 30 million such events.
ATTENDEES = """
SELECT hash(event_id, registration_id) AS attendee_hash, wanted_events.rowid AS event_key,
       session_count, total_minutes, engagement_score, engagement_rank
FROM main.attendee_engagement JOIN wanted_events USING (event_id)
"""
ATTENDEE_COUNTS = """
SELECT event_id, count(*) AS attendee_count
FROM main.attendee_engagement SEMI JOIN wanted_events USING (event_id) GROUP BY event_id
"""
SESSIONS = """
SELECT event_id, session_id, attendee_count, total_minutes
FROM main.session_engagement SEMI JOIN wanted_events USING (event_id)
"""
RANK = """
UPDATE main.attendee_engagement
    SET engagement_score = ranked.engagement_score, engagement_rank = ranked.engagement_rank
    FROM ranked WHERE hash(event_id, registration_id) = attendee_hash
"""


def refresh(connection: DuckDBPyConnection, max_weight: int) -> None:
    """Derive facts and figures of the touched events, the ranks of their attendees, and what they are as wholes."""
    _describe(connection)
    for _ in touched.slices(connection, "events", max_weight):
        _rank(connection)
        sessions = connection.sql(SESSIONS).pl()
        attendee_counts = connection.sql(ATTENDEE_COUNTS).pl()
        events = connection.sql("FROM main.events SEMI JOIN wanted_events USING (event_id)").pl()
        measured = engagement.event_engagement(sessions, attendee_counts, events)
        replace(connection, "main.event_engagement", "wanted_events", EVENT, measured)
        credited.refresh(connection, max_weight)
        companies.refresh(connection, max_weight)
        funnel.refresh(connection, events)
        local_times.refresh(connection)


def _describe(connection: DuckDBPyConnection) -> None:
    connection.execute(REDESCRIBED)
    if connection.sql("FROM redescribed_events LIMIT 1").fetchone() is None:
        return

    def read() -> pl.DataFrame:
        return descriptions.read(connection, "session", ACTIONS, EVENT, facts.EVENT_FIELDS)

    replace(connection, "main.events", "redescribed_events", EVENT, derive_what_can_be(connection, read, facts.events))


def _rank(connection: DuckDBPyConnection) -> None:
    """Only those whose rank or score is another: to write a row takes longer than to compare it."""
    attendees = connection.sql(ATTENDEES).pl()
    ranked = engagement.ranked(attendees)
    columns = ["engagement_score", "engagement_rank"]
    changed = ranked.filter(pl.any_horizontal(ranked[name].ne_missing(attendees[name]) for name in columns))
    connection.register("ranked", stream(changed.select("attendee_hash", *columns)))
    connection.execute(RANK)
    connection.unregister("ranked")
