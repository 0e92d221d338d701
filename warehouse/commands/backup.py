"""Backing up: consistent copies of everything in the data directory, while receiver and loader run."""

import errno
import logging
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from warehouse.commands.manifest import MANIFEST, describe
from warehouse.file_access import PRIVATE, PRIVATE_FOLDER, give, make_folder
from warehouse.fsync import sync
from warehouse.inbox.file import LOG, beside
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts.names import NAME_FILES
from warehouse.settings import WarehouseSettings
from warehouse.storage.file import files
from warehouse.storage.file.lock import only_writer

# No command takes a file of this name for a backup.
UNFINISHED = ".unfinished"

# The folders of backups that are kept by number, once they are finished.
DATED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")

log = logging.getLogger(__name__)


def back_up(settings: WarehouseSettings, target: Path) -> list[Path]:
    """Copy warehouse, inbox, speakers.csv and sponsors.csv into the folder `target`; return the copies and a manifest.

    The warehouse is copied before the inbox, so that its watermark is never ahead of the inbox beside it. A watermark
    ahead would hide the deliveries that arrive after a restore.

    The copies get their names when all of them are on the disk. After an error nothing of them is left.

    Raises:
        FileExistsError: `target` is not empty.
        NotADirectoryError: it is no folder.
        OSError: it is full, or can't be written.
        LoaderBusy: another process is writing the warehouse, and did not end in time.
    """
    if settings.data_dir.resolve() in target.resolve().parents:
        log.warning("%s is inside DATA_DIR: what destroys the data will destroy this backup, too", target)
    if os.path.lexists(target) and not target.is_dir():
        raise NotADirectoryError(f"{target} is no folder")
    is_new = not target.exists()
    make_folder(target, PRIVATE_FOLDER)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    try:
        with _room_is_named(settings, target):
            unfinished = _copy(settings, target)
            manifest = target / f"{MANIFEST}{UNFINISHED}"
            manifest.write_text(describe({path.stem: path for path in unfinished}), "utf-8")
            give(manifest, PRIVATE)
            unfinished.append(manifest)
            for path in unfinished:
                sync(path)
        copies = [path.rename(path.with_suffix("")) for path in unfinished]
        sync(target)
    except BaseException:
        _empty(target)
        if is_new:
            target.rmdir()
        raise
    return copies


def note_success(settings: WarehouseSettings) -> None:
    """Note in the inbox that a backup has succeeded now: its age is a metric."""
    if settings.inbox_path.exists():
        with closing(Inbox(settings.inbox_path)) as inbox:
            inbox.notes.add_backup(time.time_ns() // 1000)


def _copy(settings: WarehouseSettings, target: Path) -> list[Path]:
    copies = []

    def copy_of(path: Path) -> Path:
        copies.append(target / f"{path.name}{UNFINISHED}")
        return copies[-1]

    with only_writer(settings.data_dir):
        if settings.warehouse_path.exists():
            files.copy_published(settings.warehouse_path, copy_of(settings.warehouse_path))
        if settings.inbox_path.exists():
            copy = copy_of(settings.inbox_path)
            copy.touch(PRIVATE)
            give(copy, PRIVATE)
            with closing(Inbox(settings.inbox_path)) as inbox:
                inbox.back_up(copy)
    for path in _named(settings):
        if not path.is_file():
            continue
        copy = copy_of(path)
        try:
            shutil.copyfile(path, copy)
            give(copy, path.stat().st_mode & 0o777)
        except PermissionError as error:
            log.warning("%s is not in the backup: %s", path.name, error)
            copies.remove(copy)
            copy.unlink(missing_ok=True)
    return copies


@contextmanager
def _room_is_named(settings: WarehouseSettings, target: Path) -> Iterator[None]:
    """An error because of a full disk says how much is needed, and how much was free."""
    free = shutil.disk_usage(target).free
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if not is_full and getattr(error, "errno", None) not in (errno.ENOSPC, errno.EDQUOT):
            raise
        needed = sum(path.stat().st_size for path in _originals(settings))
        raise OSError(
            f"{target} has no room: the backup needs {needed / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB were free; "
            "nothing is left there"
        ) from error


def _originals(settings: WarehouseSettings) -> list[Path]:
    log_of_inbox = beside(settings.inbox_path, LOG)
    every = (settings.warehouse_path, settings.inbox_path, log_of_inbox, *_named(settings))
    return [path for path in every if path.exists()]


def _named(settings: WarehouseSettings) -> list[Path]:
    return [settings.data_dir / file.name for file in NAME_FILES]


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):
            path.unlink()


def dated_in(folder: Path) -> list[Path]:
    """The finished backups in the folder, the oldest first."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and DATED.fullmatch(path.name))


def keep(folder: Path, count: int) -> list[Path]:
    """Remove all but the newest so many backups of the folder; return what was removed.

    Unfinished ones that are older than these go, too: whatever made them was killed, or found faults.
    """
    oldest = dated_in(folder)[-count:][0]
    old = sorted(path for path in folder.iterdir() if path.is_dir() and DATED.match(path.name) and path < oldest)
    for path in old:
        shutil.rmtree(path)
    return old


def dated(folder: Path) -> Path:
    """A folder of this moment in the folder, for a backup that does not yet count as one."""
    return folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}{UNFINISHED}"


def finish(unfinished: Path) -> Path:
    """Give the folder the name by which it counts, and return that."""
    folder = unfinished.rename(unfinished.with_suffix(""))
    sync(folder.parent)
    return folder
