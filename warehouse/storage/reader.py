"""Reading the published warehouse, from any process, at any time, without ever being in the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.schema import quoted


class WarehouseMissing(Exception):
    """Nothing has been published yet."""


class Generation(NamedTuple):
    """Identity of one published file; another publication has another."""

    inode: int
    modified_ns: int


def current_generation(warehouse: Path) -> Generation | None:
    """Identity of the published warehouse, or None when there is none yet."""
    try:
        status = warehouse.stat()
    except FileNotFoundError:
        return None
    return Generation(status.st_ino, status.st_mtime_ns)


@contextmanager
def connect(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the generation that is published now, closed at the end of the block.

    Attached to an in-memory database: `duckdb.connect(path)` would hand out the generation that another thread
    of this process still has open, however often the file was replaced since.

    Raises:
        WarehouseMissing: nothing has been published yet.
    """
    with duckdb.connect() as connection:
        attach(connection, warehouse)
        yield connection


def attach(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Make the generation that is published now the connection's current database, under the name `warehouse`.

    Raises:
        WarehouseMissing: nothing has been published yet.
    """
    # Looked at before, too: the first generation may be published between the failure and a look after it.
    was_there = warehouse.exists()
    try:
        connection.execute(f"ATTACH {quoted(str(warehouse))} AS warehouse (READ_ONLY)")
    except duckdb.IOException:
        if was_there and warehouse.exists():
            raise
        raise WarehouseMissing(str(warehouse)) from None
    connection.execute("USE warehouse; SET TimeZone = 'UTC'")
