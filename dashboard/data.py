"""Asking the published warehouse. The only cache of the dashboard is here, keyed by the published generation."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from dashboard.filters import CHOSEN, Filters
from warehouse.storage import reader
from warehouse.storage.duckdb_pool import borrowed_connection


class Published(NamedTuple):
    """One generation of the warehouse."""

    warehouse: Path
    generation: reader.Generation


class State(NamedTuple):
    """How much the warehouse holds, and since when (UTC); whatever has time spent has been loaded at some time."""

    loaded_at: datetime
    delivery_count: int
    has_time_spent: bool


# Sums by a number of at most 20 bits are kept in an array, for a quarter of the time; it takes 50 MB at most. What a
# query needed is given back at its end, not seconds later.
SETTINGS = """
SET threads = 2;
SET perfect_ht_threshold = 20;
SET allocator_bulk_deallocation_flush_threshold = '1MB';
"""

# Two events of one name would be one and the same choice in a filter, so they carry their ids as well.
EVENT_NAMES = """
    SELECT event_id, coalesce(event_name, event_id) AS name,
           if(count(*) OVER (PARTITION BY name) > 1, name || ' (' || event_id || ')', name) AS event
    FROM events
"""

# Likewise: a title that comes again carries its event, and one that comes again there, its id.
SESSION_NAMES = f"""
    SELECT event_id, session_id, event,
           if(count(*) OVER (PARTITION BY titled) > 1, titled || ' (' || session_id || ')', titled) AS session
    FROM (
        SELECT event_id, session_id, event, coalesce(session_title, session_id) AS title,
               if(count(*) OVER (PARTITION BY title) > 1, title || ' (' || event || ')', title) AS titled
        FROM sessions JOIN ({EVENT_NAMES}) USING (event_id)
    )
"""

SPEAKER_NAMES = """
    SELECT speaker_id, coalesce(speaker_name, speaker_id) AS name,
           if(count(*) OVER (PARTITION BY name) > 1, name || ' (' || speaker_id || ')', name) AS speaker
    FROM speakers
"""


def state(published: Published) -> State:
    """How much the warehouse holds."""
    return State(
        *rows(
            published,
            """
            SELECT (SELECT arg_max(loaded_at, load_id) FROM raw.loads),
                   (SELECT count(*) FROM raw.deliveries),
                   EXISTS (FROM time_spent)
            """,
        ).row(0)
    )


def ask(published: Published, filters: Filters, sql: str, **parameters: Any) -> pl.DataFrame:  # noqa: ANN401 -- SQL's
    """Rows of a query that may speak of the attendances that the filters let in, one row each.

    They are `chosen`, and without what a session adds, which takes less time, `attended`.
    The query stands behind `WITH attended AS (...), chosen AS (...)`: it may begin with a comma and tables of its own.
    """
    relations = f"WITH attended AS NOT MATERIALIZED ({filters.attended}), chosen AS ({CHOSEN})"
    return rows(published, f"{relations} {sql}", filters.parameters | parameters)


def unpacked(rows: pl.Series) -> pl.DataFrame:
    """A table that a query has put into one field, as `list(table)`: so one scan serves several tables."""
    return rows.explode().drop_nulls().struct.unnest()


@st.cache_data(max_entries=300, max_size="64MB", show_spinner=False)
def rows(published: Published, sql: str, parameters: dict[str, Any] | None = None) -> pl.DataFrame:
    """Rows of one query, for which alone the file is open: it is never held in between.

    Raises:
        reader.Superseded: another generation is published; a page never mixes two.
    """
    with borrowed_connection(SETTINGS) as connection, reader.attached(connection, *published):
        return connection.execute(sql, parameters).pl()
