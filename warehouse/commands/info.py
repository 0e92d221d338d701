"""What there is: the published generation, its tables, its files, and the backlog of the inbox."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from warehouse import schema
from warehouse.counted import deliveries
from warehouse.inbox.shared_inbox import SharedInbox, short
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts import names
from warehouse.postgres import kept_session
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage import load_log, repeat_policy, storage_of
from warehouse.storage.versions import require_current_version


def describe(settings: WarehouseSettings) -> Iterator[tuple[str, str]]:
    """Names and values, in the order in which they are shown.

    Raises:
        WarehouseMissing: nothing has been published yet.
        OtherVersion: another release made the file.
    """
    yield "data directory", str(settings.data_dir)
    storage = storage_of(settings)
    with storage.connect() as connection:
        require_current_version(connection)
        [(load_id, loaded_at, duration)] = connection.sql(
            "SELECT load_id, loaded_at, duration_seconds FROM raw.loads ORDER BY load_id DESC LIMIT 1"
        ).fetchall() or [(0, None, 0.0)]
        yield "generation", f"load {load_id}"
        if loaded_at:
            age = (datetime.now(UTC) - loaded_at).total_seconds()
            when = f"{age:,.0f} s ago" if age >= 0 else "in the future: a clock was or is wrong"
            yield "published", f"{loaded_at:%Y-%m-%d %H:%M:%S} UTC, {when}, in {duration:.2f} s"
        yield "schema version", str(schema.version(connection))
        policy = repeat_policy.stored(connection)
        is_other = policy != settings.repeat_policy
        yield "repeat policy", f"{policy}; REPEAT_POLICY is {settings.repeat_policy}" if is_other else str(policy)
        positions = load_log.inbox_positions(connection)
        for table in schema.TABLES:
            [(count,)] = connection.sql(f"SELECT count(*) FROM {table.name}").fetchall()
            yield table.name.removeprefix("main."), f"{count:,} rows"
    yield from storage.describe()
    for file, (named, problems) in names.read_all(settings.data_dir).items():
        if named or problems:
            yield file.name, "\n".join([f"{len(named):,} names", *problems])
    if settings.inbox_path.exists():
        with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
            # Of a lake, the inbox notes what is forwarded.
            backlog = inbox.backlog(None if settings.lake else positions.get(inbox.inbox_id, 0))
        size = f"{settings.inbox_path.stat().st_size / 1e6:,.1f} MB"
        yield settings.inbox_path.name, f"{size} ({short(inbox.inbox_id)})" if settings.lake else size
        yield "not forwarded" if settings.lake else "backlog", deliveries(backlog.delivery_count)
    if settings.lake:
        yield from _hosts(settings.lake, positions)


def _hosts(lake: LakeSettings, positions: dict[str, int]) -> Iterator[tuple[str, str]]:
    """What each host has forwarded, and what of it is not loaded yet."""
    with kept_session(lake.catalog) as postgres:
        shared = SharedInbox(postgres)
        for host in shared.hosts():
            waits = max(0, host.position - positions.get(host.inbox_id, 0))
            forwarded = f"forwarded up to {host.position:,}, {host.seconds_ago:,} s ago"
            yield f"host {host.label}", f"{forwarded}; {host.waiting_count:,} waited there; {waits:,} not loaded"
        yield "shared inbox", f"{deliveries(shared.waiting_count(positions))} waiting"
