"""Restoring: a backup takes the place of what is in the data directory, which is kept beside it.

No delivery is lost: what only the inbox before holds goes into the restored one, too. The restored inbox gets a new
identity: its next ids are ones that other files count as loaded. The restored warehouse is told how far it has read the
inbox of that identity, if it knew the inbox by the old one. Else the loader reads all of it, and drops what it has
loaded already as repeats.
"""

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.commands.manifest import require_intact
from warehouse.counted import deliveries
from warehouse.file_access import DATA_FOLDER, PRIVATE, PRIVATE_FOLDER, give, make_folder
from warehouse.fsync import sync
from warehouse.inbox.file import LOG, LOG_INDEX, beside
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts.names import NAME_FILES
from warehouse.settings import WarehouseSettings
from warehouse.storage import load_log
from warehouse.storage.errors import WarehouseMissing
from warehouse.storage.file import files, publish, reader
from warehouse.storage.file.lock import only_writer

# A restore that crashed leaves such files; the next one removes them.
DRAFT = ".restoring"
BEFORE = "before-restore-"
PATIENCE_SECONDS = 5.0


class NoBackup(Exception):
    """The folder holds no backup, or is DATA_DIR itself."""


class InUse(Exception):
    """A receiver has the inbox open: what it accepts meanwhile would go into the file that is put aside."""


def restore(settings: WarehouseSettings, source: Path) -> Generator[str, None, None]:
    """Put the backup in the folder `source` into DATA_DIR. Yields a line after each step.

    Raises:
        NoBackup: there is neither a warehouse nor an inbox in the folder, or it is DATA_DIR.
        manifest.Damaged: a file of the backup is not as it was made.
        manifest.Newer: a newer release made it.
        InUse: a receiver is running.
        LoaderBusy: another process is writing the warehouse, and did not end in time.
        OSError, sqlite3.Error: a file can't be read or written; what was in DATA_DIR is there, or in the folder named.
    """
    originals = [source / path.name for path in _ours(settings) if (source / path.name).is_file()]
    if not {settings.warehouse_path.name, settings.inbox_path.name} & {path.name for path in originals}:
        raise NoBackup(
            f"{source} holds no backup: neither {settings.warehouse_path.name} nor {settings.inbox_path.name} is there"
        )
    if source.resolve() == settings.data_dir.resolve():
        raise NoBackup(f"{source} is DATA_DIR itself: name the folder of a backup")
    made_at = require_intact(source)
    make_folder(settings.data_dir, DATA_FOLDER)
    with only_writer(settings.data_dir):
        _require_no_receiver(settings.inbox_path)
        _remove_drafts(settings.data_dir)
        drafts = [_copy(path, settings.data_dir) for path in originals]
        inbox = _draft_of(settings.inbox_path)
        if inbox in drafts or settings.inbox_path.exists():
            yield _carry_over(inbox, settings.inbox_path)
            yield _renew(inbox, _draft_of(settings.warehouse_path), made_at)
            drafts = list(dict.fromkeys([*drafts, inbox]))
        there = _there(settings)
        if there:
            yield f"what was there is kept in {_keep(there, settings.data_dir)}"
        # A log of a damaged inbox would be applied to the new one.
        places = {draft: draft.with_name(draft.name.removesuffix(DRAFT)) for draft in drafts}
        for path in set(there) - set(places.values()):
            path.unlink()
        for draft, place in places.items():
            draft.replace(place)
            yield f"restored {place.name}"
        sync(settings.data_dir)


def _ours(settings: WarehouseSettings) -> list[Path]:
    return [settings.warehouse_path, settings.inbox_path, *(settings.data_dir / file.name for file in NAME_FILES)]


def _draft_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{DRAFT}")


def _copy(original: Path, folder: Path) -> Path:
    draft = _draft_of(folder / original.name)
    shutil.copyfile(original, draft)
    give(draft, original.stat().st_mode & 0o777)
    sync(draft)
    return draft


