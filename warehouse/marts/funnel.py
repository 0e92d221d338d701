"""The funnel of an event: who did not come, and how many of the invited registered, came and took part."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts.audience import CLOSING, event_funnel
from warehouse.marts.facts import EVENT
from warehouse.marts.replace import replace

OVER = f"""
CREATE OR REPLACE TEMP TABLE events_over AS
    SELECT DISTINCT event_id FROM staging.actions SEMI JOIN wanted_events USING (event_id)
    WHERE action IN ('{"', '".join(CLOSING)}')
"""
NO_SHOWS = """
UPDATE main.registrations SET is_no_show = told.is_no_show
    FROM (
        SELECT event_id AS told_event_id, registration_id AS told_registration_id,
               CASE WHEN over.event_id IS NOT NULL THEN is_registered AND NOT is_attended END AS is_no_show
        FROM main.registrations SEMI JOIN wanted_events USING (event_id)
        LEFT JOIN events_over AS over USING (event_id)
    ) AS told
    WHERE event_id = told_event_id AND registration_id = told_registration_id
        AND registrations.is_no_show IS DISTINCT FROM told.is_no_show
"""
COUNTS = """
WITH interacting AS (
    SELECT event_id, count(*) AS interacting_count
    FROM main.attendee_interactions SEMI JOIN wanted_events USING (event_id)
    WHERE interaction_count > 0 GROUP BY event_id
), attending AS (
    SELECT event_id, count(*) AS session_attendee_count
    FROM main.attendees SEMI JOIN wanted_events USING (event_id) GROUP BY event_id
)
SELECT event_id, count(invited_at) AS invited_count, count(*) FILTER (is_registered) AS registered_count,
       count(*) FILTER (is_attended) AS attended_count, count(*) FILTER (is_on_demand) AS on_demand_count,
       coalesce(any_value(session_attendee_count), 0) AS session_attendee_count,
       coalesce(any_value(interacting_count), 0) AS interacting_count,
       if(count(is_no_show) > 0, count(*) FILTER (is_no_show), NULL) AS no_show_count
FROM main.registrations SEMI JOIN wanted_events USING (event_id)
LEFT JOIN attending USING (event_id) LEFT JOIN interacting USING (event_id)
GROUP BY event_id
"""


def refresh(connection: DuckDBPyConnection, events: pl.DataFrame) -> None:
    """Tell the no-shows of the wanted events, and count all stages of their funnels."""
    connection.execute(OVER)
    connection.execute(NO_SHOWS)
    counts = connection.sql(COUNTS).pl()
    replace(connection, "main.event_funnel", "wanted_events", EVENT, event_funnel(counts, events))
