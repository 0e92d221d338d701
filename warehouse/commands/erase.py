"""Erasing a person or an event: the deliveries are removed from every file of the data directory, free pages included.

The warehouse is rebuilt without them, as if they had never arrived. Files that can't be searched are removed.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from warehouse.commands import restore
from warehouse.commands.event import Event
from warehouse.commands.person import Person
from warehouse.commands.rebuild import rebuild
from warehouse.commands.unfinished import Unfinished
from warehouse.inbox.queue_file import Rows
from warehouse.inbox.repair import damaged_files, drafts, finish_repair
from warehouse.inbox.shared_inbox import SharedInbox
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.postgres import make_tables, session
from warehouse.settings import WarehouseSettings
from warehouse.storage import Storage, storage_of
from warehouse.storage.errors import WarehouseMissing
from warehouse.storage.protocol import Progress

FETCH_COUNT = 1_000

BODIES = """
SELECT delivery_id, body, false FROM raw.deliveries UNION ALL SELECT delivery_id, body, true FROM raw.quarantine
"""


TABLES = """
SELECT DISTINCT schema_name || '.' || table_name FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name IN ('main', 'raw')
    AND (schema_name, table_name) NOT IN (SELECT (schema_name, view_name) FROM duckdb_views() WHERE NOT internal)
ORDER BY ALL
"""


log = logging.getLogger(__name__)


class Receipt(NamedTuple):
    """What an erasure removed: deliveries by where they were, and files that still held them, or could have held them.

    `other_hosts` have forwarded to the same lake. Each may hold the person in its inbox: the erasure is repeated there.

    `old_version_count`: versions of objects that the bucket keeps, which may hold the person. None: nobody could look.

    `removed_rows` counts the rows that the tables of `main` and `raw` have lost, by table; those that lost any.
    """

    erased_at: str
    registration_count: int
    delivery_count: int
    quarantine_count: int
    inbox_count: int
    set_aside_count: int
    removed_rows: dict[str, int]
    removed_files: list[str]
    other_hosts: list[str]
    old_version_count: int | None

    @property
    def is_empty(self) -> bool:
        """Whether nobody was found, and nothing was changed."""
        return not any(self[1:-2])


def erase(
    settings: WarehouseSettings, wanted: Person | Event, progress: Progress = lambda _done, _total: None
) -> Receipt:
    """Remove every delivery about the person or the event. One that arrives afterwards is accepted as any other.

    Nothing is changed when nothing is found, unless an earlier erasure was left unfinished.

    Raises:
        LoaderBusy: another process is writing the warehouse, and did not end in time.
        OSError, sqlite3.Error, duckdb.Error: a file can't be read or written; a repeated erasure completes.
    """
    storage = storage_of(settings)
    with storage.only_writer():
        finish_repair(settings.inbox_path)
        with _shared_inbox(settings) as shared:
            stored, waiting, forwarded = _find(settings, storage, shared, wanted)
            other_hosts = shared.other_hosts(settings.inbox_path) if shared else []
        unfinished = Unfinished(settings)
        before = _row_counts(storage) if stored else {}
        removed, forwarded_count = list[str](), 0
        if was_interrupted := unfinished.is_there():
            log.warning(
                "an erasure was interrupted before: its files are removed now, but its person is not known any more; "
                "repeat it for that person"
            )
        if stored or forwarded or any(waiting) or was_interrupted:
            unfinished.begin()
            forwarded_count = _remove_waiting(settings, waiting, wanted)
            removed = _remove(settings, storage, stored, progress)
            unfinished.end()
        after = _row_counts(storage) if stored else {}
    return Receipt(
        erased_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        registration_count=len(wanted.found_ids),
        delivery_count=sum(not is_quarantined for is_quarantined in stored.values()),
        quarantine_count=sum(stored.values()),
        inbox_count=len(waiting.delivery_ids) + forwarded_count,
        set_aside_count=len(waiting.set_aside_ids),
        removed_rows={table: n - after[table] for table, n in before.items() if n > after.get(table, n)},
        removed_files=removed,
        other_hosts=other_hosts,
        old_version_count=storage.old_version_count(),
    )


def unsearched_files(settings: WarehouseSettings) -> list[str]:
    """Names of damaged files. They can't be searched and may hold anybody."""
    of_inbox = [path.name for path in damaged_files(settings.inbox_path)]
    return sorted([*of_inbox, *storage_of(settings).unsearched()])


