"""The audience of one session, one speaker or one tag: its attendees by company, country and the like."""

import polars as pl

from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from warehouse.schema import PROFILE

MAX_ROWS = 20


def audience(view: View, session_keys: list[int]) -> pl.DataFrame:
    """Attendees of the sessions by each column of `PROFILE`: `column, name, attendee_count`, most attendees first.

    At most `MAX_ROWS` of each column. An attendee of several of the sessions counts once.
    """
    return view.rows(
        f"""
        , came AS (SELECT DISTINCT attendee_key FROM attendances WHERE session_key IN (SELECT unnest($session_keys)))
        SELECT "column", coalesce(given, '{NOT_GIVEN}') AS name, count(*) AS attendee_count
        FROM (FROM came JOIN keyed_attendees USING (attendee_key))
        UNPIVOT INCLUDE NULLS (given FOR "column" IN ({", ".join(PROFILE)}))
        GROUP BY "column", name
        QUALIFY row_number() OVER (PARTITION BY "column" ORDER BY attendee_count DESC, name) <= {MAX_ROWS}
        ORDER BY "column", attendee_count DESC, name
        """,
        session_keys=session_keys,
    )


def known(column: str) -> str:
    """The name of a column of `PROFILE`, safe to write into a query; any other name is a ValueError."""
    if column not in PROFILE:
        raise ValueError(column)
    return column
