"""The inbox's file: its schema, its version, and the connection to it."""

import sqlite3
import uuid
from datetime import timedelta
from pathlib import Path

SCHEMA_VERSION = 1

# AUTOINCREMENT: without it SQLite would reuse the ids of pruned rows, and the watermark would hide the new rows.
SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS identity (
    inbox_id TEXT NOT NULL,
    probe_count INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS deliveries (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS last_load (
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_seconds REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS set_aside (
    set_aside_id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    signature BLOB,
    body BLOB NOT NULL,
    reason TEXT
);
CREATE INDEX IF NOT EXISTS set_aside_size ON set_aside (size);
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""

BUSY_TIMEOUT = timedelta(seconds=10)
# In WAL mode a reader waits for a writer only while the log is recovered after a crash.
READER_BUSY_TIMEOUT = timedelta(seconds=1)


class InboxTooNew(sqlite3.DatabaseError):
    """The file was made by a newer version of this software."""


def connect(path: Path, *, create: bool = False, is_read_only: bool = False) -> sqlite3.Connection:
    """A connection to the inbox. With `create` the file is made where there is none.

    A writing connection stores durably and erases for good. A read-only one makes no file beside an inbox at rest.

    Raises:
        InboxTooNew: a newer version made the file.
        sqlite3.Error: it is not there, can't be opened, or is no inbox.
    """
    path = path.resolve()
    mode, timeout = "rwc" if create else "rw", BUSY_TIMEOUT
    if is_read_only:
        # Without a write-ahead log nobody is writing, and `immutable` keeps SQLite from making one.
        has_log = path.with_name(f"{path.name}-wal").exists()
        mode, timeout = "ro" if has_log else "ro&immutable=1", READER_BUSY_TIMEOUT
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=timeout.total_seconds(),
        check_same_thread=False,
    )
    try:
        # A commit returns only after its fsync. In WAL mode, anything less than FULL skips the fsync.
        connection.execute("PRAGMA synchronous = FULL")
        # Free pages hold no bytes of what retention or an erasure has removed.
        connection.execute("PRAGMA secure_delete = ON")
        _refuse_newer(connection, path)
        if create:
            _create(connection)
        if not is_read_only:
            _add_reason(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _add_reason(connection: sqlite3.Connection) -> None:
    columns = [row[1] for row in connection.execute("PRAGMA table_info(set_aside)")]
    if columns and "reason" not in columns:
        connection.execute("ALTER TABLE set_aside ADD COLUMN reason TEXT")


def _refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise InboxTooNew(f"{path} has version {version}; this software knows {SCHEMA_VERSION}: upgrade it")


def _create(connection: sqlite3.Connection) -> None:
    # A page of SQLite's usual 4 KiB holds one delivery of 2 KB and is half empty. A page of 16 KiB holds seven: that
    # halves the time of a commit, and cuts its slowest percent, the checkpoints, to a third.
    connection.execute("PRAGMA page_size = 16384")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 256")
    connection.executescript(SCHEMA)
    connection.execute(
        "INSERT INTO identity (inbox_id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", [str(uuid.uuid4())]
    )
