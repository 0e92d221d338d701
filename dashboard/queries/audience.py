"""The audience of one session, one speaker or one tag: its attendees by company, country and the like."""

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from warehouse.schema import PROFILE

MAX_ROWS = 20


def audience(published: Published, filters: Filters, of_sessions: pl.DataFrame) -> pl.DataFrame:
    """Attendees of the sessions by each column of `PROFILE`: `column, name, attendee_count`, most attendees first.

    At most `MAX_ROWS` of each column. An attendee of several of the sessions counts once.

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
            FROM attendances SEMI JOIN (
                FROM keyed_sessions
                SEMI JOIN (SELECT unnest($in_events) AS event_id, unnest($in_sessions) AS session_id)
                USING (event_id, session_id)
            ) USING (session_key)
        )
        SELECT CASE {which} END AS "column", coalesce({", ".join(PROFILE)}) AS name, count(*) AS attendee_count
        FROM (
            SELECT {given} FROM came JOIN keyed_attendees USING (attendee_key)
        )
        GROUP BY GROUPING SETS ({sets})
        QUALIFY row_number() OVER (PARTITION BY "column" ORDER BY attendee_count DESC, name) <= {MAX_ROWS}
        ORDER BY "column", attendee_count DESC, name
        """,
        in_events=of_sessions["event_id"].to_list(),
        in_sessions=of_sessions["session_id"].to_list(),
    )


def known(column: str) -> str:
    """The name of a column of `PROFILE`, safe to write into a query; any other name is a ValueError."""
    if column not in PROFILE:
        raise ValueError(column)
    return column
