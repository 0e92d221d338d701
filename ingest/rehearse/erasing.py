"""Erasing a rehearsal with the code of `warehouse erase --event`, and proving that nothing of it is left."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import click
from duckdb import DuckDBPyConnection

from ingest.verdicts import Finding, fail, ok, warning
from warehouse.commands.erase import erase, unsearched_files
from warehouse.commands.event import Event
from warehouse.commands.restore import leftovers
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema import quoted
from warehouse.settings import LAKE, WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.file import files, foreign, reader

# A delivery without an answer may be stored while the event is being erased.
MAX_ROUNDS = 3
# Erasing makes the warehouse again, beside the published one.
ROOM = 1.5
CHUNK_BYTES = 16 * 1024 * 1024

TEXT_COLUMNS = """
SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns()
WHERE database_name = current_database() AND data_type = 'VARCHAR' AND schema_name NOT IN ('information_schema')
  AND NOT internal AND (schema_name, table_name) IN (SELECT (schema_name, table_name) FROM duckdb_tables())
"""


class CannotRehearse(click.ClickException):
    """The event could not be erased afterwards, or erasing would cost more; nothing was sent."""


def command_that_erases(settings: WarehouseSettings, event_id: str) -> str:
    """The exact command, for any shell in any folder."""
    program = Path(sys.executable).with_name("warehouse")
    named = {"DATA_DIR": str(settings.data_dir)}
    if settings.lake:
        named |= {"WAREHOUSE": f"{LAKE}{settings.lake.catalog}", "WAREHOUSE_DATA": settings.lake.data}
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in named.items())
    return f"{variables} {shlex.quote(str(program))} erase --event {event_id}"


def require_erasable(settings: WarehouseSettings) -> None:
    """Make sure that the event can be erased afterwards, and nothing else goes with it.

    Raises:
        CannotRehearse: this is not the receiver's machine, user or folder; or files are kept there that an erasure
            removes; or the disk is too full to make the warehouse again.
    """
    if not settings.inbox_path.exists():
        raise CannotRehearse(
            f"there is no inbox at {settings.inbox_path}: rehearse on the receiver's machine, with its DATA_DIR"
        )
    if not os.access(settings.inbox_path, os.R_OK | os.W_OK) or not os.access(settings.data_dir, os.W_OK):
        raise CannotRehearse(f"{settings.data_dir} can't be written: rehearse as the receiver's user, or as root")
    kept = [
        *unsearched_files(settings),
        *(path.name for path in leftovers(settings.data_dir)),
        *(path.name for path in files.ways_back(settings.warehouse_path)),
        *(path.name for path in settings.data_dir.glob(f"{settings.warehouse_path.stem}{foreign.ASIDE_PATTERN}")),
    ]
    if kept:
        raise CannotRehearse(
            f"erasing the rehearsal would remove {', '.join(sorted(kept))} in {settings.data_dir}: move them away first"
        )
    published = files.latest(settings.warehouse_path)
    needed = int(ROOM * published.stat().st_size) if published else 0
    free = shutil.disk_usage(settings.data_dir).free
    if free < needed:
        raise CannotRehearse(
            f"erasing the rehearsal makes the warehouse again: that needs {needed / 1e6:,.0f} MB, and "
            f"{settings.data_dir} has {free / 1e6:,.0f} MB free"
        )


def erase_and_prove(
    settings: WarehouseSettings, event_id: str, accepted_count: int, unanswered_count: int = 0
) -> Finding:
    """Erase the event until nothing of it is found; at most a few rounds.

    Args:
        settings: the data directory.
        event_id: the rehearsal's event.
        accepted_count: how many deliveries were answered with 200.
        unanswered_count: how many had no answer; a receiver that hangs may store them later.

    Raises:
        LoaderBusy, OSError, sqlite3.Error, duckdb.Error: as `erase`.
    """
    command = command_that_erases(settings, event_id)
    erased_count, left = 0, list[str]()
    for _ in range(MAX_ROUNDS):
        receipt = erase(settings, Event(event_id))
        erased_count += (
            receipt.delivery_count + receipt.quarantine_count + receipt.inbox_count + receipt.set_aside_count
        )
        left = list(_left(settings, event_id))
        if not left:
            break
    if left:
        return fail(f"the event is still in {', '.join(left)}", command)
    if accepted_count and not erased_count:
        found = f"{accepted_count:,} deliveries were accepted, and none of them was in {settings.data_dir}"
        return fail(found, f"on the machine that answers, with its DATA_DIR: warehouse erase --event {event_id}")
    found = "no table, inbox or file of DATA_DIR holds the event's id"
    if unanswered_count:
        found = f"{found}, but {unanswered_count:,} deliveries had no answer and may be stored later"
        return warning(found, f"in an hour, once more: {command}")
    return ok(found)


def _left(settings: WarehouseSettings, event_id: str) -> Iterator[str]:
    """Where the event's id is still found: columns of each generation, the inbox, and the bytes of all files."""
    for name, generation in _generations(settings):
        with generation as connection:
            for table, column in connection.sql(TEXT_COLUMNS).fetchall():
                found = f'SELECT count(*) FROM {table} WHERE contains("{column}", {quoted(event_id)})'
                if connection.sql(found).fetchall() != [(0,)]:
                    yield f"{name}: {table}.{column}"
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        if any(inbox.find(lambda body: event_id.encode() in body)):
            yield settings.inbox_path.name
    for path in sorted(settings.data_dir.rglob("*")):
        if path.is_file() and _holds(path, event_id.encode()):
            yield path.name
    if count := storage_of(settings).old_version_count():
        yield f"{count:,} old versions of objects in the bucket"


def _generations(settings: WarehouseSettings) -> Iterator[tuple[str, AbstractContextManager[DuckDBPyConnection]]]:
    """What can be read: the latest snapshot of a lake, else the published file and the one before it."""
    if settings.lake:
        yield settings.lake.address, storage_of(settings).connect()
    else:
        for path in files.generations(settings.warehouse_path):
            yield path.name, reader.connect(path)


def _holds(path: Path, text: bytes) -> bool:
    try:
        with path.open("rb") as file:
            end = b""
            while chunk := file.read(CHUNK_BYTES):
                if text in end + chunk:
                    return True
                end = chunk[-len(text) :]
    except FileNotFoundError:  # the loader has just replaced it
        pass
    return False
