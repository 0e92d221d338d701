"""Moving a warehouse from the file to a lake, or back: every table is copied, and proved to be the same."""

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.commands.check import check
from warehouse.counted import deliveries
from warehouse.inbox.forward import begin_after
from warehouse.inbox.shared_inbox import SharedInbox
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.postgres import make_tables, session
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage import Storage, load_log, storage_of
from warehouse.storage.versions import require_current_version

BATCH_ROWS = 30_000
# One number for all rows in any order, that of equal rows counted as often as there are.
FINGERPRINT = "SELECT count(*), coalesce(sum(hash({columns})), 0)::VARCHAR FROM {table}"

# A loader that has found nothing yet has made a warehouse, too.
STORED = "SELECT (SELECT count(*) FROM raw.deliveries) + (SELECT count(*) FROM raw.quarantine)"

AT_WORK = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'forwarder'
"""


class CannotMove(Exception):
    """The warehouse stays where it is; the message says why."""


class Moved(NamedTuple):
    """Where to, how many tables and rows, and other hosts whose deliveries would stay with them."""

    address: str
    table_count: int
    row_count: int
    other_hosts: list[str]


def move(
    settings: WarehouseSettings, lake: LakeSettings, *, to_lake: bool, tell: Callable[[str], None] = lambda _: None
) -> Moved:
    """Copy the warehouse, and make sure that the copy equals it. The original stays.

    Raises:
        CannotMove: there is a warehouse at the other place, or deliveries are under way to this one, or one of the two
            has faults.
        WarehouseMissing: there is none to move.
    """
    of_file, of_lake = replace(settings, lake=None), replace(settings, lake=lake)
    source, target = (of_file, of_lake) if to_lake else (of_lake, of_file)
    with storage_of(source).only_writer(), storage_of(target).only_writer():
        hosts = _require_nobody_at_work(settings, lake)
        if not to_lake:
            _require_all_loaded(lake, of_lake)
        _require_empty(target)
        tell(f"checking {storage_of(source).address}")
        _require_no_fault(source)
        tell(f"copying to {storage_of(target).address}")
        counts = _copy(storage_of(source), storage_of(target))
        tell(f"checking {storage_of(target).address}")
        _require_no_fault(target)
        if to_lake:
            _go_on_forwarding(settings, lake)
    return Moved(storage_of(target).address, len(counts), sum(counts), hosts)


def _require_nobody_at_work(settings: WarehouseSettings, lake: LakeSettings) -> list[str]:
    """A receiver's forwarder has a session, also while nothing arrives.

    Returns the other hosts that have ever forwarded.
    """
    with session(lake.catalog, "move") as postgres:
        [(count,)] = postgres.execute(AT_WORK).fetchall()
        if count:
            raise CannotMove(
                f"receivers forward to the lake ({count}): stop them first, or what they bring stays there"
            )
        make_tables(postgres)
        return SharedInbox(postgres).other_hosts(settings.inbox_path)


def _require_all_loaded(lake: LakeSettings, of_lake: WarehouseSettings) -> None:
    with storage_of(of_lake).connect() as connection:
        positions = load_log.inbox_positions(connection)
    with session(lake.catalog, "move") as postgres:
        if count := SharedInbox(postgres).waiting_count(positions):
            raise CannotMove(f"the shared inbox still holds {deliveries(count)}: run `warehouse load` first")


def _require_empty(target: WarehouseSettings) -> None:
    storage = storage_of(target)
    if storage.generation() is None:
        return
    with storage.connect() as connection:
        if schema.is_there(connection) and connection.sql(STORED).fetchall() != [(0,)]:
            raise CannotMove(f"there is a warehouse already: {storage.address}; move it away first")


def _require_no_fault(settings: WarehouseSettings) -> None:
    faults = [finding.name for finding in check(settings) if finding.fault_count]
    if faults:
        raise CannotMove(f"{storage_of(settings).address} has faults: {'; '.join(faults)}; `warehouse check` says more")


def _copy(source: Storage, target: Storage) -> list[int]:
    """Copy every table; return their numbers of rows."""
    with source.connect() as old, target.empty_generation() as new:
        require_current_version(old)
        new.execute("DELETE FROM raw.schema_version")
        for table in schema.TABLES:
            columns = ", ".join(schema.columns(table.name))
            new.register("copied", old.sql(f"SELECT {columns} FROM {table.name}").to_arrow_reader(BATCH_ROWS))
            new.execute(f"INSERT INTO {table.name} BY NAME FROM copied")
            new.unregister("copied")
        fingerprints = [(_fingerprint(old, table.name), _fingerprint(new, table.name)) for table in schema.TABLES]
        for table, (before, after) in zip(schema.TABLES, fingerprints, strict=True):
            if before != after:
                raise CannotMove(f"the copy of {table.name} differs from the original; nothing is published")
    return [before[0] for before, _ in fingerprints]


def _fingerprint(connection: DuckDBPyConnection, table: str) -> tuple[int, str]:
    query = FINGERPRINT.format(columns=", ".join(schema.columns(table)), table=table)
    [(count, total)] = connection.sql(query).fetchall()
    return count, total


def _go_on_forwarding(settings: WarehouseSettings, lake: LakeSettings) -> None:
    """Forward what the file has not loaded, and nothing twice."""
    if not settings.inbox_path.exists():
        return
    with storage_of(replace(settings, lake=lake)).connect() as connection:
        positions = load_log.inbox_positions(connection)
    with session(lake.catalog, "move") as postgres, closing(Inbox(settings.inbox_path)) as inbox:
        make_tables(postgres)
        begin_after(inbox, postgres, socket.gethostname(), positions.get(inbox.inbox_id, 0))
