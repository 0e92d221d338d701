"""Visitors' SQL, where it can do no harm.

What a query may see is copied into a database of its own, and the warehouse is detached before the query runs: no way
of naming things reaches a mail address or a payload, because none is there. The copy is a file that ends with the
query, so that a table may be larger than the memory. Which tables to copy is read off the query only to copy no more
than needed; a table that this misses is unknown to the query, never open to it. Files, the network, settings and
extensions are locked first. One reading statement, bounded in memory, time and rows.
"""

import re
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import polars as pl

from warehouse import schema
from warehouse.storage import reader

MAX_ROWS = 10_000
SECONDS = 20.0
# With one query at a time, that much is all that visitors' SQL ever takes, however many they are.
MEMORY_MB = 256
ONE_AT_A_TIME = threading.Lock()
# Who somebody is, and the payloads that say so.
PII_COLUMNS = frozenset({"email", "body"})


class Refused(Exception):
    """The query can't be run; the message says why."""


class Answer(NamedTuple):
    """Rows, and whether there are more."""

    rows: pl.DataFrame
    is_cut: bool


def tables(*, show_pii: bool) -> dict[str, list[str]]:
    """What a query may see: columns by table, under their names in the warehouse."""
    return {
        table.name: [column for column in table.columns if show_pii or column not in PII_COLUMNS]
        for table in (*schema.MARTS, *schema.RAW)
    }


def run(warehouse: Path, sql: str, *, show_pii: bool, seconds: float = SECONDS) -> Answer:
    """The answer to one reading statement.

    Raises:
        Refused: it is no single SELECT, it failed, it took too long or too much, or others' queries did for as long.
    """
    if not ONE_AT_A_TIME.acquire(timeout=2 * seconds):
        raise Refused("Other people's queries are being run, one at a time. Try again in a moment.")
    try:
        return _run_alone(warehouse, sql, show_pii=show_pii, seconds=seconds)
    finally:
        ONE_AT_A_TIME.release()


def is_busy() -> bool:
    """Whether a query would have to wait for somebody else's."""
    return ONE_AT_A_TIME.locked()


def _run_alone(warehouse: Path, sql: str, *, show_pii: bool, seconds: float) -> Answer:
    with TemporaryDirectory(prefix="dashboard-sql-") as directory, duckdb.connect() as connection:
        copy = schema.quoted(str(Path(directory) / "copy.duckdb"))
        connection.execute(f"ATTACH {copy} AS scratch (STORAGE_VERSION 'latest')")
        connection.execute(f"SET memory_limit = '{MEMORY_MB}MB'; SET threads = 1; SET temp_directory = ''")
        # A query must not find the variables of this module.
        connection.execute("SET python_enable_replacements = false")
        timer = threading.Timer(seconds, connection.interrupt)
        timer.start()
        try:
            _only_select(connection, sql)
            with reader.attached(connection, warehouse):
                _copy(connection, sql, show_pii=show_pii)
            connection.execute("USE scratch; SET autoload_known_extensions = false")
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            rows = connection.sql(sql).limit(MAX_ROWS + 1).pl()
        except duckdb.InterruptException:
            raise Refused(f"The query was stopped: it took longer than {seconds:,.0f} seconds.") from None
        except duckdb.OutOfMemoryException:
            raise Refused(
                f"The query was stopped: it needs more than {MEMORY_MB}\N{NO-BREAK SPACE}MB of memory."
            ) from None
        except duckdb.Error as error:
            raise Refused(str(error)) from None
        finally:
            timer.cancel()
    return Answer(rows.head(MAX_ROWS), is_cut=rows.height > MAX_ROWS)


def _only_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("Write one SELECT: nothing else can be run here, and one at a time.")


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, *, show_pii: bool) -> None:
    """Copy the tables whose names are words of the statement: DuckDB's own list of names fails on JOIN ... USING."""
    words = set(re.findall(r"\w+", sql.casefold()))
    connection.execute("CREATE SCHEMA scratch.raw")
    for table, columns in tables(show_pii=show_pii).items():
        if table.rpartition(".")[2] in words:
            connection.execute(f"CREATE TABLE scratch.{table} AS SELECT {', '.join(columns)} FROM {table}")
