"""What there is: the published generation, its tables, its files, and the backlog of the inbox."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from warehouse import schema
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts import names
from warehouse.settings import WarehouseSettings
from warehouse.storage import files, foreign, load_log, reader, repeat_policy


def describe(settings: WarehouseSettings) -> Iterator[tuple[str, str]]:
    """Names and values, in the order in which they are shown.

    Raises:
        reader.WarehouseMissing: nothing has been published yet.
        reader.OtherVersion: another release made the file.
    """
    yield "data directory", str(settings.data_dir)
    with reader.connect(settings.warehouse_path) as connection:
        reader.require_current_version(connection)
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
    generations = files.generations(settings.warehouse_path)
    for path in (*generations, *files.ways_back(settings.warehouse_path), settings.inbox_path):
        if path.exists():
            yield path.name, f"{path.stat().st_size / 1e6:,.1f} MB"
    for path in foreign.beside(settings.warehouse_path):
        yield path.name, "left by another DuckDB client; nothing of it is applied"
    for file, (named, problems) in names.read_all(settings.data_dir).items():
        if named or problems:
            yield file.name, "\n".join([f"{len(named):,} names", *problems])
    if settings.inbox_path.exists():
        with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
            backlog = inbox.backlog(positions.get(inbox.inbox_id, 0))
        yield "backlog", f"{backlog.delivery_count:,} deliveries"
