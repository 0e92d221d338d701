"""People and companies, derived a second time: from facts and registrations of `main`, which are compared themselves.

A person is an actor, else a mail address, else a registration. Companies are one when they agree after Unicode NFKC,
collapsed blanks and lower case. Totals are in minutes.
"""

import re
import unicodedata

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.blanks import BLANKS
from warehouse.marts.reference.engagement import top_tag
from warehouse.marts.reference.table import Reference
from warehouse.schema import quoted

COMPANIES = f"""
WITH keyed AS (
    SELECT event_id, registration_id, coalesce(company_key, '(no company)') AS company_key,
           coalesce(spelling, '(no company)') AS spelling
    FROM main.attendees LEFT JOIN reference_companies USING (company)
),
shown AS (
    SELECT event_id, company_key, spelling AS company
    FROM (SELECT event_id, company_key, spelling, count(*) AS people FROM keyed GROUP BY ALL)
    QUALIFY row_number() OVER (PARTITION BY event_id, company_key ORDER BY people DESC, spelling) = 1
),
sizes AS (
    SELECT event_id, company_key, count(*) AS attendee_count FROM keyed GROUP BY ALL
),
spent AS (
    SELECT event_id, company_key, session_id, sum(minutes_spent::DECIMAL(18, 9))::DOUBLE AS minutes
    FROM main.time_spent JOIN keyed USING (event_id, registration_id) GROUP BY ALL
),
totals AS (
    SELECT event_id, company_key, count(*) AS session_count, sum(minutes) AS total_minutes FROM spent GROUP BY ALL
),
tops AS ({top_tag("spent", "company_key")})
SELECT event_id, company, attendee_count, session_count, total_minutes,
       total_minutes / attendee_count AS mean_minutes, top_tag
FROM sizes JOIN shown USING (event_id, company_key) JOIN totals USING (event_id, company_key)
LEFT JOIN tops USING (event_id, company_key)
"""

PERSONS = f"""
WITH starts AS (
    SELECT event_id, coalesce(events.starts_at, min(sessions.starts_at)) AS start
    FROM main.events LEFT JOIN main.sessions USING (event_id) GROUP BY event_id, events.starts_at
),
firsts AS (SELECT event_id, min(delivery_id) AS first_delivery_id FROM staging.actions GROUP BY event_id),
places AS (
    SELECT event_id, row_number() OVER (ORDER BY start NULLS FIRST, first_delivery_id) AS place
    FROM starts JOIN firsts USING (event_id)
),
named AS (
    SELECT registrations.*, place, coalesce(
               actor_id, lower(trim(email, {quoted(BLANKS)})), registration_id
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
