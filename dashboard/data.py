"""What every query asks: the published warehouse, under the visitor's filters. Holds the dashboard's only cache."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import duckdb
import polars as pl
import streamlit as st

from dashboard.filters import Filters
from dashboard.settings import DashboardSettings
from warehouse.schema import SCHEMA_VERSION
from warehouse.storage import Generation, Storage
from warehouse.storage.duckdb_pool import borrowed_connection
from warehouse.storage.errors import Superseded, WarehouseMissing

Made = TypeVar("Made")

# Sums by a key of at most 20 bits are kept in an array: a quarter of the time, and at most 50 MB.
# The last line returns a query's memory at its end, not seconds later.
SETTINGS = """
SET threads = 2;
SET perfect_ht_threshold = 20;
SET allocator_bulk_deallocation_flush_threshold = '1MB';
"""

# Two events of one name could not be told apart in a filter, so their ids are added.
EVENT_NAMES = """
    SELECT event_id, coalesce(event_name, event_id) AS name,
           if(count(*) OVER (PARTITION BY name) > 1, name || ' (' || event_id || ')', name) AS event
    FROM events
"""

# The order of events: by the event's own start, else that of its first session, else its first delivery. Where even
# that is unknown, an event counts as the earliest.
EVENT_STARTS = """
    SELECT event_id, coalesce(events.starts_at, held.starts_at, brought.received_at) AS starts_at
    FROM events
    LEFT JOIN (
        SELECT event_id, min(starts_at) AS starts_at FROM sessions GROUP BY event_id
    ) AS held USING (event_id)
    LEFT JOIN (
        SELECT event_id, min(received_at) AS received_at
        FROM (SELECT event_id, received_at FROM time_spent UNION ALL SELECT event_id, received_at FROM actions)
        WHERE event_id IN (SELECT event_id FROM events WHERE starts_at IS NULL) GROUP BY event_id
    ) AS brought USING (event_id)
"""

# Where an event has a title twice, the sessions' ids are added.
SESSION_NAMES = f"""
    SELECT event_id, session_id, event, coalesce(session_title, session_id) AS title,
           if(count(*) OVER (PARTITION BY event_id, title) > 1, title || ' (' || session_id || ')', title) AS session
    FROM sessions JOIN ({EVENT_NAMES}) USING (event_id)
"""


def _names(what: str) -> str:
    """SQL of a unique name for each id."""
    return f"""
        SELECT {what}_id, coalesce({what}_name, {what}_id) AS name,
               if(count(*) OVER (PARTITION BY name) > 1, name || ' (' || {what}_id || ')', name) AS {what}
        FROM {what}s
    """


SPEAKER_NAMES, SPONSOR_NAMES = _names("speaker"), _names("sponsor")


class Published(NamedTuple):
    """One generation of the warehouse."""

    storage: Storage
    generation: Generation

    def rows(self, sql: str, **parameters: Any) -> pl.DataFrame:  # noqa: ANN401 -- SQL's
        """Rows of a query on all tables of the warehouse.

        Raises:
            Superseded: another generation has been published; a page never mixes two.
        """
        return _rows(self, sql, parameters)


class View(NamedTuple):
    """What a page shows: one generation of the warehouse, under the visitor's filters and the operator's settings."""

    published: Published
    filters: Filters
    settings: DashboardSettings

    def rows(self, sql: str, **parameters: Any) -> pl.DataFrame:  # noqa: ANN401 -- SQL's
        """Rows of a query on the relations of `Filters.relations`.

        The query stands behind their `WITH`: it may begin with a comma and relations of its own.
        """
        return self.published.rows(f"{self.filters.relations} {sql}", **self.filters.parameters, **parameters)


class State(NamedTuple):
    """The time of the last load (UTC), and stored deliveries."""

    loaded_at: datetime
    delivery_count: int


def state(published: Published) -> State:
    """How much the warehouse holds.

    Raises:
        duckdb.CatalogException: another release made the file; its tables may mean something else.
    """
    version, *found = published.rows("""
        SELECT (FROM raw.schema_version),
               (SELECT arg_max(loaded_at, load_id) FROM raw.loads),
               (SELECT count(*) FROM raw.deliveries)
    """).row(0)
    if version != SCHEMA_VERSION:
        raise duckdb.CatalogException(f"schema version {version}")
    return State(*found)


def of_latest(view: View, make: Callable[[View], Made]) -> Made:
    """What `make` says of the generation that is published now, which may be newer than the view's.

    Raises:
        WarehouseMissing: nothing is published.
    """
    storage = view.published.storage
    while True:
        generation = storage.generation()
        if generation is None:
            raise WarehouseMissing(storage.address)
        try:
            return make(view._replace(published=Published(storage, generation)))
        except Superseded:
            continue


class _Opened(NamedTuple):
    """Connections to the generations that are open, and what closes them."""

    connections: dict[Published, duckdb.DuckDBPyConnection]
    files: ExitStack


_opened_once: ContextVar[_Opened | None] = ContextVar("opened_once", default=None)


@contextmanager
def opened_once() -> Iterator[None]:
    """Open the file at most once during the block: for up to 26 queries of a page, of which each would take 5 ms more.

    The file is closed with the block, so that a replaced one is not kept on disk.
    """
    opened = _Opened({}, ExitStack())
    token = _opened_once.set(opened)
    try:
        yield
    except Exception:
        opened.files.__exit__(*sys.exc_info())
        raise
    finally:
        _opened_once.reset(token)
        opened.files.close()


def _connection(opened: _Opened, published: Published) -> duckdb.DuckDBPyConnection:
    if published not in opened.connections:
        connection = opened.files.enter_context(borrowed_connection(SETTINGS))
        opened.files.enter_context(published.storage.attached(connection, published.generation))
        opened.connections[published] = connection
    return opened.connections[published]


@st.cache_data(max_entries=300, max_size="64MB", show_spinner=False)
def _rows(published: Published, sql: str, parameters: dict[str, Any]) -> pl.DataFrame:
    with ExitStack() as files:
        opened = _opened_once.get() or _Opened({}, files)
        return _connection(opened, published).execute(sql, parameters).pl()
