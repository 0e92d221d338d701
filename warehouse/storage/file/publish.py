"""Publishing: the next generation of the warehouse is written to a draft, which then replaces the published file.

Every other module speaks to a DuckDB connection whose current database is the warehouse. Callers hold the writer's
lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.file_access import PRIVATE, PRIVATE_FOLDER, give
from warehouse.memory import limit_bytes
from warehouse.schema import quoted
from warehouse.storage.duckdb_pool import borrowed_connection
from warehouse.storage.enough_memory import Memory, is_out_of_memory
from warehouse.storage.errors import DamagedWarehouse, NoWarehouse
from warehouse.storage.file import files
from warehouse.storage.file.copying import copy_file
from warehouse.storage.versions import require_current_version

# A quarter of DuckDB's default. Each load compresses the last, incomplete row group again: a small one is less work. A
# batch fills a row group, so that DuckDB compresses most rows while it inserts them.
ROW_GROUP_SIZE = 30_720
# Any client since 1.2 can read this version. A draft needs no write-ahead log: after a crash it is thrown away.
ATTACH_OPTIONS = f"STORAGE_VERSION 'v1.2.0', RECOVERY_MODE NO_WAL_WRITES, ROW_GROUP_SIZE {ROW_GROUP_SIZE}"
# One thread: parallel inserts are merged in a second pass, which costs more than it saves.
THREADS = 1
# Never in between, only at the end: each incomplete row group is then compressed once.
CHECKPOINT_THRESHOLD = "1TB"


@dataclass(frozen=True)
class Limits:
    """How much memory DuckDB takes to make a generation, and when a file is rewritten without its free blocks.

    What does not fit into `memory` is spilled to the data directory. A file is rewritten when it has `compact_bytes`
    or more, and is over `compact_factor` times as large as what it holds.
    """

    memory: str = "384MB"
    compact_factor: float = 2
    compact_bytes: int = 64 * 1024 * 1024


LIMITS = Limits()


@contextmanager
def new_generation(warehouse: Path, memory: Memory = "usual", limits: Limits = LIMITS) -> Iterator[DuckDBPyConnection]:
    """A connection to a copy of the latest generation, which is published at the end of the block.

    DuckDB may use `limits.memory`, or "most" of what the process may take. An error in the block, or a crash at any
    moment, leaves the published file as it was.

    Raises:
        DamagedWarehouse: the latest generation's file is damaged.
        OtherVersion: it has another schema version.
    """
    latest = files.latest(warehouse)
    if latest is None:
        with empty_generation(warehouse, memory, limits) as connection:
            yield connection
        return
    with files.draft_of(warehouse) as draft:
        copy_file(latest, draft)
        try:
            with _opened(draft, memory, limits) as connection:
                require_current_version(connection)
                yield connection
        except NoWarehouse as error:
            raise DamagedWarehouse(str(latest), str(error)) from error
        except duckdb.Error as error:
            # A damaged file may ask for any amount of memory. Whether it is damaged is tested after the second attempt.
            is_tried_again = memory == "usual" and is_out_of_memory(error)
            if not is_tried_again and _is_damaged(latest, draft):
                raise DamagedWarehouse(str(latest), str(error).partition("\n")[0]) from error
            raise
        files.replace_published(draft, warehouse)


@contextmanager
def empty_generation(
    warehouse: Path, memory: Memory = "usual", limits: Limits = LIMITS
) -> Iterator[DuckDBPyConnection]:
    """The same, but the new generation starts with empty tables."""
    with files.draft_of(warehouse) as draft:
        with _opened(draft, memory, limits) as connection:
            schema.create(connection)
            yield connection
        files.replace_published(draft, warehouse)


@contextmanager
def edited(copy: Path) -> Iterator[DuckDBPyConnection]:
    """A connection to a copy of a warehouse, of whatever release, that nobody reads yet. It is changed in place."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {quoted(str(copy))} AS warehouse ({ATTACH_OPTIONS}); USE warehouse")
        yield connection
        connection.execute("CHECKPOINT warehouse; USE memory; DETACH warehouse")  # else a log would stay beside it


@contextmanager
def _opened(draft: Path, memory: Memory, limits: Limits) -> Iterator[DuckDBPyConnection]:
    spill = files.beside(draft, "spill")
    # DuckDB makes this folder once only, and the instance outlives the folder.
    spill.mkdir(exist_ok=True)
    give(spill, PRIVATE_FOLDER)
    settings = f"""
        SET temp_directory = {quoted(str(spill))};
        SET threads = {THREADS};
        SET checkpoint_threshold = {quoted(CHECKPOINT_THRESHOLD)};
    """
    # The other half is for polars and for the next batch.
    memory_limit = limits.memory if memory == "usual" else f"{limit_bytes() // 2}B"
    settings += f"SET memory_limit = {quoted(memory_limit)};"
    with borrowed_connection(settings) as connection:
        connection.execute(f"ATTACH {quoted(str(draft))} AS warehouse ({ATTACH_OPTIONS})")
        give(draft, PRIVATE)
        connection.execute("USE warehouse; SET TimeZone = 'UTC'")
        yield connection
        connection.execute("CHECKPOINT warehouse")
        _compact_if_fragmented(connection, draft, limits)
        connection.execute("USE memory; DETACH warehouse")


def _is_damaged(latest: Path, draft: Path) -> bool:
    """Whether some table of the file can't be read to its end.

    A copy is read, because another process may have locked the file itself. When memory runs out, the answer is no: a
    large warehouse must not be taken for a damaged one.
    """
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
        return not is_out_of_memory(error)
    return False


def _compact_if_fragmented(connection: DuckDBPyConnection, draft: Path, limits: Limits) -> None:
    """Rewrite a draft that has too many free blocks, which is rare: most blocks of deleted rows are used again."""
    [(total_bytes, used_bytes)] = connection.sql(
        "SELECT block_size * total_blocks, block_size * used_blocks FROM pragma_database_size() "
        "WHERE database_name = 'warehouse'"
    ).fetchall()
    if total_bytes < limits.compact_bytes or total_bytes <= limits.compact_factor * used_bytes:
        return
    compact = files.beside(draft, "compact")
    connection.execute(f"ATTACH {quoted(str(compact))} AS compact ({ATTACH_OPTIONS}); USE compact")
    give(compact, PRIVATE)
    schema.create(connection)
    connection.execute("DELETE FROM raw.schema_version")
    for table in schema.TABLES:
        connection.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM warehouse.{table.name}")
    connection.execute("CHECKPOINT compact; USE memory; DETACH compact")
    compact.replace(draft)