def _require_no_receiver(inbox: Path) -> None:
    """SQLite lets nobody leave the write-ahead log while another process has the file open."""
    if not inbox.exists():
        return
    with closing(sqlite3.connect(inbox, timeout=PATIENCE_SECONDS)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise InUse(f"{inbox} is in use: stop the receiver, then restore again") from None
        except sqlite3.DatabaseError:
            return  # damaged: it is put aside as it is


def _there(settings: WarehouseSettings) -> list[Path]:
    """All that a restore replaces."""
    warehouse, inbox = settings.warehouse_path, settings.inbox_path
    every = (*_ours(settings), *files.generations(warehouse), beside(inbox, LOG), beside(inbox, LOG_INDEX))
    return [path for path in dict.fromkeys(every) if path.is_file()]


def _keep(there: list[Path], data_dir: Path) -> Path:
    """Give the files second names in a folder of its own, so that each has its place until another takes it.

    A restore that is killed so leaves an inbox, and the next one carries over what it holds.
    """
    before = data_dir / f"{BEFORE}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    make_folder(before, PRIVATE_FOLDER)
    for path in there:
        try:
            (before / path.name).hardlink_to(path)
        except OSError as error:
            if error.errno not in files.CANNOT_SWAP:
                raise
            shutil.copy2(path, before)
            sync(before / path.name)
    sync(before)
    sync(data_dir)
    return before


def _remove_drafts(data_dir: Path) -> None:
    """SQLite would apply the log of a killed restore's inbox to the next copy."""
    for path in data_dir.glob(f"*{DRAFT}*"):
        path.unlink()


def _carry_over(draft: Path, current: Path) -> str:
    """Give the inbox to be what only the current one holds: all of it, without a backup's. Returns a line."""
    if not current.exists():
        return "there was no inbox before"
    is_backups = draft.exists()
    try:
        with closing(Inbox(draft, create=True)) as inbox, closing(Inbox(current)) as other:
            if not is_backups:
                return f"the backup has no inbox; of the one that is there {other.carry_over(draft)}"
            count = inbox.take_over(other, also_loaded=True)
    except sqlite3.DatabaseError as error:
        return f"nothing could be carried over from {current.name}: {error}"
    return f"carried over {deliveries(count)} that only the inbox before had"


def _renew(draft: Path, warehouse: Path, made_at: datetime | None) -> str:
    """Give the inbox to be a new identity, and tell it to the warehouse to be. Returns a line for the operator.

    The warehouse knows how far it has read the inbox by its old identity. That is not believed of an inbox which is
    older than the warehouse: it gives the ids up to there a second time.

    The backup itself is then the last one that has succeeded: its copy of the inbox can't say so.
    """
    with closing(Inbox(draft)) as inbox:
        position = _position(warehouse, inbox.inbox_id)
        if inbox.is_behind(position):
            position = 0
        inbox.renew(position)
        if made_at:
            inbox.notes.add_backup(int(made_at.timestamp() * 1_000_000))
        if not position:
            return "the inbox has a new identity; the loader reads all of it"
        mode = warehouse.stat().st_mode & 0o777
        give(warehouse, PRIVATE)
        with publish.edited(warehouse) as connection:
            load_log.go_on_as(connection, inbox.inbox_id, position)
        give(warehouse, mode)
        sync(warehouse)
    return f"the inbox has a new identity; the loader goes on after delivery {position:,}"


def _position(warehouse: Path, inbox_id: str) -> int:
    """How far the warehouse has read the inbox; 0 when it does not know it, or can't be read."""
    try:
        with reader.connect(warehouse) as connection:
            return load_log.inbox_positions(connection).get(inbox_id, 0)
    except (WarehouseMissing, duckdb.Error):
        return 0


def leftovers(data_dir: Path) -> list[Path]:
    """What restores have put aside, and what a restore that crashed has left."""
    return sorted([*data_dir.glob(f"{BEFORE}*"), *data_dir.glob(f"*{DRAFT}*")])
