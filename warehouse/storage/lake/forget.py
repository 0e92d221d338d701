"""Forgetting: after an erasure has made all tables again, nothing older than the current snapshot is left.

The order matters. What is in the catalog's rows is written to files first. The fence moves before history goes: the
conflict of a loader that hung meanwhile could not be found any more. Files go after the snapshots that refer to them.
PostgreSQL keeps deleted rows, and samples of values for its planner, until each table is rewritten.
"""

from warehouse import schema
from warehouse.counted import counted
from warehouse.postgres import session
from warehouse.settings import LakeSettings
from warehouse.storage.lake import claim, lock
from warehouse.storage.lake.maintenance import delete_orphans
from warehouse.storage.lake.publish import FENCE, attached_to_write

TABLES = """
SELECT schemaname, relname FROM pg_stat_user_tables
WHERE schemaname = 'engagement' OR relname LIKE 'ducklake%'
ORDER BY 1, 2
"""
MAY_REWRITE_SAMPLES = """
SELECT rolsuper OR pg_has_role(datdba, 'USAGE') FROM pg_roles, pg_database
WHERE rolname = current_user AND datname = current_database()
"""


def forget_history(lake: LakeSettings) -> list[str]:
    """Remove every old snapshot, file and row; return what was removed, for the receipt. The caller holds the lock."""
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 -- an extra

    with session(lake.catalog, lock.session_name()) as postgres, attached_to_write(lake) as connection:
        claim.require(connection, lake)
        [(before,)] = postgres.execute("SELECT count(*) FROM ducklake_snapshot").fetchall()
        connection.execute("CALL ducklake_flush_inlined_data('warehouse')")
        connection.execute("CALL ducklake_rewrite_data_files('warehouse', delete_threshold => 0)")
        connection.execute("CALL ducklake_merge_adjacent_files('warehouse')")
        if schema.is_there(connection):  # else nothing was loaded yet, and no loader can be at work
            connection.execute(FENCE)
        connection.execute("CALL ducklake_expire_snapshots('warehouse', older_than => now())")
        unused = connection.execute("CALL ducklake_cleanup_old_files('warehouse', cleanup_all => true)").fetchall()
        deleted_count = len(unused) + delete_orphans(connection)
        [(after,)] = postgres.execute("SELECT count(*) FROM ducklake_snapshot").fetchall()
        rewritten = postgres.execute(TABLES).fetchall()
        for owner, table in rewritten:
            postgres.execute(SQL("VACUUM (FULL, ANALYZE) {}").format(Identifier(owner, table)))
        # The samples are in a table that only a superuser and the database's owner may rewrite. For others, autovacuum
        # cleans it some time.
        if postgres.execute(MAY_REWRITE_SAMPLES).fetchone() == (True,):
            postgres.execute("VACUUM FULL pg_catalog.pg_statistic")
    return [
        counted(before - after, "snapshot", "snapshots"),
        counted(deleted_count, "object", "objects"),
        f"dead rows of {len(rewritten)} catalog tables",
    ]
