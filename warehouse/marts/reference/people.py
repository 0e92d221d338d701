"""People and companies, derived a second time."""

import re
import unicodedata

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.blanks import BLANKS
from warehouse.marts.reference.table import Reference

COMPANIES = """
WITH keyed AS (
    SELECT event_id, registration_id, company_key, spelling
    FROM main.attendees LEFT JOIN reference_companies USING (company)
),
shown AS (
    SELECT event_id, company_key, coalesce(spelling, '(no company)') AS company
    FROM (SELECT event_id, company_key, spelling, count(*) AS people FROM keyed GROUP BY ALL)
    QUALIFY row_number() OVER (PARTITION BY event_id, company_key ORDER BY people DESC, spelling) = 1
),
sizes AS (
    SELECT event_id, company_key, count(*) AS attendee_count FROM keyed GROUP BY ALL
),
spent AS (
    SELECT event_id, company_key, session_id, sum(minutes_spent) AS minutes
    FROM main.time_spent JOIN keyed USING (event_id, registration_id) GROUP BY ALL
),
totals AS (
    SELECT event_id, company_key, count(*) AS session_count, sum(minutes) AS total_minutes FROM spent GROUP BY ALL
)
SELECT sizes.event_id, company, attendee_count, session_count, total_minutes,
       total_minutes / attendee_count AS mean_minutes
FROM sizes
JOIN shown ON sizes.event_id = shown.event_id AND sizes.company_key IS NOT DISTINCT FROM shown.company_key
JOIN totals ON sizes.event_id = totals.event_id AND sizes.company_key IS NOT DISTINCT FROM totals.company_key
"""

PERSONS = f"""
WITH starts AS (
    SELECT event_id, coalesce(
               events.starts_at, (SELECT min(starts_at) FROM main.sessions WHERE sessions.event_id = events.event_id)
           ) AS start,
           (SELECT min(delivery_id) FROM staging.actions WHERE actions.event_id = events.event_id) AS first_delivery
    FROM main.events
),
places AS (SELECT event_id, row_number() OVER (ORDER BY start NULLS FIRST, first_delivery) AS place FROM starts),
named AS (
    SELECT registrations.*, place, coalesce(
               actor_id, lower(trim(email, '{BLANKS.replace("'", "''")}')), registration_id
           ) AS person_id,
           row_number() OVER (ORDER BY place, registration_id) AS n
    FROM main.registrations JOIN places USING (event_id)
),
spent AS (
    SELECT event_id, registration_id, count(*) AS sessions, sum(minutes_spent) AS minutes
    FROM main.time_spent GROUP BY ALL
)
SELECT person_id, arg_max(first_name, n) AS first_name, arg_max(last_name, n) AS last_name,
       arg_max(company, n) AS company, count(DISTINCT event_id) AS event_count,
       arg_min(event_id, n) AS first_event_id, arg_max(event_id, n) AS latest_event_id,
       coalesce(sum(sessions), 0)::BIGINT AS session_count, coalesce(sum(minutes), 0)::DOUBLE AS total_minutes
FROM named LEFT JOIN spent USING (event_id, registration_id)
GROUP BY person_id
"""

PEOPLE = {
    "company_engagement": Reference(["event_id", "company"], COMPANIES),
    "people": Reference(["person_id"], PERSONS),
}


def name_companies(connection: DuckDBPyConnection) -> None:
    """Make `reference_companies`: `company, company_key, spelling` of each spelling among the attendees.

    DuckDB has no NFKC: Python normalises each distinct spelling once.
    """
    spellings = connection.sql("SELECT DISTINCT company FROM main.attendees WHERE company IS NOT NULL").fetchall()
    blanks = re.compile(f"[{re.escape(BLANKS)}]+")
    names = [(name, _key(name, blanks), blanks.sub(" ", name).strip(" ")) for (name,) in spellings]
    schema = {"company": pl.String, "company_key": pl.String, "spelling": pl.String}
    connection.register("named_companies", pl.DataFrame(names, schema=schema, orient="row"))
    connection.execute("CREATE OR REPLACE TEMP TABLE reference_companies AS FROM named_companies")
    connection.unregister("named_companies")


def _key(name: str, blanks: re.Pattern[str]) -> str:
    return blanks.sub(" ", unicodedata.normalize("NFKC", name)).strip(" ").lower()
