"""Publishing: a new generation of the warehouse is made aside, and replaces the old one whole.

What differs between publishing a file and committing to a lake stays in this module; all others speak to a DuckDB
connection whose current database is the warehouse.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse import schema
from warehouse.schema import quoted

# Any client since 1.2 can read it.
STORAGE_VERSION = "v1.2.0"


@contextmanager
def new_generation(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write to a copy of the warehouse, published at the end of the block.

    An error in the block, or a crash anywhere, leaves the published file as it was.
    """
    draft = warehouse.with_name(f".{warehouse.name}.draft")
    _remove(draft)
    is_new = not warehouse.exists()
    if not is_new:
        shutil.copyfile(warehouse, draft)
    try:
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH {quoted(str(draft))} AS warehouse (STORAGE_VERSION {quoted(STORAGE_VERSION)})")
            connection.execute("USE warehouse; SET TimeZone = 'UTC'")
            if is_new:
                schema.create(connection)
            yield connection
            # Folds the write-ahead log into the file: only a file without one may be copied or renamed.
            connection.execute("CHECKPOINT warehouse; USE memory; DETACH warehouse")
        _sync(draft)
        draft.replace(warehouse)
        _sync(warehouse.parent)
    finally:
        _remove(draft)


def _remove(draft: Path) -> None:
    for path in (draft, draft.with_name(f"{draft.name}.wal")):
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
