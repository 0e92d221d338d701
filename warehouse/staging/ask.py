"""Asking DuckDB a query that reads frames."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.storage.append import stream


def ask(
    connection: DuckDBPyConnection, query: str, parameters: dict[str, str] | None = None, **frames: pl.DataFrame
) -> pl.DataFrame:
    """The answer to a query that may read the frames by their names, each once."""
    for name, frame in frames.items():
        connection.register(name, stream(frame))
    try:
        return connection.execute(query, parameters).pl()
    finally:
        for name in frames:
            connection.unregister(name)
