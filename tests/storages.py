"""What a test does to a warehouse beside the product, in either storage."""

from collections.abc import Iterator
from contextlib import contextmanager

from duckdb import DuckDBPyConnection

from tests.foreign_client import connect_to_write
from warehouse.settings import LAKE, WarehouseSettings
from warehouse.storage.lake.publish import attached_to_write


@contextmanager
def opened_to_write(settings: WarehouseSettings) -> Iterator[DuckDBPyConnection]:
    """A client that changes the published tables, which nobody should."""
    if settings.lake:
        with attached_to_write(settings.lake) as connection:
            yield connection
    else:
        with connect_to_write(settings.warehouse_path) as connection:
            yield connection


def environment(settings: WarehouseSettings) -> dict[str, str]:
    """The variables by which a command finds the warehouse."""
    variables = {"DATA_DIR": str(settings.data_dir)}
    if settings.lake:
        variables |= {"WAREHOUSE": f"{LAKE}{settings.lake.catalog}", "WAREHOUSE_DATA": settings.lake.data}
    return variables
