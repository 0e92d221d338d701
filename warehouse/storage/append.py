"""Handing rows to DuckDB, and appending them to a table of the warehouse."""

import polars as pl
import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse import schema


def append(connection: DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Append rows to a table; columns that it does not have are dropped, and columns that `rows` lack become null."""
    columns = [column for column in schema.columns(table) if column in rows.columns]
    connection.register("appended", stream(rows.select(columns)))
    connection.execute(f"INSERT INTO {table} BY NAME FROM appended")
    connection.unregister("appended")


def stream(rows: pl.DataFrame | pa.Table) -> object:
    """The rows as an Arrow stream, which DuckDB can register and read once.

    DuckDB reads a stream by itself and copies no text. It hands an Arrow table to pyarrow, which starts threads.
    """
    return rows.__arrow_c_stream__()