def files_beside_a_lake(settings: WarehouseSettings) -> list[str]:
    """Names of files from before a warehouse moved to the lake. They are not searched, and may hold anybody."""
    return sorted(path.name for path in settings.data_dir.glob("warehouse*.duckdb*")) if settings.lake else []


def _remove_waiting(settings: WarehouseSettings, waiting: Rows, wanted: Person | Event) -> int:
    """Remove these rows of the inbox, and what is wanted from the shared inbox; return how many that were there.

    The inbox is the first: what it still held, a forwarder could bring to the shared inbox afterwards.
    """
    if settings.inbox_path.exists():
        # Even when no row is found: an erasure that failed may have left rows in the write-ahead log.
        with closing(Inbox(settings.inbox_path)) as inbox:
            inbox.erase(waiting)
    with _shared_inbox(settings) as shared:
        return shared.erase(wanted.is_in) if shared else 0


def _remove(settings: WarehouseSettings, storage: Storage, stored: dict[int, bool], progress: Progress) -> list[str]:
    """Remove these deliveries, and every file that may hold them; return the files' names."""
    # A lost generation is made again first: the one before it is about to be removed.
    if stored or storage.is_lost():
        rebuild(settings, without=stored, progress=progress)
    of_inbox = [*damaged_files(settings.inbox_path), *drafts(settings.inbox_path)]
    for path in of_inbox:
        path.unlink()
    of_restores = restore.leftovers(settings.data_dir)
    for path in of_restores:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return storage.remove_old() + [path.name for path in (*of_inbox, *of_restores)]


def _row_counts(storage: Storage) -> dict[str, int]:
    """Rows of each table of `main` and `raw`, in whatever schema version the latest generation has."""
    with storage.connect_latest() as connection:
        tables = [table for (table,) in connection.sql(TABLES).fetchall()]
        return {table: connection.table(table).count("*").fetchall()[0][0] for table in tables}


@contextmanager
def _shared_inbox(settings: WarehouseSettings) -> Iterator[SharedInbox | None]:
    """That of the lake, if the warehouse is one."""
    if settings.lake is None:
        yield None
        return
    with session(settings.lake.catalog, "erasure") as postgres:
        make_tables(postgres)
        yield SharedInbox(postgres)


def _find(
    settings: WarehouseSettings, storage: Storage, shared: SharedInbox | None, wanted: Person | Event
) -> tuple[dict[int, bool], Rows, list[tuple[str, int]]]:
    """The deliveries in the warehouse (whether quarantined, by id), the rows of the inbox, and of the shared inbox.

    Each round may teach more ids of a person; the search ends with the first round that teaches none.
    """
    while True:
        traces = wanted.traces
        stored = dict(_in_warehouse(storage, wanted.is_in))
        waiting = _in_inbox(settings.inbox_path, wanted.is_in)
        forwarded = shared.find(wanted.is_in) if shared else []
        if wanted.traces == traces:
            return stored, waiting, forwarded


def _in_warehouse(storage: Storage, is_wanted: Callable[[str], bool]) -> Iterator[tuple[int, bool]]:
    try:
        with storage.connect_latest() as connection:
            bodies = connection.execute(BODIES)
            while rows := bodies.fetchmany(FETCH_COUNT):
                yield from ((number, in_quarantine) for number, body, in_quarantine in rows if is_wanted(body))
    except WarehouseMissing:  # nothing was loaded yet
        return


def _in_inbox(path: Path, is_wanted: Callable[[bytes], bool]) -> Rows:
    if not path.exists():
        return Rows([], [])
    with closing(Inbox(path)) as inbox:
        return inbox.find(is_wanted)
