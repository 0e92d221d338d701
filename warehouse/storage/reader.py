"""Reading the published warehouse: from any process, at any time, without delaying the loader."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse import schema
from warehouse.schema import quoted


class WarehouseMissing(Exception):
    """Nothing has been published yet."""


class OtherVersion(Exception):
    """The published file has another schema version than this program; the message says what to do."""


class Superseded(Exception):
    """Another generation is published than the one asked for."""


class Generation(NamedTuple):
    """Identity of one published file; each load publishes another one."""

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
    """A read-only connection to the published generation, closed at the end of the block.

    It is an in-memory database to which the file is attached. `duckdb.connect(path)` would return the generation that
    another thread of this process still has open, even after the file was replaced.

    Raises:
        WarehouseMissing: nothing has been published yet.
    """
    with duckdb.connect() as connection:
        _attach(connection, warehouse)
        yield connection


def require_current_version(connection: duckdb.DuckDBPyConnection) -> None:
    """Do nothing when the connection's current database has the tables that this program knows.

    Raises:
        OtherVersion: its tables are older or newer.
    """
    version = schema.version(connection)
    if version < schema.SCHEMA_VERSION:
        raise OtherVersion(
            f"an older release made the warehouse: its schema version is {version}, not {schema.SCHEMA_VERSION}; "
            "the receiver or `warehouse load` upgrades it"
        )
    if version > schema.SCHEMA_VERSION:
        raise OtherVersion(
            f"a newer release made the warehouse: its schema version is {version}, not {schema.SCHEMA_VERSION}; "
            "use that release"
        )


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


def _attach(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    # Looked up before attaching as well: the first generation may be published between a failure and the next look.
    was_there = warehouse.exists()
    try:
        connection.execute(f"ATTACH {quoted(str(warehouse))} AS warehouse (READ_ONLY)")
    except duckdb.IOException:
        if was_there and warehouse.exists():
            raise
        raise WarehouseMissing(str(warehouse)) from None
    connection.execute("USE warehouse; SET TimeZone = 'UTC'")
