"""Reading a lake: each connection sees one snapshot, however many loads are published meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import duckdb
from duckdb import DuckDBPyConnection

from warehouse.postgres import kept_session
from warehouse.settings import LakeSettings
from warehouse.storage.errors import Superseded, WarehouseMissing
from warehouse.storage.lake.address import attachment, prepare, read_only, require_same_data
from warehouse.storage.protocol import Generation

# Snapshot 0 is the empty lake.
LATEST = """
SELECT snapshot_id, (extract(epoch FROM snapshot_time) * 1000000)::bigint FROM ducklake_snapshot
WHERE snapshot_id > 0 ORDER BY snapshot_id DESC LIMIT 1
"""


def current_generation(lake: LakeSettings) -> Generation | None:
    """The latest snapshot; None before the first load.

    Raises:
        CatalogError: PostgreSQL can't be reached.
    """
    with kept_session(lake.catalog) as connection:
        if connection.execute("SELECT to_regclass('ducklake_snapshot')").fetchone() == (None,):
            return None
        row = connection.execute(LATEST).fetchone()
    return Generation(row[0], row[1] * 1000) if row else None


@contextmanager
def connect(lake: LakeSettings) -> Iterator[DuckDBPyConnection]:
    """A read-only connection to the latest snapshot, closed at the end of the block.

    Raises:
        WarehouseMissing: nothing has been published yet.
        CatalogError: PostgreSQL can't be reached.
    """
    with (
        TemporaryDirectory(prefix="warehouse-") as spill,
        duckdb.connect(config={"temp_directory": spill}) as connection,
        attached(connection, lake),
    ):
        yield connection


@contextmanager
def attached(
    connection: DuckDBPyConnection, lake: LakeSettings, generation: Generation | None = None
) -> Iterator[None]:
    """Make the latest snapshot the current database of an in-memory connection, read-only, during the block.

    Raises:
        WarehouseMissing: nothing has been published yet.
        Superseded: `generation` is given, and is not the latest.
        CatalogError: PostgreSQL can't be reached.
    """
    latest = current_generation(lake)
    if latest is None:
        raise WarehouseMissing(lake.address)
    if generation not in (None, latest):
        raise Superseded
    require_same_data(lake)
    prepare(connection, lake)
    connection.execute(attachment(lake, read_only(latest)))
    connection.execute("USE warehouse; SET TimeZone = 'UTC'")
    try:
        yield
    finally:
        connection.execute("USE memory; DETACH warehouse")
