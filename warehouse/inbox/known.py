"""Known rows: which rows of another inbox this one has already, by the hash of their values."""

import hashlib
import sqlite3

ROWS = ("received_at, body) FROM deliveries", "received_at, signature, body) FROM set_aside")
HASH_BYTES = 16


class Known:
    """The rows that an inbox has, accepted or set aside.

    The hashes are in a temporary table, which SQLite keeps on the disk: a million rows would take 100 MB of memory.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.create_function("hashed", -1, _hashed, deterministic=True)
        connection.execute("CREATE TEMP TABLE known (hash BLOB PRIMARY KEY) WITHOUT ROWID")
        for rows in ROWS:
            connection.execute(f"INSERT OR IGNORE INTO known SELECT hashed({rows}")

    def add(self, *values: object) -> bool:
        """Add a row: `received_at, body` or `received_at, signature, body`. Was it new?"""
        return self._connection.execute("INSERT OR IGNORE INTO known VALUES (?)", [_hashed(*values)]).rowcount == 1


def _hashed(*values: object) -> bytes:
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    for value in values:
        text = value if isinstance(value, bytes) else str(value).encode()
        digest.update(f"{type(value).__name__} {len(text)} ".encode() + text)
    return digest.digest()
