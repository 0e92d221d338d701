"""Who an audience was: the attendees of one session, or of a speaker's or a tag's."""

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from warehouse.schema import PROFILE

MAX_ROWS = 20


def audience(published: Published, filters: Filters, of_sessions: pl.DataFrame) -> pl.DataFrame:
    """Attendees of the sessions by each of `PROFILE`, most first, at most `MAX_ROWS` groups in each: all in one scan.

    Args:
        published: the generation to ask.
        filters: which attendances count.
        of_sessions: `event_id`, `session_id`.
    """
    given = ", ".join(f"coalesce({column}, '{NOT_GIVEN}') AS {column}" for column in PROFILE)
    sets = ", ".join(f"({column})" for column in PROFILE)
    which = " ".join(f"WHEN grouping({column}) = 0 THEN '{column}'" for column in PROFILE)
    return data.ask(
        published,
        filters,
        f"""
        , came AS (
            SELECT DISTINCT attendee_key
            FROM attended SEMI JOIN (
                FROM surrogate_keys.sessions
                SEMI JOIN (SELECT unnest($in_events) AS event_id, unnest($in_sessions) AS session_id)
                USING (event_id, session_id)
            ) USING (session_key)
        )
        SELECT CASE {which} END AS "column", coalesce({", ".join(PROFILE)}) AS name, count(*) AS attendee_count
        FROM (
            SELECT {given}
            FROM came JOIN surrogate_keys.attendees USING (attendee_key)
        )
        GROUP BY GROUPING SETS ({sets})
        QUALIFY row_number() OVER (PARTITION BY "column" ORDER BY attendee_count DESC, name) <= {MAX_ROWS}
        ORDER BY "column", attendee_count DESC, name
        """,
        in_events=of_sessions["event_id"].to_list(),
        in_sessions=of_sessions["session_id"].to_list(),
    )


def known(column: str) -> str:
    """The column's name, which becomes part of a query, and so must be one of ours."""
    if column not in PROFILE:
        raise ValueError(column)
    return column
