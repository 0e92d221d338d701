"""Publishing: whatever state the files are in, there is a warehouse afterwards, with all that could be kept."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.foreign_client import connect_to_write
from tests.kinds import Action, Load, Payload, Query
from warehouse.commands.load import load as load_inbox
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema import SCHEMA_VERSION
from warehouse.settings import WarehouseSettings
from warehouse.storage.append import append
from warehouse.storage.enough_memory import Memory, with_enough_memory
from warehouse.storage.errors import NewerVersion
from warehouse.storage.file import publish, reader

PREVIOUS = "warehouse.previous.duckdb"


def test_what_does_not_fit_into_memory_is_spilled_whenever_it_does_not(load: Load, settings: WarehouseSettings) -> None:
    load()
    rows = "SELECT range::VARCHAR || repeat('x', 50) AS x FROM range(1500000)"
    numbered = f"SELECT row_number() OVER (ORDER BY hash(x)) AS n, x FROM ({rows})"
    limits = publish.Limits(memory="64MB")
    for _ in range(2):
        with publish.new_generation(settings.warehouse_path, limits=limits) as connection:
            found = connection.sql(f"SELECT sum(n)::BIGINT FROM ({numbered}) WHERE x >= ''").fetchall()
        assert found == [(1_125_000_750_000,)]


def test_large_bodies_are_published_with_the_memory_that_they_need(settings: WarehouseSettings, query: Query) -> None:
    """As many as DuckDB packs at once do not fit into the usual limit: in a first load, a later one, and a rebuild."""
    letters = random.Random(1)
    rows = pl.DataFrame(
        {
            "delivery_id": range(300),
            "action_id": [f"action-{number}" for number in range(300)],
            "action": "OTHER",
            "received_at": datetime(2025, 9, 18, tzinfo=UTC),
            "body": [letters.randbytes(100_000).hex() for _ in range(300)],
        }
    )
    limits = publish.Limits(memory="32MB")
    attempts: list[Memory] = []

    def first(memory: Memory) -> None:
        attempts.append(memory)
        with publish.new_generation(settings.warehouse_path, memory, limits) as connection:
            append(connection, "raw.deliveries", rows[:200])

    def later(memory: Memory) -> None:
        attempts.append(memory)
        with publish.new_generation(settings.warehouse_path, memory, limits) as connection:
            append(connection, "raw.deliveries", rows[200:])

    def again(memory: Memory) -> None:
        attempts.append(memory)
        with (
            reader.connect(settings.warehouse_path) as old,
            publish.empty_generation(settings.warehouse_path, memory, limits) as connection,
        ):
            append(connection, "raw.deliveries", old.sql("FROM raw.deliveries").pl())

    for attempt in (first, later, again):
        with_enough_memory(attempt)
        assert attempts == ["usual", "most"]
        attempts.clear()
    assert query("SELECT count(*), sum(strlen(body))::BIGINT FROM raw.deliveries") == [(300, 60_000_000)]


def test_an_error_in_the_block_leaves_the_published_file_as_it_was(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    content = settings.warehouse_path.read_bytes()
    with pytest.raises(duckdb.CatalogException), publish.new_generation(settings.warehouse_path) as connection:
        connection.execute("DELETE FROM time_spent; FROM nothing")
    assert settings.warehouse_path.read_bytes() == content
    assert not list(settings.data_dir.glob(".warehouse*"))


def cut_short(path: Path) -> None:
    """Lose the second half."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def cut_to_nothing(path: Path) -> None:
    """Lose everything but the name."""
    path.write_bytes(b"")


def fill_with_garbage(path: Path) -> None:
    """Overwrite everything but the size."""
    path.write_bytes(b"garbage " * (path.stat().st_size // 8))


def garble_blocks(path: Path) -> None:
    """Overwrite the data, not the header."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"garbage " * ((size - 3 * 4096) // 8))


def replace_by_another_file(path: Path) -> None:
    """A client that opens a path where there is no file makes one."""
    path.unlink()
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE mine (n INT)")


def drop_a_table(path: Path) -> None:
    """As root may do, who may write to any file."""
    with duckdb.connect(path) as connection:
        connection.execute("DROP TABLE raw.deliveries")


HARMS = [cut_short, cut_to_nothing, fill_with_garbage, garble_blocks, replace_by_another_file, drop_a_table]


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("is_previous_good", [True, False], ids=["previous good", "previous bad too"])
def test_a_damaged_warehouse_is_kept_aside_and_made_again(
    harm: Callable[[Path], None], is_previous_good: bool, inbox: Inbox, action: Action, query: Query, tmp_path: Path
) -> None:
    """From the previous generation, whose watermark lets the rest load again, else from the inbox alone."""
    settings = WarehouseSettings(data_dir=tmp_path, inbox_retention=timedelta(days=36_500))

    def load(payload: Payload) -> None:
        inbox.append([(1, json.dumps(payload).encode())])
        load_inbox(inbox, settings)

    load(action("ann"))
    load(action("bob"))
    for path in (settings.warehouse_path, settings.data_dir / PREVIOUS)[: 1 if is_previous_good else 2]:
        path.chmod(0o640)
        harm(path)
    load(action("cat"))
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",), ("cat",)]
    assert len(list(settings.data_dir.glob("warehouse.corrupt-*.duckdb"))) == (1 if is_previous_good else 2)
    load_count = 2 if is_previous_good else 1
    assert query("SELECT count(*) FROM raw.loads") == [(load_count,)]


def test_a_fragmented_file_is_compacted_with_its_comments(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    load(action("bob"))
    always = publish.Limits(compact_factor=0, compact_bytes=0)
    with publish.new_generation(settings.warehouse_path, limits=always):
        pass
    assert query("SELECT count(*) FROM raw.deliveries") == [(2,)]
    assert query("SELECT schema_version FROM raw.schema_version") == [(SCHEMA_VERSION,)]
    assert query(
        "SELECT count(*) FROM duckdb_columns() WHERE database_name = current_database() AND comment IS NULL"
    ) == [(0,)]
    assert not list(settings.data_dir.glob(".warehouse*"))


def test_a_file_of_freed_blocks_becomes_smaller(load: Load, settings: WarehouseSettings, query: Query) -> None:
    load()
    half = publish.Limits(compact_bytes=0)
    with publish.new_generation(settings.warehouse_path, limits=half) as connection:
        connection.execute("INSERT INTO main.speakers SELECT uuid()::VARCHAR, uuid()::VARCHAR FROM range(100000)")
    size = settings.warehouse_path.stat().st_size
    with publish.new_generation(settings.warehouse_path, limits=half) as connection:
        connection.execute("DELETE FROM main.speakers")
    with publish.new_generation(settings.warehouse_path, limits=half):
        pass
    assert settings.warehouse_path.stat().st_size < size / 2
    assert query("SELECT count(*) FROM speakers") == [(0,)]


def test_a_newer_warehouse_is_refused_with_a_clear_line(load: Load, inbox: Inbox, settings: WarehouseSettings) -> None:
    load()
    with connect_to_write(settings.warehouse_path) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = schema_version + 1")
    newer = f"schema version {SCHEMA_VERSION + 1} is newer than {SCHEMA_VERSION}"
    with pytest.raises(NewerVersion, match=newer):
        load_inbox(inbox, settings)
