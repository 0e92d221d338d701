"""Backups that one can trust: a manifest, a number of them, and the way back."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.foreign_client import connect_to_write
from tests.kinds import Action, Load
from warehouse.cli import main
from warehouse.commands.erase import erase
from warehouse.commands.load import load as load_inbox
from warehouse.commands.person import Person
from warehouse.commands.restore import restore
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import reader

Run = Callable[..., Result]


@pytest.fixture
def backed_up(load: Load, action: Action, settings: WarehouseSettings, tmp_path: Path) -> Path:
    """A backup with Ann."""
    load(action("ann"))
    assert run(settings, "backup", tmp_path / "backup").exit_code == 0
    return tmp_path / "backup"


def run(settings: WarehouseSettings, *arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), env={"DATA_DIR": str(settings.data_dir)})


def attendees(settings: WarehouseSettings) -> list[str]:
    """Who has time spent, once everything is loaded."""
    with closing(Inbox(settings.inbox_path)) as inbox:
        load_inbox(inbox, settings)
    with reader.connect(settings.warehouse_path) as connection:
        return [name for (name,) in connection.sql("SELECT registration_id FROM time_spent ORDER BY ALL").fetchall()]


def test_a_manifest_names_each_file(backed_up: Path) -> None:
    manifest = json.loads((backed_up / "manifest.json").read_text("utf-8"))

    assert sorted(manifest["files"]) == ["inbox.sqlite", "warehouse.duckdb"]
    assert manifest["files"]["warehouse.duckdb"]["bytes"] == (backed_up / "warehouse.duckdb").stat().st_size
    assert manifest["version"] == "0.1.0"


def test_a_backup_is_restored_on_another_path(backed_up: Path, tmp_path: Path) -> None:
    """Another machine has another folder, which need not exist."""
    elsewhere = WarehouseSettings(data_dir=tmp_path / "other" / "place")

    result = run(elsewhere, "restore", backed_up)

    assert result.exit_code == 0, result.output
    assert "restored warehouse.duckdb\nrestored inbox.sqlite\n" in result.output
    assert attendees(elsewhere) == ["ann"]
    assert run(elsewhere, "check").exit_code == 0


def test_what_came_after_the_backup_is_not_lost(
    backed_up: Path, load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings
) -> None:
    """Bob was loaded, and Cat waits. The old inbox has forgotten Ann: her delivery is old, and loaded."""
    load(action("bob"))
    inbox.append([(1, json.dumps(action("cat")).encode())])
    inbox.close()

    result = run(settings, "restore", backed_up)

    assert result.exit_code == 0, result.output
    assert "carried over 2 deliveries" in result.output
    [before] = settings.data_dir.glob("before-restore-*")
    assert sorted(path.name for path in before.iterdir())[:2] == ["inbox.sqlite", "warehouse.duckdb"]
    assert attendees(settings) == ["ann", "bob", "cat"]


def test_a_restore_twice_is_a_restore(backed_up: Path, inbox: Inbox, settings: WarehouseSettings) -> None:
    inbox.close()
    for _ in range(2):
        assert run(settings, "restore", backed_up).exit_code == 0

    assert attendees(settings) == ["ann"]


@pytest.mark.parametrize("steps", range(1, 6))
def test_a_restore_that_stopped_anywhere_is_done_again_without_a_loss(
    steps: int, backed_up: Path, load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings
) -> None:
    """Each line tells of a step. There is an inbox at any moment, for a receiver that is started meanwhile."""
    load(action("bob"))
    inbox.close()
    under_way = restore(settings, backed_up)
    for _ in range(steps):
        next(under_way, None)
    under_way.close()
    assert settings.inbox_path.exists()
    assert settings.warehouse_path.exists()

    assert run(settings, "restore", backed_up).exit_code == 0

    assert attendees(settings) == ["ann", "bob"]
    assert run(settings, "check").exit_code == 0


def test_what_a_killed_restore_left_of_its_inbox_is_not_used(
    backed_up: Path, action: Action, inbox: Inbox, settings: WarehouseSettings, tmp_path: Path
) -> None:
    """Its write-ahead log would be applied to the next copy, which is of another backup."""
    inbox.close()
    elsewhere = tmp_path / "other.sqlite"
    with closing(Inbox(elsewhere, create=True)) as killed:
        killed.append([(1, json.dumps(action("cat")).encode())])
        for ending in ("", "-wal"):
            draft = settings.data_dir / f"inbox.sqlite.restoring{ending}"
            draft.write_bytes(elsewhere.with_name(f"{elsewhere.name}{ending}").read_bytes())

    assert run(settings, "restore", backed_up).exit_code == 0

    assert attendees(settings) == ["ann"]
    assert not list(settings.data_dir.glob("*.restoring*"))


def test_a_running_receiver_keeps_its_inbox(backed_up: Path, inbox: Inbox, settings: WarehouseSettings) -> None:
    """It has the file open. Nothing is changed."""
    inbox.append([(1, b"{}")])

    result = run(settings, "restore", backed_up)

    assert result.exit_code == 1
    assert f"Error: {settings.inbox_path} is in use: stop the receiver, then restore again\n" in result.output
    assert not list(settings.data_dir.glob("before-restore-*"))
    inbox.append([(2, b"{}")])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / "inbox.sqlite").unlink(), "inbox.sqlite is missing"),
        (lambda folder: (folder / "inbox.sqlite").write_bytes(b"x"), "inbox.sqlite is not as it was"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"{}"), "manifest.json is not as it was"),
    ],
    ids=["missing", "changed", "no manifest"],
)
def test_a_damaged_backup_is_refused(
    spoil: Callable[[Path], object], sentence: str, backed_up: Path, inbox: Inbox, settings: WarehouseSettings
) -> None:
    inbox.close()
    spoil(backed_up)

    result = run(settings, "restore", backed_up)

    assert result.exit_code == 1
    assert sentence in result.output
    assert attendees(settings) == ["ann"]


def test_a_backup_of_a_newer_release_is_refused(backed_up: Path, inbox: Inbox, settings: WarehouseSettings) -> None:
    """Else the loader would wait, and the figures that were there would be put aside."""
    inbox.close()
    manifest = backed_up / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text("utf-8")) | {"schema_version": 99, "version": "9.0"}))

    result = run(settings, "restore", backed_up)

    assert result.exit_code == 1
    assert f"Error: release 9.0 made {backed_up}: its schema version 99 is newer than" in result.output
    assert attendees(settings) == ["ann"]


def test_a_folder_without_a_backup_is_named(settings: WarehouseSettings, tmp_path: Path) -> None:
    result = run(settings, "restore", tmp_path)

    assert (result.exit_code, result.output) == (
        1,
        f"Error: {tmp_path} holds no backup: neither warehouse.duckdb nor inbox.sqlite is there\n",
    )


def test_the_newest_backups_are_kept(backed_up: Path, settings: WarehouseSettings, tmp_path: Path) -> None:
    """What is no backup stays."""
    folder = tmp_path / "backups"
    for name in ("2025-01-01T000000Z", "2025-01-02T000000Z", "notes"):
        (folder / name).mkdir(parents=True)

    result = run(settings, "backup", folder, "--keep", 2, "--verify")

    assert result.exit_code == 0, result.output
    assert "verified: no fault" in result.output
    assert f"removed {folder}/2025-01-01T000000Z\n" in result.output
    assert len(list(folder.iterdir())) == 3
    assert (folder / "2025-01-02T000000Z").exists()
    assert backed_up.exists()


def last_backup_at(settings: WarehouseSettings) -> int:
    """What /metrics tells, in microseconds since 1970."""
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        return inbox.notes.last_backup_at()


def test_a_backup_with_faults_is_no_backup_to_the_metrics(
    load: Load, action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    load(action("ann"))
    with connect_to_write(settings.warehouse_path) as connection:
        connection.execute("UPDATE time_spent SET minutes_spent = 99")

    result = run(settings, "backup", tmp_path / "backup", "--verify")

    assert result.exit_code == 1
    assert "has faults" in result.output
    assert last_backup_at(settings) == 0


def test_after_a_restore_its_backup_is_the_last_one(backed_up: Path, tmp_path: Path) -> None:
    made_at = datetime.fromisoformat(json.loads((backed_up / "manifest.json").read_text("utf-8"))["made_at"])
    elsewhere = WarehouseSettings(data_dir=tmp_path / "elsewhere")

    assert run(elsewhere, "restore", backed_up).exit_code == 0

    assert last_backup_at(elsewhere) == made_at.timestamp() * 1_000_000


def test_an_erasure_removes_what_a_restore_put_aside(
    backed_up: Path, inbox: Inbox, settings: WarehouseSettings
) -> None:
    inbox.close()
    assert run(settings, "restore", backed_up).exit_code == 0
    assert attendees(settings) == ["ann"]

    receipt = erase(settings, Person({"ann"}))

    assert not list(settings.data_dir.glob("before-restore-*"))
    assert any(name.startswith("before-restore-") for name in receipt.removed_files)
