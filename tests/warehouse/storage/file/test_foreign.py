"""What another DuckDB client leaves beside our files: nothing of ours applies it, and a publication sets it aside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.foreign_client import open_to_write, writes_and_is_killed
from tests.kinds import Action, Load, Query
from warehouse.commands.backup import back_up
from warehouse.commands.check import check
from warehouse.commands.erase import erase
from warehouse.commands.info import describe
from warehouse.commands.person import Person
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage.duckdb_pool import borrowed_connection
from warehouse.storage.errors import NoWarehouse
from warehouse.storage.file import files, foreign, reader

ROOT = Path(__file__).parents[4]
WHO = "SELECT registration_id FROM time_spent ORDER BY ALL"
FORGET_ANN = "DELETE FROM time_spent WHERE registration_id = 'ann'; DELETE FROM raw.deliveries WHERE delivery_id = 1"


def who(warehouse: Path) -> list[str]:
    with reader.connect(warehouse) as connection:
        return [name for (name,) in connection.sql(WHO).fetchall()]


def attached_who(warehouse: Path) -> list[str]:
    """As the dashboard reads."""
    with borrowed_connection("SET threads = 1") as connection, reader.attached(connection, warehouse):
        return [name for (name,) in connection.sql(WHO).fetchall()]


@pytest.mark.parametrize("read", [who, attached_who])
def test_a_reader_never_applies_a_foreign_log(
    read: Callable[[Path], list[str]], load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"), action("bob"))
    writes_and_is_killed(settings.warehouse_path, FORGET_ANN)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as stock:
        assert stock.sql(WHO).fetchall() == [("bob",)]
    assert read(settings.warehouse_path) == ["ann", "bob"]


@pytest.mark.parametrize("read", [who, attached_who])
def test_a_reader_does_not_wait_for_a_client_that_holds_a_lock(
    read: Callable[[Path], list[str]], load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    with open_to_write(settings.warehouse_path, "SELECT 1"):
        with pytest.raises(duckdb.IOException, match="lock"), duckdb.connect(settings.warehouse_path, read_only=True):
            pass
        assert read(settings.warehouse_path) == ["ann"]


def test_many_readers_at_once_read_a_locked_file(load: Load, action: Action, settings: WarehouseSettings) -> None:
    load(action("ann"))
    with open_to_write(settings.warehouse_path, "SELECT 1"), ThreadPoolExecutor(8) as threads:
        read = threads.map(attached_who, [settings.warehouse_path] * 40)
        assert list(read) == [["ann"]] * 40


def test_what_a_reader_copies_leaves_nothing_behind(load: Load, action: Action, settings: WarehouseSettings) -> None:
    load(action("ann"))
    writes_and_is_killed(settings.warehouse_path, FORGET_ANN)
    before = sorted(settings.data_dir.iterdir())
    with reader.connect(settings.warehouse_path):
        assert sorted(settings.data_dir.iterdir()) == before


def test_a_rebuild_keeps_what_a_foreign_log_deletes(
    load: Load, action: Action, settings: WarehouseSettings, query: Query
) -> None:
    load(action("ann"), action("bob"))
    writes_and_is_killed(settings.warehouse_path, FORGET_ANN)
    assert rebuild(settings) == 2
    assert query(WHO) == [("ann",), ("bob",)]


def test_a_load_continues_without_a_foreign_log_and_sets_it_aside(
    load: Load, action: Action, settings: WarehouseSettings, caplog: pytest.LogCaptureFixture
) -> None:
    load(action("ann"))
    writes_and_is_killed(settings.warehouse_path, FORGET_ANN)
    content = settings.warehouse_path.with_name("warehouse.duckdb.wal").read_bytes()
    load(action("bob"))
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as stock:
        assert stock.sql(WHO).fetchall() == [("ann",), ("bob",)]
    [kept] = settings.data_dir.glob("warehouse.foreign-*.duckdb.wal")
    assert kept.read_bytes() == content
    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "warehouse.duckdb.wal" in warning
    assert kept.name in warning
    assert not list(settings.data_dir.glob("*.duckdb.wal.*"))


def test_check_backup_info_and_erase_neither_apply_a_foreign_log_nor_mind_a_lock(
    load: Load, action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    load(action("ann"), action("bob"))
    with open_to_write(settings.warehouse_path, FORGET_ANN):
        assert all(finding.is_good for finding in check(settings))
        assert dict(describe(settings))["time_spent"] == "2 rows"
        back_up(settings, tmp_path / "backup")
        assert who(tmp_path / "backup" / "warehouse.duckdb") == ["ann", "bob"]
        assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == [
            "inbox.sqlite",
            "manifest.json",
            "warehouse.duckdb",
        ]
        assert erase(settings, Person({"ann"})).delivery_count == 1
    assert who(settings.warehouse_path) == ["bob"]


def test_check_info_and_rebuild_say_that_another_program_made_the_file(settings: WarehouseSettings) -> None:
    duckdb.connect(settings.warehouse_path).close()
    for command in (lambda: list(check(settings)), lambda: list(describe(settings)), lambda: rebuild(settings)):
        with pytest.raises(NoWarehouse, match="another program made the file"):
            command()


def test_a_log_beside_the_generation_before_is_neither_applied_nor_left(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    load(action("bob"))
    writes_and_is_killed(settings.data_dir / "warehouse.previous.duckdb", FORGET_ANN)
    settings.warehouse_path.unlink()
    load(action("cat"))
    assert who(settings.warehouse_path) == ["ann", "bob", "cat"]
    assert len(list(settings.data_dir.glob("warehouse.previous.foreign-*.duckdb.wal"))) == 1


def test_a_log_beside_a_draft_is_not_applied(load: Load, action: Action, settings: WarehouseSettings) -> None:
    load(action("ann"))
    writes_and_is_killed(settings.warehouse_path, FORGET_ANN)
    settings.warehouse_path.with_name("warehouse.duckdb.wal").rename(settings.data_dir / ".warehouse.duckdb.draft.wal")
    load(action("bob"))
    assert who(settings.warehouse_path) == ["ann", "bob"]


def test_a_client_that_goes_on_writing_to_an_old_generation_does_not_reach_the_new_one(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    """Its log appears beside the new generation, since it goes by the name."""
    load(action("ann"))
    with open_to_write(settings.warehouse_path, FORGET_ANN):
        load(action("bob"))
    for kept in settings.data_dir.glob("warehouse.foreign-*.wal"):
        kept.rename(settings.data_dir / "warehouse.duckdb.wal")
    assert who(settings.warehouse_path) == ["ann", "bob"]


@pytest.mark.parametrize(("age", "is_kept_aside"), [(timedelta(minutes=50), False), (timedelta(minutes=70), True)])
def test_a_folder_of_spilled_rows_is_set_aside_an_hour_after_its_last_use(
    age: timedelta, is_kept_aside: bool, load: Load, tmp_path: Path
) -> None:
    """A query that only reads spills too, and a publication must not end it."""
    load()
    folder = tmp_path / "warehouse.duckdb.tmp"
    folder.mkdir()
    (folder / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")
    last_use = time.time() - age.total_seconds()
    for path in (*folder.iterdir(), folder):
        os.utime(path, (last_use, last_use))
    load()
    assert folder.exists() != is_kept_aside
    kept = [path.read_bytes() for path in tmp_path.glob("warehouse.foreign-*.duckdb.tmp/*")]
    assert kept == ([b"rows"] if is_kept_aside else [])


def test_an_erasure_removes_foreign_files_since_they_may_hold_the_person(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"), action("bob"))
    (settings.data_dir / "warehouse.foreign-20250101T000000000000Z.duckdb.wal").write_text("ann")
    (settings.data_dir / "warehouse.duckdb.tmp").mkdir()
    (settings.data_dir / "warehouse.duckdb.tmp" / "spilled").write_text("ann")
    writes_and_is_killed(settings.warehouse_path, "INSERT INTO speakers VALUES ('ann', 'ann')")
    erase(settings, Person({"ann"}))
    left = {path.name for path in settings.data_dir.iterdir() if "warehouse" in path.name}
    assert left == {"warehouse.duckdb", "warehouse.previous.duckdb"}


def test_nothing_is_set_aside_where_nothing_foreign_is(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").touch()
    assert foreign.set_aside([tmp_path / "warehouse.duckdb"]) == []
    files.set_foreign_aside(tmp_path / "warehouse.duckdb")
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"]


def test_a_log_that_is_set_aside_twice_has_two_names(tmp_path: Path) -> None:
    for text in ("first", "second"):
        (tmp_path / "warehouse.duckdb.wal").write_text(text)
        foreign.set_aside([tmp_path / "warehouse.duckdb"])
    assert {path.read_text() for path in tmp_path.glob("warehouse.foreign-*.duckdb.wal")} == {"first", "second"}


def test_a_repeated_load_finds_each_delivery_once_after_a_foreign_log(
    load: Load, action: Action, settings: WarehouseSettings, query: Query
) -> None:
    """The log would set the watermark back; it is not applied, so nothing is read twice."""
    load(action("ann"))
    writes_and_is_killed(settings.warehouse_path, "DELETE FROM raw.loads")
    assert load(action("bob")).delivery_count == 1
    assert query("SELECT count(*) FROM raw.loads") == [(2,)]
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        assert inbox.backlog().delivery_count == 0


@pytest.mark.parametrize("is_alive", [True, False])
def test_make_sql_answers_from_what_was_published(
    is_alive: bool, load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))

    def ask() -> str:
        asked = [sys.executable, ".make/sql.py", "SELECT registration_id AS who FROM time_spent"]
        env = {"DATA_DIR": str(settings.data_dir), "HOME": "/", "PYTHONPATH": str(ROOT)}
        return subprocess.run(asked, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout

    with open_to_write(settings.warehouse_path, FORGET_ANN):
        if is_alive:
            assert "ann" in ask()
    assert "ann" in ask()
