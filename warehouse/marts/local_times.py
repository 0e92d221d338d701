"""Local times: what the clock on the wall says when a session starts and ends, in its event's time zone."""

from duckdb import DuckDBPyConnection

# Rows that are right stay: to write one costs more than to read it.
RENEW = """
UPDATE main.{table} SET {changes}
    FROM (SELECT event_id, coalesce(time_zone, 'UTC') AS zone FROM main.events SEMI JOIN wanted_events USING (event_id))
        AS events
    WHERE {table}.event_id = events.event_id AND ({differs})
"""
TIMES = {"sessions": ("starts_at", "ends_at"), "session_engagement": ("starts_at",)}


def refresh(connection: DuckDBPyConnection) -> None:
    """Renew the local times of the wanted events' sessions. A zone keeps its summers and winters."""
    for table, times in TIMES.items():
        local = {f"local_{time}": f"timezone(zone, {time})" for time in times}
        changes = ", ".join(f"{name} = {value}" for name, value in local.items())
        differs = " OR ".join(f"{name} IS DISTINCT FROM {value}" for name, value in local.items())
        connection.execute(RENEW.format(table=table, changes=changes, differs=differs))
