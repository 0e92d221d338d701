"""The claim of a lake on its folder or bucket: an object there has the identity that its catalog has.

Two catalogs must never share a prefix, because each deletes the objects that it does not know. A wrong name of a
database is enough for that. So nothing is written or deleted where another lake's claim is found.
"""

from typing import LiteralString

import duckdb
from duckdb import DuckDBPyConnection

from warehouse.postgres import make_tables, session
from warehouse.settings import LakeSettings
from warehouse.storage.lake import lock
from warehouse.storage.lake.address import prepare

# Not a Parquet file: DuckLake deletes only those.
NAME = "engagement-lake.csv"
# How DuckDB says that there is no such object, and no such file.
MISSING = ("404", "No files found")

NAMED = "INSERT INTO engagement.lake (lake_id) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING"
# The smallest and the largest text of each file may be a person's. PostgreSQL would keep samples of them for its
# planner, which only the database's owner or a superuser can rewrite after an erasure.
NO_SAMPLES: LiteralString = "".join(
    f"ALTER TABLE IF EXISTS {table} ALTER min_value SET STATISTICS 0, ALTER max_value SET STATISTICS 0, "
    "ALTER extra_stats SET STATISTICS 0;"
    for table in ("ducklake_table_column_stats", "ducklake_file_column_stats", "ducklake_file_variant_stats")
)


class NotOurs(OSError):
    """The data belongs to another lake; the message says where."""

    def __init__(self, lake: LakeSettings) -> None:
        super().__init__(
            f"the data in {lake.data} belongs to another lake, which {NAME} there names: is the database in WAREHOUSE "
            "right? Each lake needs a bucket or folder of its own"
        )


def require(connection: DuckDBPyConnection, lake: LakeSettings) -> None:
    """Do nothing where the lake has claimed its data; claim it where nobody has.

    Raises:
        NotOurs: another lake has claimed it.
    """
    with session(lake.catalog, lock.session_name()) as postgres:
        make_tables(postgres)
        with postgres.transaction():
            if postgres.execute(NAMED).rowcount:
                postgres.execute(NO_SAMPLES)
        [(lake_id,)] = postgres.execute("SELECT lake_id::text FROM engagement.lake").fetchall()
    path = lake.data + NAME
    found = _claimed_by(connection, path)
    if found is None:
        connection.execute(f"COPY (SELECT '{lake_id}' AS lake_id) TO '{path}' (FORMAT csv)")
        return
    if found != lake_id:
        raise NotOurs(lake)


def require_free(lake: LakeSettings) -> None:
    """Before a lake's catalog is made: do nothing where nobody else has claimed its data.

    To make the catalog first would leave it with the name of another lake's data.

    Raises:
        NotOurs: another lake has claimed it.
    """
    with duckdb.connect() as connection:
        prepare(connection, lake)
        if is_ours(connection, lake) is False:
            raise NotOurs(lake)


def _claimed_by(connection: DuckDBPyConnection, path: str) -> str | None:
    try:
        row = connection.execute("SELECT lake_id::VARCHAR FROM read_csv(?, header = true)", [path]).fetchone()
    except duckdb.Error as error:
        if any(word in str(error) for word in MISSING):
            return None
        raise
    return str(row[0]) if row else ""


def is_ours(connection: DuckDBPyConnection, lake: LakeSettings) -> bool | None:
    """Whether the lake has claimed its data; None where nobody has. Reads only."""
    with session(lake.catalog, lock.session_name()) as postgres:
        rows = []
        if postgres.execute("SELECT to_regclass('engagement.lake')").fetchone() != (None,):
            rows = postgres.execute("SELECT lake_id::text FROM engagement.lake").fetchall()
    found = _claimed_by(connection, lake.data + NAME)
    return None if found is None else [(found,)] == rows
