"""How DuckDB reaches a lake: its extensions, the attachment, and the keys of object storage."""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
from duckdb import DuckDBPyConnection

from warehouse.postgres import MISSING, kept_session
from warehouse.schema import quoted
from warehouse.settings import LakeSettings, SettingsError
from warehouse.storage.lake.access import SCHEME, Access
from warehouse.storage.protocol import Generation

# In the order in which they need each other. DuckDB's own names for their files.
EXTENSIONS = ("postgres_scanner", "ducklake", "httpfs")
# Rows in the catalog would stay there after an erasure, and statistics of their texts too.
NOT_INLINED = "DATA_INLINING_ROW_LIMIT 0"


def prepare(connection: DuckDBPyConnection, lake: LakeSettings) -> None:
    """Load the extensions from their wheels, and take the keys of object storage from the environment.

    Raises:
        SettingsError: the extra `lake` is not installed, or was made for another DuckDB.
    """
    connection.execute(preparation(lake))


def preparation(lake: LakeSettings) -> str:
    """The statements by which `prepare` does that."""
    statements = [
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        # Objects never change, so that what was read of one is never asked for again.
        "SET parquet_metadata_cache = true",
        # Most objects are small: one request for all of one, instead of one for each column.
        "SET prefetch_all_parquet_files = true",
        "SET validate_external_file_cache = 'NO_VALIDATION'",
    ]
    statements += [f"LOAD {quoted(str(_file(extension)))}" for extension in EXTENSIONS]
    if lake.data.startswith(SCHEME):
        statements.append(_secret(Access.from_env(os.environ)))
    return "; ".join(statements)


def attachment(lake: LakeSettings, options: str) -> str:
    """The statement that attaches the lake under the name of every warehouse."""
    return f"ATTACH {quoted(f'ducklake:postgres:{lake.catalog}')} AS warehouse ({options})"


def writable(lake: LakeSettings) -> str:
    """The options of an attachment for the loader, which creates the lake where there is none."""
    return f"DATA_PATH {quoted(lake.data)}, {NOT_INLINED}"


def require_same_data(lake: LakeSettings) -> bool:
    """Whether the lake has a catalog, which then names the same data as the settings.

    Raises:
        SettingsError: they name other data.
        CatalogError: PostgreSQL can't be reached.
    """
    with kept_session(lake.catalog) as postgres:
        if postgres.execute("SELECT to_regclass('ducklake_metadata')").fetchone() == (None,):
            return False
        row = postgres.execute("SELECT value FROM ducklake_metadata WHERE key = 'data_path'").fetchone()
    if row and row[0] != lake.data:
        raise SettingsError(f"the lake's data is in {row[0]}, but WAREHOUSE_DATA is {lake.data}")
    return True


def read_only(generation: Generation) -> str:
    """The options of an attachment that sees one snapshot, whatever is published meanwhile."""
    return f"READ_ONLY, SNAPSHOT_VERSION {generation.number:d}"


def _file(extension: str) -> Path:
    found = find_spec(f"duckdb_extension_{extension}")
    if found is None or not found.submodule_search_locations:
        raise SettingsError(MISSING)
    folder = Path(found.submodule_search_locations[0])
    path = folder / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
    if not path.exists():
        raise SettingsError(f"{MISSING} (the extension {extension} that is installed is not for {duckdb.__version__})")
    return path


def _secret(access: Access) -> str:
    """The statement that gives DuckDB the keys. An endpoint of its own is no Amazon, and has no hosts for buckets."""
    values = {
        "KEY_ID": access.key_id,
        "SECRET": access.secret_key,
        "SESSION_TOKEN": access.token,
        "REGION": access.region,
    }
    if access.endpoint:
        address = urlsplit(access.endpoint)
        values |= {"ENDPOINT": address.netloc, "URL_STYLE": "path", "USE_SSL": str(address.scheme != "http").lower()}
    given = ", ".join(f"{name} {quoted(value)}" for name, value in values.items() if value)
    return f"CREATE OR REPLACE SECRET objects (TYPE s3, {given})"
