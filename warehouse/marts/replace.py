"""Replacing the rows of a slice. Rows that are as they were stay: to write a row costs more than to read one."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.storage.append import append


def replace(connection: DuckDBPyConnection, table: str, wanted: str, keys: list[str], rows: pl.DataFrame) -> None:
    """Make `rows` all that the table holds of what the relation `wanted` names by `keys`."""
    stored = connection.sql(
        f"SELECT {', '.join(rows.columns)} FROM {table} SEMI JOIN {wanted} USING ({', '.join(keys)})"
    ).pl()
    if len(stored) == len(rows) and stored.sort(pl.all()).equals(rows.cast(stored.schema).sort(pl.all())):
        return
    if len(stored):
        same = " AND ".join(f"{table}.{key} = wanted.{key}" for key in keys)
        connection.execute(f"DELETE FROM {table} USING {wanted} AS wanted WHERE {same}")
    append(connection, table, rows)
