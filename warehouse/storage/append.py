"""Handing rows to DuckDB, and appending them to a table of the warehouse."""

import polars as pl
import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse import schema


def append(connection: DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Append rows; what the table has no column for is left out, and a column that they don't have is null."""
    columns = [column for column in schema.columns(table) if column in rows.columns]
    connection.register("appended", stream(rows.select(columns)))
    connection.execute(f"INSERT INTO {table} BY NAME FROM appended")
    connection.unregister("appended")


def stream(rows: pl.DataFrame | pa.Table) -> object:
    """The rows as something that DuckDB can register and read, once.

    It reads that by itself; an Arrow table it has pyarrow scan, with threads of its own. And texts need not be copied.
    """
    return rows.__arrow_c_stream__()
