"""Publishing into a lake: a load is one transaction, which everybody sees at its end or nobody ever.

Each load changes the one row of `raw.schema_version`. DuckLake refuses the second of two transactions that change the
same row, so two loaders can never both commit, whatever became of the lock. Rows that are only inserted do not
conflict.
"""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from tempfile import TemporaryDirectory

from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.memory import limit_bytes
from warehouse.schema import quoted
from warehouse.settings import LakeSettings
from warehouse.storage.duckdb_pool import borrowed_connection
from warehouse.storage.enough_memory import Memory
from warehouse.storage.lake import claim, lock
from warehouse.storage.lake.address import attachment, preparation, require_same_data, writable
from warehouse.storage.versions import require_current_version

FENCE = "UPDATE raw.schema_version SET schema_version = schema_version"
USUAL_MEMORY = "384MB"


@contextmanager
def new_generation(lake: LakeSettings, memory: Memory = "usual") -> Iterator[DuckDBPyConnection]:
    """A connection to the latest state, which may be changed; the changes are published at the end of the block.

    A lake without tables gets them.

    Raises:
        OtherVersion: the lake has another schema version.
        CatalogError: the lock was lost; nothing is published.
    """
    with _transaction(lake, memory) as connection:
        if schema.is_there(connection):
            require_current_version(connection)
        else:
            schema.create_in_lake(connection)
        connection.execute(FENCE)
        yield connection


@contextmanager
def empty_generation(lake: LakeSettings, memory: Memory = "usual") -> Iterator[DuckDBPyConnection]:
    """The same, but all tables are made again, empty. Readers see the old ones until the end of the block."""
    with _transaction(lake, memory) as connection:
        if schema.is_there(connection):
            connection.execute(FENCE)
            _drop(connection)
        schema.create_in_lake(connection)
        yield connection


@contextmanager
def attached_to_write(lake: LakeSettings, memory: Memory = "usual") -> Iterator[DuckDBPyConnection]:
    """A connection that may change the lake, each statement by itself. The lake is made where there is none.

    It stays attached for the next load of this process: DuckDB then has in memory what it has read of the bucket. A
    thousand deliveries more took 10 seconds without that.
    """
    limit = USUAL_MEMORY if memory == "usual" else f"{limit_bytes() // 2}B"
    settings = f"""
        SET temp_directory = {quoted(_spill_folder())};
        SET threads = 1;
        SET memory_limit = {quoted(limit)};
        SET TimeZone = 'UTC';
        {preparation(lake)};
        {attachment(named(lake), writable(lake))};
        USE warehouse;
    """
    if not require_same_data(lake):
        claim.require_free(lake)
    with borrowed_connection(settings, lambda: lock.is_alive(lake)) as connection:
        yield connection


@cache
def _spill_folder() -> str:
    """A private folder of this process. DuckDB would spill into the working directory, where nobody looks."""
    folder = TemporaryDirectory(prefix="warehouse-")
    atexit.register(folder.cleanup)
    return folder.name


def named(lake: LakeSettings) -> LakeSettings:
    """The lake, whose sessions have this process's name."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 -- an extra

    return LakeSettings(make_conninfo(lake.catalog, application_name=lock.session_name()), lake.data)


@contextmanager
def _transaction(lake: LakeSettings, memory: Memory) -> Iterator[DuckDBPyConnection]:
    with lock.ensured(lake), attached_to_write(lake, memory) as connection:
        claim.require(connection, lake)
        connection.execute("BEGIN")
        yield connection
        lock.require_held(lake)
        connection.execute("COMMIT")


def _drop(connection: DuckDBPyConnection) -> None:
    """Drop every table and view, also those of another release."""
    tables = connection.sql("""
        SELECT DISTINCT schema_name, table_name FROM duckdb_columns()
        WHERE database_name = 'warehouse' AND NOT internal
    """).fetchall()
    views = connection.sql(
        "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'warehouse' AND NOT internal"
    ).fetchall()
    for view in views:
        connection.execute("DROP VIEW {}.{}".format(*view))
    for table in set(tables) - set(views):
        connection.execute("DROP TABLE {}.{}".format(*table))
    for name in ("raw", "staging", "surrogate_keys"):
        connection.execute(f"DROP SCHEMA IF EXISTS {name}")
