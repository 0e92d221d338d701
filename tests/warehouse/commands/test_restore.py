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
from warehouse.commands.backup import back_up, dated, dated_in
from warehouse.commands.erase import erase
from warehouse.commands.load import load as load_inbox
from warehouse.commands.person import Person
from warehouse.commands.restore import restore
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage.file import reader

pytestmark = pytest.mark.file_only("a lake is backed up by PostgreSQL's and the bucket's means")

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


@pytest.mark.parametrize("steps", range(1, 7))
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


def test_a_backup_that_is_killed_before_it_is_checked_does_not_count(
    load: Load, action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    """It stays until the backups of its time go."""
    load(action("ann"))
    folder = tmp_path / "backups"
    back_up(settings, killed := dated(folder))
    assert [path.name for path in dated_in(folder)] == []
    killed.rename(folder / "2025-01-02T000000Z.unfinished")
    (folder / "2025-01-01T000000Z").mkdir()

    assert run(settings, "backup", folder, "--keep", 2, "--verify").exit_code == 0
    assert (folder / "2025-01-01T000000Z").exists()
    assert (folder / "2025-01-02T000000Z.unfinished").exists()
    dated_in(folder)[-1].rename(folder / "2025-01-03T000000Z")
    assert run(settings, "backup", folder, "--keep", 1, "--verify").exit_code == 0
    assert [path.name for path in folder.iterdir()] == [path.name for path in dated_in(folder)]


def test_a_backup_with_faults_does_not_count(
    load: Load, action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    load(action("ann"))
    with connect_to_write(settings.warehouse_path) as connection:
        connection.execute("UPDATE time_spent SET minutes_spent = 99")

    result = run(settings, "backup", tmp_path / "backups", "--keep", 1, "--verify")

    [folder] = (tmp_path / "backups").iterdir()
    assert f"the backup {folder} has faults" in result.output
    assert dated_in(tmp_path / "backups") == []


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


def repeats(settings: WarehouseSettings) -> int:
    """How often a delivery is noted as sent again, once everything is loaded."""
    attendees(settings)
    with reader.connect(settings.warehouse_path) as connection:
        return int(connection.sql("SELECT count(*) FROM raw.repeats").fetchall()[0][0])


def inbox_count(settings: WarehouseSettings) -> int:
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        return len(inbox.read_after(0, max_count=1_000, max_bytes=1_000_000))


def append(settings: WarehouseSettings, received_at: int, *payloads: dict[str, object]) -> None:
    with closing(Inbox(settings.inbox_path)) as inbox:
        inbox.append([(received_at + number, json.dumps(payload).encode()) for number, payload in enumerate(payloads)])


NOW = 1_990_000_000_000_000  # 2033: unlike what the fixture `load` accepts, it is not yet to be forgotten


@pytest.fixture
def waiting(load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings, tmp_path: Path) -> Path:
    """A backup with Ann, who is loaded, and Bob, who waits."""
    load(action("ann"))
    append(settings, NOW, action("bob"))
    assert run(settings, "backup", tmp_path / "backup").exit_code == 0
    inbox.close()
    return tmp_path / "backup"


def test_on_another_path_the_loader_goes_on_where_the_backup_was(waiting: Path, tmp_path: Path) -> None:
    elsewhere = WarehouseSettings(data_dir=tmp_path / "elsewhere")

    result = run(elsewhere, "restore", waiting)

    assert "the loader goes on after delivery 1" in result.output
    with closing(Inbox.open_read_only(elsewhere.inbox_path)) as restored:
        assert restored.backlog().delivery_count == 1
    assert attendees(elsewhere) == ["ann", "bob"]
    assert repeats(elsewhere) == 0
    assert run(elsewhere, "check").exit_code == 0


def test_restores_over_the_same_data_read_nothing_twice(waiting: Path, settings: WarehouseSettings) -> None:
    for _ in range(3):
        assert run(settings, "restore", waiting).exit_code == 0
        assert attendees(settings) == ["ann", "bob"]

    assert repeats(settings) == 0
    assert inbox_count(settings) <= 2


def test_each_delivery_since_the_backup_comes_in_once(
    waiting: Path, action: Action, settings: WarehouseSettings
) -> None:
    append(settings, NOW + 10, action("cat"), action("dan"))
    for _ in range(2):
        assert run(settings, "restore", waiting).exit_code == 0
        assert attendees(settings) == ["ann", "bob", "cat", "dan"]
    append(settings, NOW + 20, action("eve"))
    assert run(settings, "restore", waiting).exit_code == 0

    assert attendees(settings) == ["ann", "bob", "cat", "dan", "eve"]
    assert repeats(settings) == 0


def test_what_zuddl_sent_again_stays_a_repeat(waiting: Path, action: Action, settings: WarehouseSettings) -> None:
    cat = action("cat")
    append(settings, NOW + 10, cat, cat)

    assert run(settings, "restore", waiting).exit_code == 0

    assert repeats(settings) == 1


def test_an_inbox_that_an_older_release_has_doubled_is_single_again(waiting: Path, settings: WarehouseSettings) -> None:
    with closing(Inbox(settings.inbox_path)) as inbox:
        every = inbox.read_after(0, max_count=10, max_bytes=1_000_000)
        inbox.append([(received_at, body) for _, received_at, body in every])

    assert run(settings, "restore", waiting).exit_code == 0

    assert inbox_count(settings) == 2
    assert repeats(settings) == 0


def test_a_backup_without_an_inbox_goes_on_with_the_inbox_that_is_there(
    waiting: Path, action: Action, settings: WarehouseSettings
) -> None:
    append(settings, NOW + 10, action("cat"))
    for name in ("inbox.sqlite", "manifest.json"):
        (waiting / name).unlink()
    for _ in range(2):
        assert run(settings, "restore", waiting).exit_code == 0
        assert attendees(settings) == ["ann", "bob", "cat"]
        assert run(settings, "check").exit_code == 0


def test_a_backup_without_an_inbox_reads_nothing_twice(waiting: Path, settings: WarehouseSettings) -> None:
    for name in ("inbox.sqlite", "manifest.json"):
        (waiting / name).unlink()

    assert run(settings, "restore", waiting).exit_code == 0

    assert repeats(settings) == 0


def test_a_backup_without_a_warehouse_is_read_in_full(waiting: Path, settings: WarehouseSettings) -> None:
    for name in ("warehouse.duckdb", "manifest.json"):
        (waiting / name).unlink()

    result = run(settings, "restore", waiting)

    assert "the loader reads all of it" in result.output
    assert attendees(settings) == ["ann", "bob"]
    assert repeats(settings) == 0


def test_a_backup_whose_warehouse_is_of_another_inbox_is_read_in_full(
    waiting: Path, action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    """Its position says nothing about this inbox: Bob would be skipped, or more."""
    elsewhere = WarehouseSettings(data_dir=tmp_path / "elsewhere")
    elsewhere.data_dir.mkdir()
    with closing(Inbox(elsewhere.inbox_path, create=True)) as other:
        other.append([(1, json.dumps(action("cat")).encode()), (2, json.dumps(action("dan")).encode())])
        load_inbox(other, elsewhere)
    (waiting / "warehouse.duckdb").chmod(0o600)
    (waiting / "warehouse.duckdb").write_bytes(elsewhere.warehouse_path.read_bytes())
    (waiting / "manifest.json").unlink()

    assert run(settings, "restore", waiting).exit_code == 0

    assert attendees(settings) == ["ann", "bob", "cat", "dan"]


def test_a_backup_whose_inbox_is_older_than_its_warehouse_is_read_in_full(
    waiting: Path, action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    """By hand together: the warehouse has read up to 3. The inbox gave 3 to another delivery, after it was put back."""
    append(settings, NOW + 10, action("cat"))
    assert attendees(settings) == ["ann", "bob", "cat"]
    assert run(settings, "backup", tmp_path / "later").exit_code == 0
    (tmp_path / "later" / "inbox.sqlite").write_bytes((waiting / "inbox.sqlite").read_bytes())
    with closing(Inbox(tmp_path / "later" / "inbox.sqlite")) as older:
        older.append([(NOW + 20, json.dumps(action("dan")).encode()), (NOW + 21, json.dumps(action("eve")).encode())])
    (tmp_path / "later" / "manifest.json").unlink()

    assert run(settings, "restore", tmp_path / "later").exit_code == 0

    assert attendees(settings) == ["ann", "bob", "cat", "dan", "eve"]


@pytest.mark.usefixtures("waiting")
def test_what_the_inbox_has_forgotten_is_in_the_warehouse_alone(
    action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    """Ann is old: the load of Bob lets the inbox forget her, and the second backup's inbox has Bob alone."""
    assert attendees(settings) == ["ann", "bob"]
    append(settings, NOW + 10, action("cat"))
    assert attendees(settings) == ["ann", "bob", "cat"]
    assert inbox_count(settings) == 2
    assert run(settings, "backup", tmp_path / "pruned").exit_code == 0
    for _ in range(2):
        assert run(settings, "restore", tmp_path / "pruned").exit_code == 0
        assert attendees(settings) == ["ann", "bob", "cat"]

    assert repeats(settings) == 0


@pytest.mark.usefixtures("waiting")
def test_what_is_set_aside_is_not_doubled(settings: WarehouseSettings, tmp_path: Path) -> None:
    with closing(Inbox(settings.inbox_path)) as inbox:
        inbox.set_aside.add([Unverified(NOW, b"no", b"{}")], 1_000_000)
    assert run(settings, "backup", tmp_path / "with").exit_code == 0
    with closing(Inbox(settings.inbox_path)) as inbox:
        inbox.set_aside.add([Unverified(NOW, None, b"{}")], 1_000_000)
    for _ in range(2):
        assert run(settings, "restore", tmp_path / "with").exit_code == 0

    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        assert [one.signature for one in inbox.set_aside.all()] == [b"no", None]


def test_the_data_directory_is_no_backup_of_itself(backed_up: Path, inbox: Inbox, settings: WarehouseSettings) -> None:
    inbox.close()

    result = run(settings, "restore", settings.data_dir)

    assert backed_up.exists()
    assert (result.exit_code, result.output) == (
        1,
        f"Error: {settings.data_dir} is DATA_DIR itself: name the folder of a backup\n",
    )
