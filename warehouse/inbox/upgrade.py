"""The inbox's tables. An older file gets them in one transaction, one step for each version."""

import sqlite3
import uuid

from warehouse.inbox.transaction import transaction

SCHEMA_VERSION = 2

# Files of version 1 have two or four of these tables: the last two came without a new version.
# AUTOINCREMENT: without it SQLite would reuse the ids of pruned rows, and the watermark would hide the new rows.
VERSION_1 = (
    """
    CREATE TABLE IF NOT EXISTS identity (
        inbox_id TEXT NOT NULL,
        probe_count INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS deliveries (
        delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
        received_at INTEGER NOT NULL,
        body BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS last_load (
        position INTEGER NOT NULL,
        at INTEGER NOT NULL,
        duration_seconds REAL NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS set_aside (
        set_aside_id INTEGER PRIMARY KEY AUTOINCREMENT,
        received_at INTEGER NOT NULL,
        size INTEGER NOT NULL,
        signature BLOB,
        body BLOB NOT NULL
    )
    """,
)

# `load_limit` is the last delivery id that any load has set out to read: an inbox that knows less than the warehouse is
# an older copy. `outcomes` counts what became of the loaded deliveries. Triggers add the set-aside ones up: counting
# half a million rows takes 30 ms, at each write and for each question of Prometheus.
VERSION_2 = (
    "ALTER TABLE identity ADD COLUMN load_limit INTEGER NOT NULL DEFAULT 0",
    "UPDATE identity SET load_limit = coalesce((SELECT max(position) FROM last_load), 0)",
    "ALTER TABLE identity ADD COLUMN renewal_count INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE outcomes (
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        delivery_count INTEGER NOT NULL,
        PRIMARY KEY (outcome, reason)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE last_backup (at INTEGER NOT NULL)",
    "ALTER TABLE set_aside ADD COLUMN is_plausible INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE set_aside ADD COLUMN reason TEXT",
    "UPDATE set_aside SET is_plausible = 0 WHERE signature IS NULL",
    "DROP INDEX IF EXISTS set_aside_size",
    "CREATE INDEX set_aside_form ON set_aside (is_plausible)",
    """
    CREATE TABLE set_aside_totals (
        is_plausible INTEGER PRIMARY KEY,
        delivery_count INTEGER NOT NULL,
        body_bytes INTEGER NOT NULL
    )
    """,
    """
    INSERT INTO set_aside_totals
        SELECT form, count(size), coalesce(sum(size), 0)
        FROM (SELECT 0 AS form UNION ALL SELECT 1) LEFT JOIN set_aside ON is_plausible = form GROUP BY form
    """,
    """
    CREATE TRIGGER set_aside_added AFTER INSERT ON set_aside BEGIN
        UPDATE set_aside_totals
        SET delivery_count = delivery_count + 1, body_bytes = body_bytes + NEW.size
        WHERE is_plausible = NEW.is_plausible;
    END
    """,
    """
    CREATE TRIGGER set_aside_removed AFTER DELETE ON set_aside BEGIN
        UPDATE set_aside_totals
        SET delivery_count = delivery_count - 1, body_bytes = body_bytes - OLD.size
        WHERE is_plausible = OLD.is_plausible;
    END
    """,
)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, or upgrade those that are there."""
    # A page of SQLite's usual 4 KiB holds one delivery of 2 KB and is half empty. A page of 16 KiB holds seven: that
    # halves the time of a commit, and cuts its slowest percent, the checkpoints, to a third.
    connection.execute("PRAGMA page_size = 16384")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 256")
    upgrade(connection)


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables to the version of this software; an interrupted upgrade has changed nothing."""
    with transaction(connection):
        # Within the transaction: another process may just have done it.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version >= SCHEMA_VERSION:
            return
        for statement in VERSION_1 + VERSION_2:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO identity (inbox_id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", [str(uuid.uuid4())]
        )
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
