"""One transaction of an SQLite database: its statements are committed together or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit the block's statements together, or none of them when the block fails.

    Raises:
        sqlite3.Error: the transaction could not begin or commit; nothing of it was stored.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # On a full disk SQLite rolls back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
