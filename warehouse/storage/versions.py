"""The schema version of a warehouse, compared with the one that this program knows."""

from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.storage.errors import NewerVersion, NoWarehouse, OlderVersion


def require_warehouse(connection: DuckDBPyConnection) -> None:
    """Do nothing when the connection's current database is a warehouse, of whatever release.

    Raises:
        NoWarehouse: some other DuckDB client made it, or removed our tables from it.
    """
    if not schema.is_there(connection):
        raise NoWarehouse(
            "another program made the file, or changed it: the tables of a warehouse are not there; the next load sets "
            "it aside"
        )


def require_current_version(connection: DuckDBPyConnection) -> None:
    """Do nothing when the connection's current database has the tables that this program knows.

    Raises:
        OlderVersion, NewerVersion: it has those of another release.
        NoWarehouse: it has none of them.
    """
    require_warehouse(connection)
    version = schema.version(connection)
    if version < schema.SCHEMA_VERSION:
        raise OlderVersion(
            f"an older release made the warehouse: its schema version is {version}, not {schema.SCHEMA_VERSION}; "
            "the receiver or `warehouse load` upgrades it"
        )
    if version > schema.SCHEMA_VERSION:
        raise NewerVersion(
            f"a newer release made the warehouse: its schema version {version} is newer than {schema.SCHEMA_VERSION}; "
            "use that release"
        )
