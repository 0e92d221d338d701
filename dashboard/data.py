"""What each page draws, asked of the published warehouse under the visitor's filters.

The only cache of the dashboard is here. It is keyed by the published generation: while a newer one is being
published, an answer may be newer than its key, never older, and the page is drawn again within seconds.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl
import streamlit as st

from warehouse import reader

Credit = Literal["full", "split"]
CREDITS: tuple[Credit, ...] = ("full", "split")


class Published(NamedTuple):
    """One generation of the warehouse."""

    warehouse: Path
    generation: reader.Generation


@dataclass(frozen=True)
class Filters:
    """What the visitor has chosen; every figure on every page keeps to it.

    No event chosen means all of them, so that an event shows as soon as it is published.
    """

    event_ids: tuple[str, ...] = ()
    credit: Credit = "full"

    @property
    def parameters(self) -> dict[str, Any]:
        """What `CHOSEN` refers to."""
        return {"event_ids": list(self.event_ids)}


CHOSEN = "(len($event_ids) = 0 OR list_contains($event_ids, event_id))"

# Two events of one name would be one and the same choice in the filter, so they carry their ids as well.
EVENT_NAMES = """
    SELECT event_id,
           coalesce(event_name, event_id) AS name,
           if(count(*) OVER (PARTITION BY name) > 1, name || ' (' || event_id || ')', name) AS event
    FROM event_engagement
"""

# From the attendances themselves: the mean of the sessions' means would weigh an empty room like a full one.
COMPLETIONS = """
    SELECT event_id, least(1, minutes_spent / scheduled_minutes) AS completion
    FROM time_spent JOIN sessions USING (event_id, session_id)
    WHERE scheduled_minutes > 0
"""


class State(NamedTuple):
    """How much the warehouse holds, and since when (UTC); whatever has time spent has been loaded at some time."""

    loaded_at: datetime
    delivery_count: int
    has_time_spent: bool


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


def event_names(published: Published) -> dict[str, str]:
    """A name for each event id, unlike every other's, in alphabetical order."""
    names = rows(published, f"SELECT event_id, event FROM ({EVENT_NAMES}) ORDER BY event, event_id")
    return dict(names.iter_rows())


def totals(published: Published, filters: Filters) -> dict[str, Any]:
    """The chosen events as a whole. An attendee of two events counts twice: once per registration."""
    return rows(
        published,
        f"""
        SELECT sum(attendee_count)::BIGINT AS attendee_count,
               sum(total_minutes) AS total_minutes,
               sum(total_minutes) / sum(attendee_count) AS mean_minutes_per_attendee,
               sum(session_count)::BIGINT AS session_count,
               (SELECT avg(completion) FROM ({COMPLETIONS}) WHERE {CHOSEN}) AS mean_completion
        FROM event_engagement WHERE {CHOSEN}
        """,
        filters.parameters,
    ).row(0, named=True)


def events(published: Published, filters: Filters) -> pl.DataFrame:
    """One row per event, most minutes first."""
    return rows(
        published,
        f"""
        SELECT event, attendee_count, total_minutes, mean_minutes_per_attendee, session_count,
               mean_sessions_per_attendee, mean_completion
        FROM event_engagement
        JOIN ({EVENT_NAMES}) USING (event_id)
        LEFT JOIN (SELECT event_id, avg(completion) AS mean_completion FROM ({COMPLETIONS}) GROUP BY event_id)
            USING (event_id)
        WHERE {CHOSEN}
        ORDER BY total_minutes DESC, event
        """,
        filters.parameters,
    )


def sessions(published: Published, filters: Filters) -> pl.DataFrame:
    """One row per event and session, most minutes first."""
    return rows(
        published,
        f"""
        SELECT coalesce(session_title, session_id) AS session, total_minutes, event, attendee_count, mean_minutes,
               median_minutes, p90_minutes, scheduled_minutes, mean_completion, full_stay_rate, early_exit_rate,
               starts_at, location_name
        FROM session_engagement JOIN ({EVENT_NAMES}) USING (event_id)
        WHERE {CHOSEN}
        ORDER BY total_minutes DESC, session, session_id
        """,
        filters.parameters,
    )


def speakers(published: Published, filters: Filters) -> pl.DataFrame:
    """One row per speaker over the chosen events, most minutes in the chosen credit first."""
    return rows(
        published,
        f"""
        SELECT coalesce(any_value(speaker_name), speaker_id) AS speaker, {credited(filters.credit)}
        FROM speaker_engagement WHERE {CHOSEN}
        GROUP BY speaker_id
        ORDER BY minutes DESC, speaker, speaker_id
        """,
        filters.parameters,
    )


def tags(published: Published, filters: Filters) -> pl.DataFrame:
    """One row per tag over the chosen events, most minutes in the chosen credit first."""
    return rows(
        published,
        f"""
        SELECT tag, {credited(filters.credit)}
        FROM tag_engagement WHERE {CHOSEN}
        GROUP BY tag
        ORDER BY minutes DESC, tag
        """,
        filters.parameters,
    )


def credited(credit: Credit) -> str:
    """Columns of a speaker or a tag; sessions and registrations belong to one event each, so they add up."""
    minutes = {"full": "total_minutes", "split": "split_minutes"}[credit]
    return f"""
        sum({minutes}) AS minutes,
        sum(session_count)::BIGINT AS session_count,
        sum(attendee_count)::BIGINT AS attendee_count,
        sum(total_minutes) / sum(attendee_count) AS mean_minutes_per_attendee
    """


@st.cache_data(max_entries=200, max_size="256MB", show_spinner=False)
def rows(published: Published, sql: str, parameters: dict[str, Any] | None = None) -> pl.DataFrame:
    """Rows of one query, over a connection of its own, so that the file is never held open in between."""
    with reader.connect(published.warehouse) as connection:
        return connection.execute(sql, parameters).pl()
