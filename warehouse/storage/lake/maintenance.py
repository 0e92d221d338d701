"""Maintenance: each load leaves small files and a snapshot, which this merges and removes.

Files are deleted from the bucket only here, and only by whoever holds the writer's lock.
"""

import logging
from datetime import timedelta
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.postgres import session
from warehouse.settings import LakeSettings
from warehouse.storage.lake import claim, lock
from warehouse.storage.lake.publish import FENCE, attached_to_write

# A load reads about a hundred times what the catalog knows of all snapshots. After 1,000 loads of one hour, whose
# snapshots were all kept, it took 1.6 times as long. No page and no check reads for so long.
SNAPSHOTS_KEPT_FOR = timedelta(minutes=15)
# The copy of a bucket may be under way for a backup.
OBJECTS_KEPT_FOR = timedelta(days=1)
# A load adds up to 40 files, and the next one takes longer with each: after 200 loads twice as long.
LOADS_UNTIL_MERGED = 50
# To look for files that killed loads have left, all objects are listed. That takes longer than all the rest.
LOADS_UNTIL_SEARCHED = 1_000
# Files with deleted rows are not merged before they are written again. Small ones always are. A large one, which takes
# long to write, may keep a few.
MAX_SHARE_DELETED = 0.01
# DuckLake looks statistics up by table and column, and has no index for that.
INDEX = """
CREATE INDEX IF NOT EXISTS engagement_statistics ON ducklake_file_column_stats (table_id, column_id)
"""
DONE = """
INSERT INTO engagement.maintenance (maintained_at, load_id) VALUES (now(), %s)
ON CONFLICT (one) DO UPDATE SET maintained_at = excluded.maintained_at, load_id = excluded.load_id
"""
LIVE_FILES = """
SELECT (SELECT count(*) FROM ducklake_data_file WHERE end_snapshot IS NULL)
     + (
         SELECT count(*) FROM ducklake_delete_file JOIN ducklake_data_file USING (data_file_id)
         WHERE ducklake_delete_file.end_snapshot IS NULL AND ducklake_data_file.end_snapshot IS NULL
     )
"""

OLDER = "older_than => now() - to_microseconds(?)"

log = logging.getLogger(__name__)


class Maintained(NamedTuple):
    """Files of the lake before and after, and objects that were deleted."""

    files_before: int
    files_after: int
    deleted_count: int


def maintain_if_due(lake: LakeSettings, load_id: int) -> Maintained | None:
    """Maintain after so many loads that the next ones would suffer. The caller holds the lock."""
    with session(lake.catalog, lock.session_name()) as postgres:
        row = postgres.execute("SELECT load_id FROM engagement.maintenance").fetchone()
    last = row[0] if row else 0
    if load_id - last < LOADS_UNTIL_MERGED:
        return None
    return maintain(lake, is_searched=load_id // LOADS_UNTIL_SEARCHED > last // LOADS_UNTIL_SEARCHED)


def maintain(
    lake: LakeSettings,
    snapshots_kept_for: timedelta = SNAPSHOTS_KEPT_FOR,
    objects_kept_for: timedelta = OBJECTS_KEPT_FOR,
    *,
    is_searched: bool = True,
) -> Maintained:
    """Merge small files, forget old snapshots, and delete objects that no snapshot has needed for so long.

    With `is_searched`, what killed loads have left is deleted too.

    The caller holds the lock.
    """
    with session(lake.catalog, lock.session_name()) as postgres, attached_to_write(lake) as connection:
        claim.require(connection, lake)
        if not schema.is_there(connection):  # nothing was ever loaded
            return Maintained(0, 0, 0)
        postgres.execute(INDEX)
        [before] = postgres.execute(LIVE_FILES).fetchall()
        connection.execute("CALL ducklake_rewrite_data_files('warehouse', delete_threshold => ?)", [MAX_SHARE_DELETED])
        connection.execute("CALL ducklake_merge_adjacent_files('warehouse')")
        # A loader that hung conflicts with this, whatever snapshots go: it can't commit files that are orphans here.
        connection.execute(FENCE)
        connection.execute(f"CALL ducklake_expire_snapshots('warehouse', {OLDER})", [_microseconds(snapshots_kept_for)])
        old = connection.execute(
            f"CALL ducklake_cleanup_old_files('warehouse', {OLDER})", [_microseconds(objects_kept_for)]
        ).fetchall()
        deleted_count = len(old) + (delete_orphans(connection) if is_searched else 0)
        [(load_id,)] = connection.sql("SELECT coalesce(max(load_id), 0) FROM raw.loads").fetchall()
        [after] = postgres.execute(LIVE_FILES).fetchall()
        postgres.execute(DONE, [load_id])
    maintained = Maintained(before[0], after[0], deleted_count)
    log.info("maintained the lake: %d files, %d before; %d objects deleted", after[0], before[0], deleted_count)
    return maintained


def delete_orphans(connection: DuckDBPyConnection) -> int:
    """Delete files that loads have left which were killed; return how many."""
    return len(connection.execute("CALL ducklake_delete_orphaned_files('warehouse', cleanup_all => true)").fetchall())


def _microseconds(time: timedelta) -> int:
    return time // timedelta(microseconds=1)
