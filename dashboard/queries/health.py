"""Deliveries: how many were received, and what became of them. The filters do not apply."""

import sqlite3
from contextlib import closing
from typing import Any

import polars as pl

from dashboard.data import Published, View
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema import KNOWN_ACTIONS

MAX_SHOWN = 100


def totals(published: Published) -> dict[str, Any]:
    """Deliveries read from inboxes, and what became of them."""
    return published.rows("""
        SELECT coalesce(sum(delivery_count), 0)::BIGINT AS received_count,
               (SELECT count(*) FROM raw.deliveries) AS stored_count,
               coalesce(sum(duplicate_count), 0)::BIGINT AS duplicate_count,
               (SELECT count(*) FROM raw.quarantine) AS quarantine_count,
               (SELECT max(received_at) FROM raw.deliveries) AS last_received_at
        FROM raw.loads
    """).row(0, named=True)


def repeat_policy(published: Published) -> str | None:
    """What several actions for one attendee and session mean in this file."""
    found = published.rows("SELECT repeat_policy FROM raw.settings")
    return None if found.is_empty() else str(found.item())


def lately(published: Published) -> pl.DataFrame:
    """The deliveries of the 24 hours up to the last one, without duplicates: quarantined by reason, stored as null."""
    return published.rows("""
        WITH received AS (
            SELECT received_at, NULL AS reason FROM raw.deliveries
            UNION ALL SELECT received_at, reason FROM raw.quarantine
        )
        SELECT reason, count(*) AS delivery_count FROM received
        WHERE received_at > (SELECT max(received_at) FROM received) - INTERVAL 1 DAY
        GROUP BY ALL ORDER BY delivery_count DESC, reason
    """)


def field_faults(published: Published) -> pl.DataFrame:
    """Values that are not in the tables as they were sent, by field and fault, most first."""
    return published.rows("""
        SELECT field, fault, count(*) AS value_count, max(received_at) AS last_received_at
        FROM staging.field_faults LEFT JOIN raw.deliveries USING (delivery_id)
        GROUP BY ALL ORDER BY value_count DESC, field, fault
    """)


def actions(published: Published) -> pl.DataFrame:
    """Stored deliveries by what Zuddl says happened: names that this release does not know first, then most first."""
    return published.rows(
        """
        SELECT action, list_contains($known, action) AS is_known, count(*) AS delivery_count,
               min(received_at) AS first_received_at, max(received_at) AS last_received_at
        FROM raw.deliveries GROUP BY ALL ORDER BY is_known, delivery_count DESC, action
        """,
        known=sorted(KNOWN_ACTIONS),
    )


def loads(published: Published) -> pl.DataFrame:
    """The latest loads that took deliveries in, the last one first."""
    return published.rows(f"""
        SELECT loaded_at, delivery_count, duplicate_count, quarantine_count, duration_seconds
        FROM raw.loads WHERE delivery_count > 0 ORDER BY load_id DESC LIMIT {MAX_SHOWN}
    """)


def quarantine_reasons(published: Published) -> pl.DataFrame:
    """Quarantined deliveries by reason and field, most first."""
    return published.rows("""
        SELECT reason, detail, count(*) AS delivery_count, max(received_at) AS last_received_at
        FROM raw.quarantine GROUP BY ALL ORDER BY delivery_count DESC, reason, detail
    """)


def quarantined_bodies(published: Published) -> dict[int, str | None]:
    """Bodies of the latest quarantined deliveries by delivery id. They are for `redaction` only."""
    sql = f"SELECT delivery_id, body FROM raw.quarantine ORDER BY delivery_id DESC LIMIT {MAX_SHOWN}"
    return dict(published.rows(sql).iter_rows())


def backlog(view: View) -> int | None:
    """Deliveries that are accepted but not loaded; None where the inbox can't be read from here."""
    positions = view.published.rows("""
        SELECT unnest(map_keys(inbox_positions)) AS inbox_id, unnest(map_values(inbox_positions)) AS position
        FROM (FROM raw.loads ORDER BY load_id DESC LIMIT 1)
    """)
    try:
        with closing(Inbox.open_read_only(view.settings.warehouse.inbox_path)) as inbox:
            return inbox.backlog(dict(positions.iter_rows()).get(inbox.inbox_id, 0)).delivery_count
    except sqlite3.Error:
        return None
