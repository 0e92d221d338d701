"""The claim of a lake on its folder or bucket: an object there has the identity that its catalog has.

Two catalogs must never share a prefix, because each deletes the objects that it does not know. A wrong name of a
database is enough for that. So nothing is written or deleted where another lake's claim is found.
"""

import duckdb
from duckdb import DuckDBPyConnection

from warehouse.postgres import make_tables, session
from warehouse.settings import LakeSettings
from warehouse.storage.lake import lock

# Not a Parquet file: DuckLake deletes only those.
NAME = "engagement-lake.csv"
# How DuckDB says that there is no such object, and no such file.
MISSING = ("404", "No files found")


class NotOurs(OSError):
    """The data belongs to another lake; the message says where."""


def require(connection: DuckDBPyConnection, lake: LakeSettings) -> None:
    """Do nothing where the lake has claimed its data; claim it where nobody has.

    Raises:
        NotOurs: another lake has claimed it.
    """
    with session(lake.catalog, lock.session_name()) as postgres:
        make_tables(postgres)
        postgres.execute("INSERT INTO engagement.lake (lake_id) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING")
        [(lake_id,)] = postgres.execute("SELECT lake_id::text FROM engagement.lake").fetchall()
    path = lake.data + NAME
    found = _claimed_by(connection, path)
    if found is None:
        connection.execute(f"COPY (SELECT '{lake_id}' AS lake_id) TO '{path}' (FORMAT csv)")
        return
    if found != lake_id:
        raise NotOurs(
            f"the data in {lake.data} belongs to another lake, which {NAME} there names: is the database in WAREHOUSE "
            "right? Each lake needs a bucket or folder of its own"
        )


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
