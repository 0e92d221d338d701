"""What a test does to a warehouse beside the product, in either storage."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg
from duckdb import DuckDBPyConnection

from tests.foreign_client import connect_to_write
from tests.postgres import server
from warehouse.settings import LAKE, WarehouseSettings
from warehouse.storage.lake.publish import attached_to_write


@contextmanager
def opened_to_write(settings: WarehouseSettings) -> Iterator[DuckDBPyConnection]:
    """A client that changes the published tables, which nobody should."""
    if settings.lake:
        with attached_to_write(settings.lake) as connection:
            yield connection
    else:
        with connect_to_write(settings.warehouse_path) as connection:
            yield connection


def at_rest(settings: WarehouseSettings) -> Iterator[tuple[str, bytes]]:
    """Everything that is stored, by its name: files, values in a lake's objects, and PostgreSQL's files of tables.

    The index that SQLite makes to read is left out.
    """
    for path in settings.data_dir.iterdir():
        if "-shm" not in path.name:
            yield path.name, path.read_bytes()
    if settings.lake:
        for path in Path(settings.lake.data).rglob("*.parquet"):
            yield path.name, str(duckdb.sql(f"SELECT one::VARCHAR FROM '{path}' AS one").fetchall()).encode()
        with psycopg.connect(settings.lake.catalog, autocommit=True) as postgres:
            postgres.execute("CHECKPOINT")
            rows = postgres.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchall()
        for path in (server().folder / "data" / "base" / str(rows[0][0])).iterdir():
            yield f"PostgreSQL's {path.name}", path.read_bytes()


def environment(settings: WarehouseSettings) -> dict[str, str]:
    """The variables by which a command finds the warehouse."""
    variables = {"DATA_DIR": str(settings.data_dir)}
    if settings.lake:
        variables |= {"WAREHOUSE": f"{LAKE}{settings.lake.catalog}", "WAREHOUSE_DATA": settings.lake.data}
    return variables
