"""Repair: a damaged inbox is kept aside, and a new one takes over every row of it that can still be read.

The new inbox continues the identity and the numbering, so the loader neither repeats nor skips a delivery. When these
can't be read, the new inbox has an identity of its own: the loader reads all of it, and drops duplicates.
"""

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from warehouse.fsync import sync
from warehouse.inbox.sqlite_queue import Inbox

DAMAGED_PATTERN = "inbox.damaged-*.sqlite"
COMPANIONS = ("-wal", "-shm", "")
# Each range of rows that can't be read is halved, down to a single row. So many attempts take some seconds, and
# deliveries wait meanwhile.
MAX_FAILURES = 100_000
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Table(NamedTuple):
    """A table to carry over, its key first. A row from a damaged page may hold anything: only sound rows are taken."""

    name: str
    key: str
    columns: str
    is_sound: str = "typeof(received_at) = 'integer' AND typeof(body) = 'blob'"


DELIVERIES = Table("deliveries", "delivery_id", "delivery_id, received_at, body")
SET_ASIDE = Table("set_aside", "set_aside_id", "set_aside_id, received_at, size, signature, body")


def is_damage(error: Exception) -> bool:
    """Whether the error says that the file is damaged, and not, for instance, that the disk is full."""
    return isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE


def kept_aside(inbox: Path) -> list[str]:
    """Names of the damaged inboxes that nobody has dealt with yet, the oldest first."""
    return sorted(file.name for file in inbox.resolve().parent.glob(DAMAGED_PATTERN))


def damaged_files(inbox: Path) -> list[Path]:
    """The damaged inboxes with their write-ahead logs."""
    return sorted(inbox.resolve().parent.glob(f"{DAMAGED_PATTERN}*"))


def drafts(inbox: Path) -> list[Path]:
    """What a repair that crashed has left: a new inbox that was never put into its place."""
    return sorted(inbox.resolve().parent.glob(f"{_draft(inbox).name}*"))


def find_damage(inbox: Path) -> str | None:
    """What is wrong with the file. Reads all of it: about a second for a gigabyte.

    Raises:
        sqlite3.Error: it can't be read for another reason.
    """
    try:
        with closing(sqlite3.connect(f"{inbox.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        raise
    return None if verdict == "ok" else str(verdict).replace("\n", " ")


def repair(inbox: Path, damage: str) -> str:
    """Keep the file aside, and put a new one in its place with what can be read. Returns a line for the operator.

    Raises:
        sqlite3.Error, OSError: the new file could not be written; nothing has changed.
    """
    draft, aside = _draft(inbox), inbox.with_name(DAMAGED_PATTERN.replace("*", f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"))
    for companion in COMPANIONS:
        _beside(draft, companion).unlink(missing_ok=True)
    Inbox(draft, create=True).close()
    try:
        carried_over = _carry_over(inbox, draft)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        carried_over = "nothing of it can be read"
    for companion in COMPANIONS:
        with suppress(FileNotFoundError):
            _beside(inbox, companion).rename(_beside(aside, companion))
    finish_repair(inbox)
    return f"{inbox} is damaged ({damage}); kept as {aside.name}; a new inbox accepts deliveries; {carried_over}"


def finish_repair(inbox: Path) -> None:
    """Put the new inbox into its place, when the old one was moved away, even by a process that crashed after that."""
    draft = _draft(inbox)
    if draft.exists() and not inbox.exists():
        draft.rename(inbox)
        # Synced before a delivery is acknowledged: after a power cut the new inbox is still in place.
        sync(inbox.parent)


def _draft(inbox: Path) -> Path:
    return inbox.with_name("inbox.mending.sqlite")


def _beside(file: Path, companion: str) -> Path:
    return file.with_name(file.name + companion)


def _carry_over(damaged: Path, draft: Path) -> str:
    with closing(_connect(damaged)) as source, closing(_connect(draft)) as target:
        # Another process that writes to the damaged file, such as an erasure, ends before or begins after.
        source.execute("BEGIN IMMEDIATE")
        target.execute("BEGIN")
        last_id = _continue_numbering(source, target)
        for table in (DELIVERIES, SET_ASIDE):
            _copy_readable(source, target, table)
        # From an inbox of another identity the loader has loaded nothing yet.
        if last_id is not None:
            with suppress(sqlite3.DatabaseError):
                loads = source.execute("SELECT position, at, duration_seconds FROM last_load").fetchall()
                target.executemany("INSERT INTO last_load VALUES (?, ?, ?)", loads)
        target.execute("COMMIT")
        return _summary(target, last_id)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _continue_numbering(source: sqlite3.Connection, target: sqlite3.Connection) -> int | None:
    """The last delivery id that was ever given. None when it, or the inbox's identity, can't be read."""
    try:
        [identity] = source.execute("SELECT inbox_id FROM identity").fetchall()
        last_ids = source.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    except (sqlite3.DatabaseError, ValueError):
        return None
    target.execute("UPDATE identity SET inbox_id = ?", identity)
    target.execute("DELETE FROM sqlite_sequence")
    target.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", last_ids)
    return int(dict(last_ids).get(DELIVERIES.name, 0))


def _copy_readable(source: sqlite3.Connection, target: sqlite3.Connection, table: Table) -> None:
    read = f"SELECT {table.columns} FROM {table.name} WHERE {table.key} BETWEEN ? AND ? AND {table.is_sound}"
    # OR IGNORE: the rows before a failure are read again with the halves of their range.
    values = ", ".join("?" * len(table.columns.split(",")))
    write = f"INSERT OR IGNORE INTO {table.name} ({table.columns}) VALUES ({values})"
    failures = 0
    pending = [(_edge(source, table, "min") or 1, _edge(source, table, "max") or _last_key(target, table))]
    while pending and failures < MAX_FAILURES:
        first, last = pending.pop()
        try:
            target.executemany(write, source.execute(read, [first, last]))
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            failures += 1
            middle = (first + last) // 2
            if first < last:
                pending += [(middle + 1, last), (first, middle)]


def _edge(source: sqlite3.Connection, table: Table, which: str) -> int | None:
    """The lowest or the highest key, None when there is none, or it can't be read."""
    with suppress(sqlite3.DatabaseError):
        (key,) = source.execute(f"SELECT {which}({table.key}) FROM {table.name}").fetchone()
        return key if isinstance(key, int) else None
    return None


def _last_key(target: sqlite3.Connection, table: Table) -> int:
    row = target.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name]).fetchone()
    return int(row[0]) if row else 0


def _summary(target: sqlite3.Connection, last_id: int | None) -> str:
    (count,) = target.execute("SELECT count(*) FROM deliveries").fetchone()
    carried_over = f"{count} deliveries are carried over"
    if last_id is None:
        return carried_over
    loaded = target.execute("SELECT max(position) FROM last_load").fetchone()[0] or 0
    (waiting,) = target.execute("SELECT count(*) FROM deliveries WHERE delivery_id > ?", [loaded]).fetchone()
    return f"{carried_over}; of {max(0, last_id - loaded)} that the loader had not yet loaded, {waiting}"
