"""Carrying over: a new inbox takes every row of another one that can still be read.

The new inbox continues the identity and the numbering, so the loader neither repeats nor skips a delivery. When these
can't be read, the new inbox has an identity of its own: the loader reads all of it, and drops duplicates.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from warehouse.counted import deliveries

# Each range of rows that can't be read is halved, down to a single row. So many attempts take some seconds, and
# deliveries wait meanwhile.
MAX_FAILURES = 100_000
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Small tables are carried over whole, or not at all.
NOTES = ("last_load", "outcomes", "last_backup")


class Table(NamedTuple):
    """A table to carry over, and its key. A row from a damaged page may hold anything: only sound rows are taken."""

    name: str
    key: str
    is_sound: str = "typeof(received_at) = 'integer' AND typeof(body) = 'blob'"


DELIVERIES = Table("deliveries", "delivery_id")
SET_ASIDE = Table("set_aside", "set_aside_id")


def is_damage(error: Exception) -> bool:
    """Whether the error says that the file is damaged, and not, for instance, that the disk is full."""
    return isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE


def connect_unchecked(path: Path) -> sqlite3.Connection:
    """A connection to an inbox whatever its state."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def carry_over(source: sqlite3.Connection, draft: Path) -> str:
    """Copy all rows that can be read into an empty inbox, in one transaction. Returns a line for the operator.

    The source may have an older schema version.

    Raises:
        sqlite3.Error: the draft can't be written, or the source is no database any more.
    """
    with closing(connect_unchecked(draft)) as target:
        # Another process that writes to the source, such as an erasure, ends before or begins after.
        source.execute("BEGIN IMMEDIATE")
        try:
            target.execute("BEGIN")
            last_id = _continue_numbering(source, target)
            for table in (DELIVERIES, SET_ASIDE):
                _copy_readable(source, target, table)
            # From an inbox of another identity the loader has loaded nothing yet.
            if last_id is not None:
                _copy_notes(source, target)
            target.execute("COMMIT")
        finally:
            if source.in_transaction:
                source.execute("ROLLBACK")
        return _summary(target, last_id)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", [table])]


def _insert(table: str, columns: list[str]) -> str:
    # OR IGNORE: the rows before a failure are read again with the halves of their range.
    return f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _continue_numbering(source: sqlite3.Connection, target: sqlite3.Connection) -> int | None:
    """The last delivery id that was ever given. None when it, or the inbox's identity, can't be read."""
    columns = _columns(source, "identity")
    try:
        [identity] = source.execute(f"SELECT {', '.join(columns)} FROM identity").fetchall()
        last_ids = source.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    except (sqlite3.DatabaseError, ValueError):
        return None
    target.execute("DELETE FROM identity")
    target.execute(_insert("identity", columns), identity)
    target.execute("DELETE FROM sqlite_sequence")
    target.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", last_ids)
    return int(dict(last_ids).get(DELIVERIES.name, 0))


def _copy_notes(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    for table in NOTES:
        columns = _columns(source, table)
        with suppress(sqlite3.DatabaseError):
            rows = source.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            target.executemany(_insert(table, columns), rows)
    target.execute(
        "UPDATE identity SET load_limit = max(load_limit, coalesce((SELECT max(position) FROM last_load), 0))"
    )


def _copy_readable(source: sqlite3.Connection, target: sqlite3.Connection, table: Table) -> None:
    columns = _columns(source, table.name)
    if not columns:
        return
    read = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {table.key} BETWEEN ? AND ? AND {table.is_sound}"
    write = _insert(table.name, columns)
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
    carried_over = f"carried over: {deliveries(count)}"
    if last_id is None:
        return carried_over
    loaded = target.execute("SELECT max(position) FROM last_load").fetchone()[0] or 0
    (waiting,) = target.execute("SELECT count(*) FROM deliveries WHERE delivery_id > ?", [loaded]).fetchone()
    return f"{carried_over}; of {max(0, last_id - loaded)} that the loader had not yet loaded, {waiting}"
