"""Restoring: a backup takes the place of what is in the data directory, which is kept beside it.

No delivery is lost: what the inbox before holds goes into the restored one, too. The restored inbox gets a new
identity, so the loader reads all of it, and drops what it has loaded already as repeats.
"""

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from warehouse.commands.manifest import require_intact
from warehouse.file_access import DATA_FOLDER, PRIVATE_FOLDER, give, make_folder
from warehouse.fsync import sync
from warehouse.inbox.file import LOG, LOG_INDEX, beside
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts.names import NAME_FILES
from warehouse.settings import WarehouseSettings
from warehouse.storage import files
from warehouse.storage.lock import only_writer

# A restore that crashed leaves such files; the next one removes them.
DRAFT = ".restoring"
BEFORE = "before-restore-"
PATIENCE_SECONDS = 5.0


class NoBackup(Exception):
    """The folder holds no backup."""


class InUse(Exception):
    """A receiver has the inbox open: what it accepts meanwhile would go into the file that is put aside."""


def restore(settings: WarehouseSettings, source: Path) -> Generator[str, None, None]:
    """Put the backup in the folder `source` into DATA_DIR. Yields a line after each step.

    Raises:
        NoBackup: there is neither a warehouse nor an inbox in the folder.
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
    made_at = require_intact(source)
    make_folder(settings.data_dir, DATA_FOLDER)
    with only_writer(settings.data_dir):
        _require_no_receiver(settings.inbox_path)
        _remove_drafts(settings.data_dir)
        drafts = [_copy(path, settings.data_dir) for path in originals]
        inbox = settings.inbox_path.with_name(f"{settings.inbox_path.name}{DRAFT}")
        if inbox in drafts or settings.inbox_path.exists():
            yield _renew(inbox, settings.inbox_path, made_at)
            drafts = list(dict.fromkeys([*drafts, inbox]))
        there = _there(settings)
        if there:
            yield f"what was there is kept in {_keep(there, settings.data_dir)}"
        # A log of a damaged inbox would be applied to the new one.
        for path in there:
            if path.name not in {draft.name.removesuffix(DRAFT) for draft in drafts}:
                path.unlink()
        for draft in drafts:
            restored = draft.replace(draft.with_name(draft.name.removesuffix(DRAFT)))
            yield f"restored {restored.name}"
        sync(settings.data_dir)


def _ours(settings: WarehouseSettings) -> list[Path]:
    return [settings.warehouse_path, settings.inbox_path, *(settings.data_dir / file.name for file in NAME_FILES)]


def _copy(original: Path, folder: Path) -> Path:
    draft = folder / f"{original.name}{DRAFT}"
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


def _renew(draft: Path, current: Path, made_at: datetime | None) -> str:
    """Give the inbox to be a new identity, and all that the current one holds. Returns a line for the operator.

    The backup itself is then the last one that has succeeded: its copy of the inbox can't say so.
    """
    with closing(Inbox(draft, create=True)) as inbox:
        inbox.renew()
        if made_at:
            inbox.notes.add_backup(int(made_at.timestamp() * 1_000_000))
        if not current.exists():
            return "the restored inbox has a new identity"
        try:
            with closing(Inbox(current)) as other:
                count = inbox.take_over(other, also_loaded=True)
        except sqlite3.DatabaseError as error:
            return f"nothing could be carried over from {current.name}: {error}"
    return f"carried over {count:,} deliveries of the inbox that was there; the loader drops those that it knows"


def leftovers(data_dir: Path) -> list[Path]:
    """What restores have put aside, and what a restore that crashed has left."""
    return sorted([*data_dir.glob(f"{BEFORE}*"), *data_dir.glob(f"*{DRAFT}*")])
