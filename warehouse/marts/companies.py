"""Companies: the attendees of each, under one spelling. The step, and its pure functions."""

import re

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.blanks import BLANKS
from warehouse.marts import engagement
from warehouse.marts.replace import replace
from warehouse.schema import NO_COMPANY

ATTENDEES = """
SELECT event_id, company, count(*) AS attendee_count
FROM main.attendees SEMI JOIN wanted_events USING (event_id) GROUP BY ALL
"""
# Minutes of up to six digits and as many decimals add up exactly, in whatever order.
MEMBERS = """
CREATE OR REPLACE TEMP TABLE company_attendees AS
    SELECT company_key, attendee_key FROM surrogate_keys.attendees
    JOIN company_spellings ON attendees.event_id = company_spellings.event_id
        AND attendees.company IS NOT DISTINCT FROM company_spellings.company
"""
ATTENDANCES = """
SELECT company_key, session_key, sum(minutes_spent::DECIMAL(18, 9))::DOUBLE AS minutes_spent
FROM surrogate_keys.time_spent JOIN company_attendees USING (attendee_key) GROUP BY ALL
ORDER BY ALL
"""
SESSION_TAGS = """
SELECT session_key, tag FROM main.session_tags SEMI JOIN wanted_events USING (event_id)
JOIN surrogate_keys.sessions USING (event_id, session_id)
"""


def refresh(connection: DuckDBPyConnection, max_tagged: int) -> None:
    """Derive the figures of all companies of the wanted events."""
    spellings = company_spellings(connection.sql(ATTENDEES).pl())
    connection.register("company_spellings", spellings)
    connection.execute(MEMBERS)
    connection.unregister("company_spellings")
    attendances = connection.sql(ATTENDANCES).pl()
    tags = connection.sql(SESSION_TAGS).pl()
    rows = company_engagement(spellings, attendances, tags, max_tagged)
    replace(connection, "main.company_engagement", "wanted_events", ["event_id"], rows)


def company_spellings(companies: pl.DataFrame) -> pl.DataFrame:
    """The spellings of companies, each with the `company_key` of its company: one row per event and spelling.

    Companies are one when they agree after NFKC, collapsed blanks and lower case. Null counts as `(no company)`.
    """
    blanks = f"[{re.escape(BLANKS)}]+"
    collapsed = pl.col("company").str.replace_all(blanks, " ").str.strip_chars(" ")
    folded = (
        pl.col("company").str.normalize("NFKC").str.replace_all(blanks, " ").str.strip_chars(" ").str.to_lowercase()
    )
    return companies.with_columns(
        spelling=collapsed.fill_null(NO_COMPANY),
        company_key=pl.struct("event_id", folded.fill_null(NO_COMPANY).alias("folded")).rank("dense"),
    )


def company_engagement(
    spellings: pl.DataFrame, attendances: pl.DataFrame, session_tags: pl.DataFrame, max_tagged: int
) -> pl.DataFrame:
    """One row per event and company; shown is the spelling of most attendees, of equal ones the first alphabetically.

    Args:
        spellings: `company_spellings` of all attendees of the events.
        attendances: `company_key, session_key, minutes_spent`: the minutes of a company in a session, in total.
        session_tags: `session_key, tag`.
        max_tagged: how many rows the search for the top tag may take at once.
    """
    shown = (
        spellings.group_by("event_id", "company_key", "spelling")
        .agg(pl.col("attendee_count").sum())
        .sort(pl.col("attendee_count"), "spelling", descending=[True, False])
        .group_by("event_id", "company_key", maintain_order=True)
        .agg(pl.col("attendee_count").sum(), company=pl.col("spelling").first())
    )
    of_company = attendances.rename({"company_key": "attendee_key"})
    measures = attendances.group_by("company_key").agg(
        session_count=pl.len(), total_minutes=pl.col("minutes_spent").sort().sum()
    )
    top_tags = engagement.top_tag(of_company, session_tags, max_tagged).rename({"attendee_key": "company_key"})
    return (
        shown.join(measures, on="company_key")
        .join(top_tags, on="company_key", how="left")
        .with_columns(mean_minutes=pl.col("total_minutes") / pl.col("attendee_count"))
        .drop("company_key")
        .sort("event_id", "company")
    )
