"""The inbox's file: the connection to it, who may read it, and whether it is still the one at its path."""

import os
import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Literal

from warehouse.file_access import PRIVATE, give
from warehouse.inbox.upgrade import SCHEMA_VERSION, create, upgrade

BUSY_TIMEOUT = timedelta(seconds=10)
# In WAL mode a reader waits for a writer only while the log is recovered after a crash.
READER_BUSY_TIMEOUT = timedelta(seconds=1)
# A reader that stays open makes the write-ahead log grow. Once it has ended, the log is cut to so many bytes.
MAX_LOG_BYTES_AT_REST = 16 * 1024 * 1024
# SQLite makes them with the mode and the owner of the file.
LOG, LOG_INDEX = "-wal", "-shm"


class InboxTooNew(sqlite3.DatabaseError):
    """The file was made by a newer version of this software."""


class InboxTooOld(sqlite3.DatabaseError):
    """The file was made by an older version of this software, and may only be read: nobody has upgraded it yet."""


def connect(path: Path, *, create_missing: bool = False, is_read_only: bool = False) -> sqlite3.Connection:
    """A connection to the inbox. With `create_missing` the file is made where there is none.

    A writing connection stores durably, erases for good, and upgrades a file of an older version. A read-only one makes
    no file beside an inbox at rest.

    Raises:
        InboxTooNew: a newer version made the file.
        InboxTooOld: an older version made the file, and it is opened to read.
        sqlite3.Error: it is not there, can't be opened, or is no inbox.
    """
    path = path.resolve()
    timeout = BUSY_TIMEOUT
    if is_read_only:
        # Without a write-ahead log nobody is writing, and `immutable` keeps SQLite from making one.
        mode, timeout = "ro" if beside(path, LOG).exists() else "ro&immutable=1", READER_BUSY_TIMEOUT
    else:
        mode = "rw"
        if create_missing:
            make_private(path)
        _close_to_others(path)
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=timeout.total_seconds(),
        check_same_thread=False,
    )
    try:
        _prepare(connection, path, create_missing=create_missing, is_read_only=is_read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def make_private(path: Path) -> None:
    """Make an empty file that only its owner can read, where there is none. Made by root, it is its folder's owner's.

    Raises:
        sqlite3.OperationalError: it can't be made, in SQLite's words.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
    except FileExistsError:
        return
    except OSError as error:
        raise sqlite3.OperationalError(f"unable to open database file: {error.strerror}") from None
    give(path, PRIVATE)


class Place:
    """Where an open inbox lies: its path, and the files that were found there when it was opened.

    SQLite goes on with the files that it opened, also when they have lost their names. Others then find other files, or
    none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        real = path.resolve()
        self._names = [str(name) for name in (path, beside(real, LOG), beside(real, LOG_INDEX))]
        self._opened = self._found()

    @property
    def is_lost(self) -> bool:
        """Whether the file, its write-ahead log or the log's index is missing, or another one is there."""
        return self._found() != self._opened

    def what_is_there(self) -> Literal["nothing", "the same", "another"]:
        """What is found at the path now."""
        found, opened = self._found()[0], self._opened[0]
        return "nothing" if found is None else "the same" if found == opened else "another"

    def remove_its_log(self) -> None:
        """Remove the names of the log and its index: SQLite would apply them to another inbox at the path."""
        for name, opened, found in zip(self._names[1:], self._opened[1:], self._found()[1:], strict=True):
            if found is not None and found == opened:
                Path(name).unlink(missing_ok=True)

    def _found(self) -> list[tuple[int, int] | None]:
        return [_device_and_inode(name) for name in self._names]


def log_bytes(path: Path) -> int:
    """Size of the write-ahead log, 0 when there is none."""
    with suppress(FileNotFoundError):
        return beside(path.resolve(), LOG).stat().st_size
    return 0


def beside(path: Path, companion: str) -> Path:
    """The path of a file that SQLite keeps beside the inbox."""
    return path.with_name(path.name + companion)


def _device_and_inode(name: str) -> tuple[int, int] | None:
    try:
        status = os.stat(name)  # noqa: PTH116 -- three at each commit, each in half the time of Path's
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _close_to_others(path: Path) -> None:
    """Take others' rights from the files, which an earlier release left readable."""
    for file in (path, beside(path, LOG), beside(path, LOG_INDEX)):
        with suppress(FileNotFoundError):
            if file.stat().st_mode & 0o077:
                give(file, PRIVATE)


def _prepare(connection: sqlite3.Connection, path: Path, *, create_missing: bool, is_read_only: bool) -> None:
    # A commit returns only after its fsync. In WAL mode, anything less than FULL skips the fsync.
    connection.execute("PRAGMA synchronous = FULL")
    # Free pages hold no bytes of what retention or an erasure has removed.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA journal_size_limit = {MAX_LOG_BYTES_AT_REST}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise InboxTooNew(f"{path} has version {version}; this software knows {SCHEMA_VERSION}: upgrade it")
    if create_missing:
        create(connection)
    elif version == 0:
        raise sqlite3.DatabaseError(f"{path} is no inbox: it has no version")
    elif version < SCHEMA_VERSION and is_read_only:
        raise InboxTooOld(
            f"an older release made {path}: its version is {version}, not {SCHEMA_VERSION}; "
            "the receiver or `warehouse load` upgrades it"
        )
    elif version < SCHEMA_VERSION:
        upgrade(connection)
