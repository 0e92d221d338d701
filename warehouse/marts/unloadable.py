"""Unloadable: the one action that makes polars fail is found by halving, and quarantined. The others count."""

import logging
from collections.abc import Callable
from typing import TypeVar

import polars as pl
from duckdb import DuckDBPyConnection

QUARANTINE = """
INSERT INTO raw.quarantine BY NAME
    SELECT delivery_id, action_id, received_at, 'unloadable' AS reason, $detail AS detail, body
    FROM raw.deliveries WHERE delivery_id = $delivery_id
"""
# What was derived from the action is derived once more, without it.
REOPEN = """
INSERT INTO reopened SELECT event_id, session_id, registration_id FROM staging.actions WHERE delivery_id = ?
"""

Derived = TypeVar("Derived")
Derive = Callable[[pl.DataFrame], Derived]

log = logging.getLogger(__name__)


def derive_what_can_be(
    connection: DuckDBPyConnection, read: Callable[[], pl.DataFrame], derive: Derive[Derived]
) -> Derived:
    """Return `derive(read())`. As long as polars fails, quarantine the action that is to blame, and read again.

    Raises:
        pl.exceptions.PolarsError: no single row is to blame.
    """
    while True:
        rows = read()
        try:
            return derive(rows)
        except pl.exceptions.PolarsError as error:
            culprit = _culprit(rows, derive)
            if culprit is None:
                raise
            log.error("delivery %d makes polars fail: quarantined as unloadable", culprit)  # noqa: TRY400 -- handled
            _quarantine(connection, culprit, str(error).partition("\n")[0])


def _quarantine(connection: DuckDBPyConnection, delivery_id: int, detail: str) -> None:
    connection.execute(QUARANTINE, {"delivery_id": delivery_id, "detail": detail})
    connection.execute(REOPEN, [delivery_id])
    connection.execute("DELETE FROM raw.deliveries WHERE delivery_id = ?", [delivery_id])
    connection.execute("DELETE FROM staging.actions WHERE delivery_id = ?", [delivery_id])


def _culprit(rows: pl.DataFrame, derive: Derive[Derived]) -> int | None:
    while len(rows) > 1:
        middle = len(rows) // 2
        failing = (half for half in (rows[:middle], rows[middle:]) if not _is_derivable(half, derive))
        first = next(failing, None)
        if first is None:
            return None
        rows = first
    return int(rows["delivery_id"][0])


def _is_derivable(rows: pl.DataFrame, derive: Derive[Derived]) -> bool:
    try:
        derive(rows)
    except pl.exceptions.PolarsError:
        return False
    return True
