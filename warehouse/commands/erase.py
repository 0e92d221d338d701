"""Erasing a person: their deliveries are removed from every file of the data directory, free pages included.

The warehouse is rebuilt without them, as if they had never arrived. The old files are removed.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple

from warehouse.commands.person import Person
from warehouse.commands.rebuild import Progress, rebuild
from warehouse.inbox.sqlite_queue import BUSY_TIMEOUT, DAMAGED_PATTERN
from warehouse.settings import WarehouseSettings
from warehouse.storage import files, reader
from warehouse.storage.lock import only_writer

FETCH_COUNT = 1_000

CANDIDATES = """
SELECT delivery_id, body, is_quarantined, coalesce(is_theirs, false)
FROM (
    SELECT delivery_id, body, false AS is_quarantined FROM raw.deliveries
    UNION ALL SELECT delivery_id, body, true FROM raw.quarantine
)
LEFT JOIN (
    SELECT delivery_id, true AS is_theirs
    FROM staging.actions JOIN staging.attendee_versions USING (attendee_version)
    WHERE list_contains($ids, registration_id) OR lower(trim(email)) = lower(trim($email))
) USING (delivery_id)
WHERE is_theirs OR regexp_matches(body, $pattern, 'i')
"""


class Receipt(NamedTuple):
    """What an erasure removed: rows of each table, and files that still held them."""

    erased_at: str
    registration_count: int
    delivery_count: int
    quarantine_count: int
    inbox_count: int
    set_aside_count: int
    removed_files: list[str]


def erase(settings: WarehouseSettings, person: Person, progress: Progress = lambda _done, _total: None) -> Receipt:
    """Remove every delivery about the person. What arrives about them afterwards comes in again.

    Raises:
        LoaderBusy: another process is writing the warehouse, and did not end in time.
        OSError, sqlite3.Error, duckdb.Error: a file can't be read or written; started over, an erasure completes.
    """
    with only_writer(settings.data_dir):
        stored, waiting = _find(settings, person)
        for table, ids in waiting.items():
            _delete(settings, table, ids)
        if stored:
            rebuild(settings, without=stored, progress=progress)
        removed = _remove_old_files(settings)
    return Receipt(
        erased_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        registration_count=len(person.registration_ids),
        delivery_count=sum(not is_quarantined for is_quarantined in stored.values()),
        quarantine_count=sum(stored.values()),
        inbox_count=len(waiting.get("deliveries", [])),
        set_aside_count=len(waiting.get("set_aside", [])),
        removed_files=removed,
    )


def _find(settings: WarehouseSettings, person: Person) -> tuple[dict[int, bool], dict[str, list[int]]]:
    """The person's deliveries in the warehouse (whether quarantined, by id), and rows of the inbox's tables.

    Looks again until a round has taught no more ids.
    """
    while True:
        traces = person.traces
        stored = dict(_in_warehouse(settings, person))
        waiting = {table: list(_in_inbox(settings, table, person)) for table in ("deliveries", "set_aside")}
        if person.traces == traces:
            return stored, waiting


def _in_warehouse(settings: WarehouseSettings, person: Person) -> Iterator[tuple[int, bool]]:
    if not settings.warehouse_path.exists():
        return
    with reader.connect(settings.warehouse_path) as connection:
        found = connection.execute(
            CANDIDATES,
            {"pattern": person.pattern, "ids": list(person.registration_ids), "email": person.email},
        )
        while rows := found.fetchmany(FETCH_COUNT):
            for delivery_id, body, is_quarantined, is_theirs in rows:
                if person.is_in(body) or is_theirs:
                    yield delivery_id, is_quarantined


def _in_inbox(settings: WarehouseSettings, table: str, person: Person) -> Iterator[int]:
    if not settings.inbox_path.exists():
        return
    pattern = re.compile(person.pattern.encode(), re.IGNORECASE)
    with closing(_open_inbox(settings)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone() is None:
            return
        for row_id, body in connection.execute(f"SELECT rowid, body FROM {table}"):
            if pattern.search(body) and person.is_in(body.decode(errors="backslashreplace")):
                yield row_id


def _delete(settings: WarehouseSettings, table: str, row_ids: list[int]) -> None:
    if not row_ids:
        return
    with closing(_open_inbox(settings)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        with connection:
            connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(row_id,) for row_id in row_ids])
        (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise sqlite3.OperationalError("the inbox's write-ahead log is in use and still holds them; try again")


def _open_inbox(settings: WarehouseSettings) -> sqlite3.Connection:
    uri = f"{settings.inbox_path.resolve().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT.total_seconds())


def _remove_old_files(settings: WarehouseSettings) -> list[str]:
    """Remove damaged inboxes, and every warehouse but the published one."""
    damaged = sorted(settings.inbox_path.resolve().parent.glob(f"{DAMAGED_PATTERN}*"))
    for path in damaged:
        path.unlink()
    return files.remove_old(settings.warehouse_path) + [path.name for path in damaged]
