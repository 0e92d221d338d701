"""Erasing a person: their deliveries are removed from every file of the data directory, free pages included.

The warehouse is rebuilt without them, as if they had never arrived. The old files are removed.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple

from warehouse.commands.person import Person
from warehouse.commands.rebuild import Progress, rebuild
from warehouse.inbox.repair import damaged_files, drafts, finish_repair
from warehouse.inbox.sqlite_queue import Inbox, Rows
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
    """Remove every delivery about the person. A delivery that arrives afterwards is accepted as any other.

    Raises:
        LoaderBusy: another process is writing the warehouse, and did not end in time.
        OSError, sqlite3.Error, duckdb.Error: a file can't be read or written; a repeated erasure completes.
    """
    with only_writer(settings.data_dir):
        stored, waiting = _find(settings, person)
        if settings.inbox_path.exists():
            # Even when no row is found: an erasure that failed may have left rows in the write-ahead log.
            with closing(Inbox(settings.inbox_path)) as inbox:
                inbox.erase(waiting)
        if stored:
            rebuild(settings, without=stored, progress=progress)
        removed = _remove_old_files(settings)
    return Receipt(
        erased_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        registration_count=len(person.registration_ids),
        delivery_count=sum(not is_quarantined for is_quarantined in stored.values()),
        quarantine_count=sum(stored.values()),
        inbox_count=len(waiting.delivery_ids),
        set_aside_count=len(waiting.set_aside_ids),
        removed_files=removed,
    )


def _find(settings: WarehouseSettings, person: Person) -> tuple[dict[int, bool], Rows]:
    """The person's deliveries in the warehouse (whether quarantined, by id), and their rows of the inbox.

    Each round may teach more ids of the person; the search ends with the first round that teaches none.
    """
    while True:
        traces = person.traces
        stored = dict(_in_warehouse(settings, person))
        waiting = _in_inbox(settings, person)
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


def _in_inbox(settings: WarehouseSettings, person: Person) -> Rows:
    if not settings.inbox_path.exists():
        return Rows([], [])
    with closing(Inbox(settings.inbox_path)) as inbox:
        return inbox.find(_is_about(person))


def _is_about(person: Person) -> Callable[[bytes], bool]:
    # The pattern is a filter: it spares the parsing of almost every body.
    pattern = re.compile(person.pattern, re.IGNORECASE)

    def is_theirs(body: bytes) -> bool:
        text = body.decode(errors="backslashreplace")
        return pattern.search(text) is not None and person.is_in(text)

    return is_theirs


def _remove_old_files(settings: WarehouseSettings) -> list[str]:
    """Remove damaged inboxes, and every warehouse but the published one."""
    finish_repair(settings.inbox_path)
    damaged = [*damaged_files(settings.inbox_path), *drafts(settings.inbox_path)]
    for path in damaged:
        path.unlink()
    return files.remove_old(settings.warehouse_path) + [path.name for path in damaged]
