"""Unloadable: actions that make polars fail are found by halving, and quarantined. The others count."""

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.culprit import Unloadable, take_apart
from warehouse.marts import touched

QUARANTINE = """
INSERT INTO raw.quarantine BY NAME
    SELECT delivery_id, action_id, received_at, 'unloadable' AS reason, $detail AS detail, body
    FROM raw.deliveries WHERE delivery_id = $delivery_id
"""

Derived = TypeVar("Derived")
Derive = Callable[[pl.DataFrame], Derived]

log = logging.getLogger(__name__)


def derive_what_can_be(
    connection: DuckDBPyConnection, read: Callable[[], pl.DataFrame], derive: Derive[Derived], copy: str | None = None
) -> Derived:
    """Return `derive(read())`. When polars fails, quarantine the actions that are to blame, and read again.

    `copy` is a temporary table of actions, of which `read` reads: those to blame are removed from it, too.

    Raises:
        Unloadable: no single row is to blame.
    """
    work = partial(_derive_or_tell, derive)
    rows = read()
    while True:
        try:
            return work(rows)
        except Unloadable:
            parts = take_apart(rows, work)
            culprits = [(part, outcome) for part, outcome in parts if isinstance(outcome, Unloadable)]
            if not culprits:
                raise
            for culprit, error in culprits:
                _quarantine(connection, int(culprit["delivery_id"][0]), str(error), copy)
            rows = read()


def _derive_or_tell(derive: Derive[Derived], rows: pl.DataFrame) -> Derived:
    try:
        return derive(rows)
    except pl.exceptions.PolarsError as error:
        raise Unloadable(str(error).partition("\n")[0]) from error


def _quarantine(connection: DuckDBPyConnection, delivery_id: int, detail: str, copy: str | None) -> None:
    log.error("delivery %d makes polars fail: quarantined as unloadable", delivery_id)
    connection.execute(QUARANTINE, {"delivery_id": delivery_id, "detail": detail})
    touched.note_reopened_action(connection, delivery_id)  # what was derived from it is derived once more, without it
    for table in filter(None, ("raw.deliveries", "staging.actions", "main.actions", "staging.leads", copy)):
        connection.execute(f"DELETE FROM {table} WHERE delivery_id = ?", [delivery_id])
