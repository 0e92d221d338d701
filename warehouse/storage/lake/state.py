"""The state of a lake, for people: who loads, what each host has forwarded, how many files there are."""

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse import schema
from warehouse.postgres import kept_session, session
from warehouse.settings import LakeSettings
from warehouse.storage.lake import lock
from warehouse.storage.lake.maintenance import LIVE_FILES
from warehouse.storage.protocol import Progress, Upgrade

LOADER = """
SELECT host, process_id, extract(epoch FROM clock_timestamp() - beat_at)::bigint, name <> '' FROM engagement.loader
"""
MAINTAINED = "SELECT extract(epoch FROM clock_timestamp() - maintained_at)::bigint FROM engagement.maintenance"
UPGRADE = "SELECT from_version, to_version, percent FROM engagement.upgrade"
# So much of the time the texts are read, which can be counted. The figures are derived in the rest.
READING_PERCENT = 80


def describe(lake: LakeSettings) -> Iterator[tuple[str, str]]:
    """Names and values."""
    yield "catalog", lake.catalog
    yield "data", lake.data
    with kept_session(lake.catalog) as postgres:
        for host, process_id, seconds, is_loading in postgres.execute(LOADER):
            what = "loads now" if is_loading else "loaded last"
            yield "loader", f"{host}, process {process_id}, {what}, {seconds:,} s ago"
        [(count,)] = postgres.execute(LIVE_FILES).fetchall()
        yield "files of the lake", f"{count:,}"
        for (seconds,) in postgres.execute(MAINTAINED):
            yield "maintained", f"{seconds:,} s ago"


@contextmanager
def upgrading(lake: LakeSettings, from_version: int) -> Iterator[Progress]:
    """During the block a row says that the lake is upgraded, and how far it is."""
    with session(lake.catalog, lock.session_name()) as postgres:

        def tell(done: int, total: int) -> None:
            percent = READING_PERCENT * done // max(1, total)
            postgres.execute("DELETE FROM engagement.upgrade")
            postgres.execute(
                "INSERT INTO engagement.upgrade (from_version, to_version, percent) VALUES (%s, %s, %s)",
                [from_version, schema.SCHEMA_VERSION, percent],
            )

        tell(0, 1)
        try:
            yield tell
        finally:
            postgres.execute("DELETE FROM engagement.upgrade")


def upgrade_under_way(lake: LakeSettings) -> Upgrade | None:
    """The upgrade that a process is at now. A row that a crash has left says nothing: nobody holds the lock."""
    with kept_session(lake.catalog) as postgres:
        if postgres.execute("SELECT to_regclass('engagement.upgrade')").fetchone() == (None,):
            return None
        row = postgres.execute(UPGRADE).fetchone()
        return Upgrade(*row) if row and lock.is_held(postgres) else None
