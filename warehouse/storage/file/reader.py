"""Reading the published warehouse: from any process, at any time, without delaying the loader.

Another DuckDB client may have opened the file to write: it then holds a lock, and leaves a log when it is killed. A
reader here reads a copy of the file in that case. It neither waits for the lock nor applies the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from warehouse.schema import quoted
from warehouse.storage.errors import Superseded, WarehouseMissing
from warehouse.storage.file import files, foreign
from warehouse.storage.protocol import Generation

# DuckDB's words for a file that another process has opened to write.
LOCKED = "Could not set lock"


def current_generation(warehouse: Path) -> Generation | None:
    """Identity of the published warehouse, or None when there is none yet."""
    try:
        status = warehouse.stat()
    except FileNotFoundError:
        return None
    return Generation(status.st_ino, status.st_mtime_ns)


@contextmanager
def connect(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published generation, closed at the end of the block.

    It is an in-memory database to which the file is attached. `duckdb.connect(path)` would return the generation that
    another thread of this process still has open, even after the file was replaced.

    Raises:
        WarehouseMissing: nothing has been published yet.
    """
    # DuckDB would spill into the working directory, where nobody looks for personal data.
    with (
        TemporaryDirectory(prefix="warehouse-") as spill,
        duckdb.connect(config={"temp_directory": spill}) as connection,
    ):
        _attach(connection, warehouse)
        yield connection


@contextmanager
def attached(
    connection: duckdb.DuckDBPyConnection, warehouse: Path, generation: Generation | None = None
) -> Iterator[None]:
    """Make the published generation the current database of an in-memory connection, read-only, during the block.

    Raises:
        WarehouseMissing: nothing has been published yet.
        Superseded: `generation` is given, and is not the published one.
    """
    _attach(connection, warehouse)
    try:
        if generation not in (None, current_generation(warehouse)):
            raise Superseded
        yield
    finally:
        connection.execute("USE memory; DETACH warehouse")


def is_disturbed(warehouse: Path) -> bool:
    """Whether another client has locked the file or left a log beside it, so that a program must read a copy."""
    with duckdb.connect() as connection:
        return not _is_attached_undisturbed(connection, warehouse)


def _attach(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    # Looked up before attaching as well: the first generation may be published between a failure and the next look.
    was_there = warehouse.exists()
    try:
        if not _is_attached_undisturbed(connection, warehouse):
            with files.nameless_copy(warehouse) as copy:
                _attach_path(connection, copy)
    except (duckdb.IOException, FileNotFoundError):
        if was_there and warehouse.exists():
            raise
        raise WarehouseMissing(str(warehouse)) from None
    connection.execute("USE warehouse; SET TimeZone = 'UTC'")


def _is_attached_undisturbed(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> bool:
    """Whether the file itself is attached now: no other client has locked it, or left a log beside it."""
    if foreign.has_log(warehouse):
        return False
    try:
        _attach_path(connection, warehouse)
    except duckdb.IOException as error:
        if LOCKED not in str(error):
            raise
        return False
    if not foreign.has_log(warehouse):
        return True
    # The client was killed since the first look, so DuckDB may have applied its log.
    connection.execute("DETACH warehouse")
    return False


def _attach_path(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(f"ATTACH {quoted(str(path))} AS warehouse (READ_ONLY)")
