"""Checks of the files in the data directory, each seen ok and seen to fail. Other users' files are a drill, too."""

import os
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.doctor.data import backup, damaged_files, modes, owners, versions, write_ahead_log
from ingest.verdicts import Verdict
from tests.kinds import Action, Load
from warehouse.commands.backup import back_up, dated, finish, note_success
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings


@pytest.fixture
def loaded(load: Load, action: Action, settings: WarehouseSettings) -> WarehouseSettings:
    """A data directory as the loader leaves it."""
    settings.data_dir.chmod(0o750)
    load(action("ann"))
    return settings


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_fails(loaded: WarehouseSettings) -> None:
    assert owners(loaded.data_dir).verdict is Verdict.OK
    os.chown(loaded.warehouse_path, 60_001, 60_001)
    finding = owners(loaded.data_dir)
    assert finding.verdict is Verdict.FAIL
    assert finding.found.startswith("warehouse.duckdb belongs to 60001, and ")
    assert finding.cure == f"chown root {loaded.data_dir}/*"


def test_a_file_that_others_can_read_fails_and_the_cure_closes_it(loaded: WarehouseSettings) -> None:
    assert modes(loaded.data_dir).verdict is Verdict.OK
    for path, wrong in ((loaded.inbox_path, 0o644), (loaded.warehouse_path, 0o644), (loaded.inbox_path, 0o640)):
        path.chmod(wrong)
        finding = modes(loaded.data_dir)
        assert (finding.verdict, f"{path.name} ({wrong:04o})" in finding.found) == (Verdict.FAIL, True)
        assert os.system(finding.cure) == 0  # noqa: S605 -- what the operator is told to run
        assert modes(loaded.data_dir).verdict is Verdict.OK


def test_a_folder_that_everybody_can_change_fails_beside_a_file(loaded: WarehouseSettings) -> None:
    loaded.data_dir.chmod(0o777)
    loaded.inbox_path.chmod(0o604)
    finding = modes(loaded.data_dir)
    assert finding.verdict is Verdict.FAIL
    assert finding.found.endswith(f"inbox.sqlite (0604), {loaded.data_dir.name} (0777)")
    assert finding.cure.endswith(f"; chmod 750 {loaded.data_dir}")


def test_a_file_that_the_loader_has_just_removed_is_passed_over(loaded: WarehouseSettings) -> None:
    """A link to nothing: it is listed, and can't be asked."""
    loaded.data_dir.joinpath("warehouse.duckdb.wal").symlink_to("gone")
    assert (owners(loaded.data_dir).verdict, modes(loaded.data_dir).verdict) == (Verdict.OK, Verdict.OK)


def test_files_of_this_release_are_known(loaded: WarehouseSettings) -> None:
    assert versions(loaded).verdict is Verdict.OK


def test_no_warehouse_yet_is_ok(settings: WarehouseSettings, inbox: Inbox) -> None:
    assert versions(settings).found == "this release knows the files: inbox 2, no warehouse yet"
    assert inbox.last_id() == 0


@pytest.mark.parametrize(("version", "verdict"), [(1, Verdict.WARNING), (1_000, Verdict.FAIL)])
def test_a_warehouse_of_another_release_is_named(version: int, verdict: Verdict, loaded: WarehouseSettings) -> None:
    loaded.warehouse_path.chmod(0o600)
    with duckdb.connect(str(loaded.warehouse_path)) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = ?", [version])
    assert versions(loaded).verdict is verdict


@pytest.mark.parametrize(("version", "verdict"), [(1, Verdict.WARNING), (1_000, Verdict.FAIL)])
def test_an_inbox_of_another_release_is_named(version: int, verdict: Verdict, settings: WarehouseSettings) -> None:
    Inbox(settings.inbox_path, create=True).close()
    with closing(sqlite3.connect(settings.inbox_path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    assert versions(settings).verdict is verdict


def test_a_file_of_another_program_fails(settings: WarehouseSettings) -> None:
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("CREATE TABLE mine (n INTEGER)")
    assert versions(settings).verdict is Verdict.FAIL


def test_a_damaged_file_that_is_kept_aside_is_a_warning(loaded: WarehouseSettings) -> None:
    assert damaged_files(loaded).verdict is Verdict.OK
    (loaded.data_dir / "inbox.damaged-20260101T000000Z.sqlite").touch()
    finding = damaged_files(loaded)
    assert (finding.verdict, "inbox.damaged-2026" in finding.found) == (Verdict.WARNING, True)


def test_a_log_that_grows_because_of_a_reader_is_a_warning(settings: WarehouseSettings, inbox: Inbox) -> None:
    assert write_ahead_log(settings, max_bytes=400_000).verdict is Verdict.OK
    with closing(sqlite3.connect(settings.inbox_path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM deliveries").fetchall()
        for _ in range(60):
            inbox.append([(1, b"x" * 10_000)])
        assert write_ahead_log(settings, max_bytes=400_000).verdict is Verdict.WARNING


def test_without_a_backup_there_is_a_warning(loaded: WarehouseSettings) -> None:
    assert backup(loaded).verdict is Verdict.WARNING


def test_a_backup_is_ok_and_an_old_one_fails(loaded: WarehouseSettings, tmp_path: Path) -> None:
    back_up(loaded, tmp_path / "backup")
    note_success(loaded)
    assert backup(loaded).verdict is Verdict.OK
    with closing(Inbox(loaded.inbox_path)) as inbox:
        inbox.notes.add_backup(time.time_ns() // 1_000 - 9 * 86_400 * 1_000_000)
    assert backup(loaded).verdict is Verdict.FAIL
    assert backup(loaded, max_age=timedelta(days=30)).verdict is Verdict.OK


def test_a_backup_that_has_changed_since_fails(loaded: WarehouseSettings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    unfinished = dated(folder)
    back_up(loaded, unfinished)
    latest = finish(unfinished)
    note_success(loaded)
    assert backup(loaded, folder).verdict is Verdict.OK
    with (latest / "inbox.sqlite").open("r+b") as file:
        file.seek(100)
        file.write(b"\0" * 50)
    finding = backup(loaded, folder)
    assert (finding.verdict, "is not as it was" in finding.found) == (Verdict.FAIL, True)


def test_a_folder_without_backups_fails(loaded: WarehouseSettings, tmp_path: Path) -> None:
    back_up(loaded, tmp_path / "backup")
    note_success(loaded)
    (tmp_path / "other").mkdir()
    assert backup(loaded, tmp_path / "other").verdict is Verdict.FAIL
