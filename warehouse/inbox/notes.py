"""What loads and backups note in the inbox, for whoever watches it: the receiver's metrics, and `info`."""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from warehouse.inbox.transaction import transaction


class LastLoad(NamedTuple):
    """The last load: its last delivery id, its end in microseconds since 1970, UTC, and its duration."""

    position: int
    at: int
    duration_seconds: float


class Outcome(NamedTuple):
    """What became of a delivery: `stored`, `duplicate`, or `quarantined` with a reason."""

    outcome: str
    reason: str = ""


STORED, DUPLICATE = Outcome("stored"), Outcome("duplicate")
# Counted from 0 on: Prometheus sees no increase in a series that begins with a number.
USUAL_OUTCOMES = (
    STORED,
    DUPLICATE,
    *(
        Outcome("quarantined", reason)
        for reason in ("not_json", "not_object", "missing_field", "invalid_minutes", "action_id_reused", "unloadable")
    ),
)


NO_OUTCOMES: Mapping[Outcome, int] = MappingProxyType({})


class Notes:
    """The notes in an open inbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add_load(self, load: LastLoad, outcomes: Mapping[Outcome, int] = NO_OUTCOMES) -> None:
        """Note the last load instead of the one before, and add what became of its deliveries."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM last_load")
            self._connection.execute("INSERT INTO last_load VALUES (?, ?, ?)", load)
            self._connection.execute("UPDATE identity SET load_limit = max(load_limit, ?)", [load.position])
            self._connection.executemany(
                "INSERT INTO outcomes VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
                "SET delivery_count = delivery_count + excluded.delivery_count",
                [(*outcome, count) for outcome, count in outcomes.items()],
            )

    def last_load(self) -> LastLoad | None:
        """The last load, None before the first one."""
        row = self._connection.execute("SELECT position, at, duration_seconds FROM last_load").fetchone()
        return LastLoad._make(row) if row else None

    def outcomes(self) -> dict[Outcome, int]:
        """What became of all deliveries that were ever loaded from this inbox."""
        rows = self._connection.execute("SELECT outcome, reason, delivery_count FROM outcomes")
        return {Outcome(outcome, reason): count for outcome, reason, count in rows}

    def add_backup(self, at: int) -> None:
        """Note that a backup has succeeded, in microseconds since 1970, UTC."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM last_backup")
            self._connection.execute("INSERT INTO last_backup VALUES (?)", [at])

    def last_backup_at(self) -> int:
        """When the last backup succeeded, in microseconds since 1970, UTC; 0 before the first one."""
        row = self._connection.execute("SELECT at FROM last_backup").fetchone()
        return int(row[0]) if row else 0

    def renewal_count(self) -> int:
        """How often the inbox has got a new identity."""
        return int(self._connection.execute("SELECT renewal_count FROM identity").fetchone()[0])
