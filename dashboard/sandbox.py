"""Visitors' SQL, where it can do no harm: one SELECT, bounded in memory, time and rows.

The tables that a query may see are copied into a database of its own, and the warehouse is detached before the query
runs. So no way of naming things reaches a mail address or a payload: none is there. The copy is a temporary file,
because a table may be larger than the memory. Only tables whose names stand in the query are copied; any other table is
unknown to it. Files, the network, settings and extensions are locked before the query runs.
"""

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import polars as pl

from warehouse import schema
from warehouse.storage import reader

# One query at a time: visitors' SQL together never takes more memory than one query may.
ONE_AT_A_TIME = threading.Lock()
# Mail addresses, and payloads, which contain them.
PII_COLUMNS = frozenset({"email", "body"})


@dataclass(frozen=True)
class Limits:
    """How much one query may take."""

    max_rows: int = 10_000
    seconds: float = 20.0
    memory_mb: int = 256


LIMITS = Limits()


class Refused(Exception):
    """The query can't be run; the message says why."""


class Answer(NamedTuple):
    """The first rows, and whether there are more."""

    rows: pl.DataFrame
    is_cut: bool


def tables(*, show_pii: bool) -> dict[str, list[str]]:
    """The tables that a query may see, under their names in the warehouse, and their columns."""
    return {
        table.name: [column.name for column in table.columns if show_pii or column.name not in PII_COLUMNS]
        for table in (*schema.MARTS, *schema.RAW)
    }


def run(warehouse: Path, sql: str, *, show_pii: bool, limits: Limits = LIMITS) -> Answer:
    """The answer to one reading statement.

    Raises:
        Refused: it is no single SELECT, it failed, it exceeded the limits, or other visitors' queries took too long.
    """
    if not ONE_AT_A_TIME.acquire(timeout=2 * limits.seconds):
        raise Refused("Other visitors' queries are running, one at a time. Try again in a moment.")
    try:
        return _run_alone(warehouse, sql, limits, show_pii=show_pii)
    finally:
        ONE_AT_A_TIME.release()


def is_busy() -> bool:
    """Whether a query would have to wait for another visitor's."""
    return ONE_AT_A_TIME.locked()


def _run_alone(warehouse: Path, sql: str, limits: Limits, *, show_pii: bool) -> Answer:
    with TemporaryDirectory(prefix="dashboard-sql-") as directory, duckdb.connect() as connection:
        copy = schema.quoted(str(Path(directory) / "copy.duckdb"))
        connection.execute(f"ATTACH {copy} AS scratch (STORAGE_VERSION 'latest')")
        connection.execute(f"SET memory_limit = '{limits.memory_mb}MB'; SET threads = 1; SET temp_directory = ''")
        # A query must not find the variables of this module.
        connection.execute("SET python_enable_replacements = false")
        timer = threading.Timer(limits.seconds, connection.interrupt)
        timer.start()
        try:
            _only_select(connection, sql)
            with reader.attached(connection, warehouse):
                _copy(connection, sql, show_pii=show_pii)
            connection.execute("USE scratch; SET autoload_known_extensions = false")
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            rows = connection.sql(sql).limit(limits.max_rows + 1).pl()
        except duckdb.InterruptException:
            raise Refused(f"The query was stopped: it took longer than {limits.seconds:,.0f} seconds.") from None
        except duckdb.OutOfMemoryException:
            raise Refused(
                f"The query was stopped: it needs more than {limits.memory_mb}\N{NO-BREAK SPACE}MB of memory."
            ) from None
        except duckdb.Error as error:
            raise Refused(str(error)) from None
        finally:
            timer.cancel()
    return Answer(rows.head(limits.max_rows), is_cut=rows.height > limits.max_rows)


def _only_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("Write one SELECT statement: nothing else can be run here.")


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, *, show_pii: bool) -> None:
    """Copy the tables whose names are words of the statement. DuckDB's own list of names fails on JOIN ... USING."""
    words = set(re.findall(r"\w+", sql.casefold()))
    connection.execute("CREATE SCHEMA scratch.raw")
    for table, columns in tables(show_pii=show_pii).items():
        if table.rpartition(".")[2] in words:
            connection.execute(f"CREATE TABLE scratch.{table} AS SELECT {', '.join(columns)} FROM {table}")
