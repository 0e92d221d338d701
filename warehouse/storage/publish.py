"""Publishing: a new generation of the warehouse is made aside, and replaces the old one whole.

What differs between publishing a file and committing to a lake stays in this module and in `generations`; all others
speak to a DuckDB connection whose current database is the warehouse. Everything here expects the writer's lock to be
held.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.schema import quoted
from warehouse.storage import files
from warehouse.storage.copying import copy_file
from warehouse.storage.duckdb_pool import engine

# A quarter of DuckDB's usual: of a row group that is not yet full, all is compressed anew with each publication. And a
# batch holds more, though some be repeats: what one statement inserts beyond a row group is compressed as it comes.
ROW_GROUP_SIZE = 30_720
# Any client since 1.2 can read it. A draft needs no write-ahead log: a crash throws it away.
ATTACH_OPTIONS = f"STORAGE_VERSION 'v1.2.0', RECOVERY_MODE NO_WAL_WRITES, ROW_GROUP_SIZE {ROW_GROUP_SIZE}"
# DuckDB's share of the loader's memory; what doesn't fit is spilled to the data directory.
MEMORY_LIMIT = "384MB"
# What it says when a block finds no room, in errors of several types.
NO_ROOM = "failed to pin block"
# Two threads take longer to store: each appends for itself, and then once more for all. The other core reads ahead.
THREADS = 1
# Only at the end: what was not a full row group by then is compressed once.
CHECKPOINT_THRESHOLD = "1TB"
# Rewrite the file when it is more than so many times as large as what it holds, and large enough to matter.
COMPACT_FACTOR = 2
COMPACT_FROM_BYTES = 64 * 1024 * 1024

Memory = Literal["usual", "most"]
Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Unfit(Exception):
    """The generation at hand can't be continued as it is."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class DamagedWarehouse(Unfit):
    """Its file is cut short, overwritten or no DuckDB database."""


class OlderWarehouse(Unfit):
    """It has an older schema version: a rebuild upgrades it."""


class NewerWarehouse(Unfit):
    """It has a newer schema version than this program knows."""


def with_enough_memory(attempt: Callable[[Memory], Result]) -> Result:
    """What `attempt("usual")` returns, or where it runs short of memory, `attempt("most")`.

    DuckDB packs and unpacks 2,048 bodies at once, however large they are, and what runs short of memory can't go on.
    """
    try:
        return attempt("usual")
    except duckdb.Error as error:
        if not _is_short_of_memory(error):
            raise
    log.warning("large bodies need more memory than usual: trying again with most of the machine's")
    return attempt("most")


def _is_short_of_memory(error: duckdb.Error) -> bool:
    return isinstance(error, duckdb.OutOfMemoryException) or NO_ROOM in str(error)


@contextmanager
def new_generation(warehouse: Path, memory: Memory = "usual") -> Iterator[DuckDBPyConnection]:
    """A connection that may write to a copy of the latest generation, published at the end of the block.

    It may use up to `MEMORY_LIMIT`, or most of the machine's memory.
    An error in the block, or a crash anywhere, leaves the published file as it was.

    Raises:
        Unfit: the latest generation is damaged, or of another schema version.
    """
    latest = files.latest(warehouse)
    if latest is None:
        with empty_generation(warehouse, memory) as connection:
            yield connection
        return
    with files.draft_of(warehouse) as draft:
        files.use_spare(warehouse, draft)
        copy_file(latest, draft)
        try:
            with _opened(draft, memory) as connection:
                _refuse_another_version(connection, latest)
                yield connection
        except duckdb.Error as error:
            # Garbage may ask for any memory: that is looked into once most of the machine's was too little.
            is_tried_again = memory == "usual" and _is_short_of_memory(error)
            if not is_tried_again and _is_damaged(latest, draft):
                raise DamagedWarehouse(latest, str(error).partition("\n")[0]) from error
            raise
        files.replace_published(draft, warehouse)


@contextmanager
def empty_generation(warehouse: Path, memory: Memory = "usual") -> Iterator[DuckDBPyConnection]:
    """The same for a generation that starts from nothing but its empty tables."""
    with files.draft_of(warehouse) as draft:
        with _opened(draft, memory) as connection:
            schema.create(connection)
            yield connection
        files.replace_published(draft, warehouse)


@contextmanager
def _opened(draft: Path, memory: Memory) -> Iterator[DuckDBPyConnection]:
    # DuckDB makes it once in an instance's life.
    files.spill(draft).mkdir(exist_ok=True)
    settings = f"""
        SET temp_directory = {quoted(str(files.spill(draft)))};
        SET threads = {THREADS};
        SET checkpoint_threshold = {quoted(CHECKPOINT_THRESHOLD)};
    """
    if memory == "usual":  # else DuckDB's own limit: four fifths of the machine's
        settings += f"SET memory_limit = {quoted(MEMORY_LIMIT)};"
    with engine(settings) as connection:
        connection.execute(f"ATTACH {quoted(str(draft))} AS warehouse ({ATTACH_OPTIONS})")
        connection.execute("USE warehouse; SET TimeZone = 'UTC'")
        yield connection
        connection.execute("CHECKPOINT warehouse")
        _compact_if_fragmented(connection, draft)
        connection.execute("USE memory; DETACH warehouse")


def _refuse_another_version(connection: DuckDBPyConnection, latest: Path) -> None:
    version = schema.version(connection)
    if version > schema.SCHEMA_VERSION:
        raise NewerWarehouse(
            latest,
            f"its schema version {version} is newer than {schema.SCHEMA_VERSION}, the newest that this program knows; "
            "run the program that made it, or a newer one",
        )
    if version < schema.SCHEMA_VERSION:
        raise OlderWarehouse(latest, f"schema version {version}")


def _is_damaged(latest: Path, draft: Path) -> bool:
    """Whether the file can't be read from end to end; asked of a copy, which nobody else has locked.

    Where memory is too short to tell, it is not: what is large must not be taken for damaged, and set aside.
    """
    files.remove(draft)
    copy_file(latest, draft)
    try:
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH {quoted(str(draft))} AS warehouse (READ_ONLY); USE warehouse")
            tables = connection.sql(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'warehouse'"
            ).fetchall()
            for schema_name, table_name in tables:
                connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {schema_name}.{table_name}").fetchall()
    except duckdb.Error as error:
        return not _is_short_of_memory(error)
    return False


def _compact_if_fragmented(connection: DuckDBPyConnection, draft: Path) -> None:
    """Deleted rows leave free blocks; most are used again, so that this is rare."""
    [(total_bytes, used_bytes)] = connection.sql(
        "SELECT block_size * total_blocks, block_size * used_blocks FROM pragma_database_size() "
        "WHERE database_name = 'warehouse'"
    ).fetchall()
    if total_bytes < COMPACT_FROM_BYTES or total_bytes <= COMPACT_FACTOR * used_bytes:
        return
    compact = files.compacted(draft)
    connection.execute(f"ATTACH {quoted(str(compact))} AS compact ({ATTACH_OPTIONS}); USE compact")
    schema.create(connection)
    connection.execute("DELETE FROM raw.schema_version")
    for table in schema.TABLES:
        connection.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM warehouse.{table.name}")
    connection.execute("CHECKPOINT compact; USE memory; DETACH compact")
    compact.replace(draft)
