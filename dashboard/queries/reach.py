"""Whom some sessions reached, for how long: the figures of the reports."""

from typing import Any

import polars as pl

from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from warehouse.schema.formulas import FULL_STAY


def reach(view: View, session_keys: list[int] | None = None) -> dict[str, Any]:
    """One row: `attendee_count, total_minutes, mean_completion, full_stay_rate` of these sessions, else of all.

    An attendee of several of them counts once. The last two are means over all attendances with a scheduled length.
    """
    found = view.rows(
        f"""
        SELECT count(DISTINCT attendee_key) AS attendee_count, coalesce(sum(minutes_spent), 0) AS total_minutes,
               avg(completion) AS mean_completion, avg((completion >= {FULL_STAY})::INT) AS full_stay_rate
        FROM attendances_with_completion {_of(session_keys)}
        """,
        **_parameters(session_keys),
    )
    return found.row(0, named=True)


def by_attendance_type(view: View, session_keys: list[int] | None = None) -> pl.DataFrame:
    """Attendees of these sessions by how they took part, such as in person: `name, attendee_count`, most first."""
    return view.rows(
        f"""
        , came AS (SELECT DISTINCT attendee_key FROM attendances {_of(session_keys)})
        SELECT coalesce(attendance_type, '{NOT_GIVEN}') AS name, count(*) AS attendee_count
        FROM came JOIN keyed_attendees USING (attendee_key)
        LEFT JOIN registrations USING (event_id, registration_id)
        GROUP BY ALL ORDER BY attendee_count DESC, name
        """,
        **_parameters(session_keys),
    )


def _of(session_keys: list[int] | None) -> str:
    return "" if session_keys is None else "WHERE session_key IN (SELECT unnest($session_keys))"


def _parameters(session_keys: list[int] | None) -> dict[str, list[int]]:
    return {} if session_keys is None else {"session_keys": session_keys}
