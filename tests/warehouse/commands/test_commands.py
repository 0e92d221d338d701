"""The commands that check, back up, rebuild and erase, each as it is typed."""

import errno
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from tests.foreign_client import writes_and_is_killed
from tests.kinds import Action, Load, NewSettings, Payload, Query, Sample
from tests.loading import load_waiting
from tests.storages import at_rest, environment, opened_to_write
from warehouse.cli import main
from warehouse.commands import backup
from warehouse.commands.check import check
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import Limits
from warehouse.schema import MARTS
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.file import files, reader

Run = Callable[..., Result]


@pytest.fixture
def run(settings: WarehouseSettings) -> Run:
    """Run `warehouse` with some arguments on the test's data directory."""
    return lambda *arguments: CliRunner(env=environment(settings)).invoke(main, [str(a) for a in arguments])


def tables(settings: WarehouseSettings, *, leaving_out: str = "nothing") -> dict[str, list[tuple[Any, ...]]]:
    """All marts, without a column where it has it."""
    with storage_of(settings).connect() as connection:
        return {
            table.name: connection.sql(
                f"SELECT COLUMNS(c -> c <> '{leaving_out}') FROM {table.name} ORDER BY ALL"
            ).fetchall()
            for table in MARTS
        }


def everything(action: Action, sample: Sample) -> list[bytes | Payload]:
    """Deliveries of every kind."""
    first = action("ann", "talk", 10, tags=["data", "ops"], speakers=[{"speakerId": "sue"}], title="T")
    times = {"startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z"}
    return [
        sample("time_spent_full"),
        sample("time_spent_location_list"),
        sample("joined_session"),
        first,
        first,
        {**first, "timeSpentInMinutes": 11},
        action("ann", "other", 2.5, tags=["data"], **times),
        action("bob", "other", 61, tags=None, profile={"company": "ACME"}, **times),
        action("bob", "talk", "seven"),
        b"no json",
        b"caf\xe9",
        b"[]",
    ]


def test_a_rebuild_equals_what_loading_made_and_keeps_the_load_log(
    load: Load, run: Run, action: Action, sample: Sample, settings: WarehouseSettings, query: Query
) -> None:
    deliveries = everything(action, sample)
    load(*deliveries[:5])
    load(*deliveries[5:])
    raw = ("FROM raw.deliveries ORDER BY ALL", "FROM raw.quarantine ORDER BY ALL", "FROM raw.loads ORDER BY ALL")
    before, raw_before = tables(settings), [query(sql) for sql in raw]
    result = run("rebuild")
    assert (result.exit_code, result.output) == (0, f"rebuilt {storage_of(settings).address} from 11 deliveries\n")
    assert tables(settings) == before
    assert [query(sql) for sql in raw] == raw_before
    assert load(*deliveries).duplicate_count == len(deliveries)


def test_a_rebuild_takes_the_memory_that_large_bodies_need(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    """DuckDB unpacks 2,048 bodies at once, also to read one of them."""
    load(*(action(f"attendee-{number}", title="x" * 50_000 + str(number)) for number in range(200)))
    assert rebuild(settings, limits=Limits(reader_memory="4MB")) == 200
    assert query("SELECT count(*), sum(minutes_spent) FROM time_spent") == [(200, 2000.0)]


def test_a_rebuild_applies_another_repeat_policy(load: Load, action: Action, query: Query, tmp_path: Path) -> None:
    load(action("ann", minutes=1), action("ann", minutes=2))
    CliRunner(env={"DATA_DIR": str(tmp_path), "REPEAT_POLICY": "sum"}).invoke(main, ["rebuild"], catch_exceptions=False)
    assert query("SELECT minutes_spent FROM time_spent") == [(3.0,)]


def test_without_a_warehouse_every_command_says_so_in_a_line(run: Run) -> None:
    for command in ("rebuild", "check", "info"):
        result = run(command)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        assert result.output.count("\n") == 1


def test_an_inbox_that_cannot_be_opened_is_named(load: Load, run: Run, tmp_path: Path) -> None:
    load()
    (tmp_path / "inbox.sqlite").unlink()
    (tmp_path / "inbox.sqlite").mkdir()
    for command in (("load",), ("erase", "--email", "a@b")):
        assert run(*command).output == f"Error: {tmp_path}/inbox.sqlite: unable to open database file\n"


@pytest.mark.file_only("a lake is not found by DATA_DIR")
def test_a_wrong_data_dir_is_named_by_every_command_and_nothing_is_made_in_it(tmp_path: Path) -> None:
    """By its absolute path: a relative one that is meant for another folder looks right."""
    wrong = tmp_path / "somewhere" / "else"
    commands = (
        ["rebuild"],
        ["check"],
        ["info"],
        ["load"],
        ["backup", str(tmp_path / "copy")],
        ["erase", "--email", "a@b"],
    )
    for command in commands:
        for is_there in (False, True):
            result = CliRunner(env={"DATA_DIR": str(wrong)}).invoke(main, command)
            assert result.exit_code == 1
            assert result.output.count("\n") == 1
            assert f"at {wrong}/" in result.output
            assert "is DATA_DIR right?" in result.output
            assert wrong.exists() == is_there
            wrong.mkdir(parents=True, exist_ok=True)
        assert list(wrong.iterdir()) == []
        wrong.rmdir()
    assert not (tmp_path / "copy").exists()


@pytest.mark.file_only("a lake is not found by DATA_DIR")
@pytest.mark.parametrize("command", ["rebuild", "check", "info", "load"])
def test_each_command_prints_the_absolute_path_that_it_uses(
    command: str, load: Load, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    monkeypatch.chdir(settings.data_dir.parent)
    env = {"DATA_DIR": settings.data_dir.name, "COLUMNS": "1000"}
    result = CliRunner(env=env).invoke(main, [command])
    assert (result.exit_code, str(settings.data_dir) in result.output) == (0, True)


def test_commands_that_read_make_no_file(load: Load, run: Run, settings: WarehouseSettings) -> None:
    load()
    before = sorted(settings.data_dir.iterdir())
    for command in ("check", "info"):
        assert run(command).exit_code == 0
    assert sorted(settings.data_dir.iterdir()) == before


def test_a_file_of_payloads_makes_a_data_dir_for_the_owner_and_the_group(action: Action, tmp_path: Path) -> None:
    (tmp_path / "payloads.ndjson").write_text(json.dumps(action()))
    new = tmp_path / "new" / "data"
    result = CliRunner(env={"DATA_DIR": str(new)}).invoke(main, ["load", str(tmp_path / "payloads.ndjson")])
    assert (result.exit_code, str(new / "inbox.sqlite") in result.output) == (0, True)
    assert oct(new.stat().st_mode & 0o777) == "0o750"


def test_with_nothing_new_a_load_says_so_and_publishes_nothing(
    inbox: Inbox, run: Run, action: Action, query: Query
) -> None:
    inbox.append([(1, json.dumps(action(speakers=[{"speakerId": "sue"}])).encode())])
    assert run("load").exit_code == 0
    result = run("load")
    assert (result.exit_code, result.output.startswith("nothing new in ")) == (0, True)
    assert query("SELECT count(*) FROM raw.loads") == [(1,)]


def test_a_load_publishes_an_empty_warehouse_where_there_is_none(inbox: Inbox, run: Run, query: Query) -> None:
    assert inbox.last_id() == 0
    assert run("load").exit_code == 0
    assert query("SELECT count(*) FROM raw.loads") == [(1,)]


def test_a_load_shows_new_names_of_speakers_and_takes_removed_ones_away(
    load: Load, run: Run, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action(speakers=[{"speakerId": "sue"}]))
    (settings.data_dir / "speakers.csv").write_text("speaker_id,speaker_name\nsue,Sue Park\n", "utf-8")
    os.utime((settings.data_dir / "speakers.csv"), (1, 1))  # an old file that was moved here
    assert run("load").exit_code == 0
    assert query("FROM speakers") == [("sue", "Sue Park")]
    assert "nothing new" in run("load").output
    if settings.lake:  # another host may have the names: only an empty list removes them
        (settings.data_dir / "speakers.csv").write_text("speaker_id,speaker_name\n", "utf-8")
    else:
        (settings.data_dir / "speakers.csv").unlink()
    assert run("load").exit_code == 0
    assert query("FROM speakers") == [("sue", None)]
    assert "nothing new" in run("load").output


@pytest.mark.file_only("a lake has no other files in DATA_DIR")
def test_with_nothing_new_a_load_sets_the_log_of_another_client_aside(
    load: Load, run: Run, settings: WarehouseSettings
) -> None:
    load()
    writes_and_is_killed(settings.warehouse_path, "DELETE FROM raw.loads")
    assert "nothing new" in run("load").output
    assert len(list(settings.data_dir.glob("warehouse.foreign-*.duckdb.wal"))) == 1


def test_check_finds_nothing_wrong_with_what_the_loader_made(
    load: Load, run: Run, action: Action, sample: Sample
) -> None:
    load(*everything(action, sample))
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "WRONG" not in result.output


def test_check_warns_of_fields_that_could_not_be_read_and_still_succeeds(
    load: Load, run: Run, action: Action, settings: WarehouseSettings
) -> None:
    load(action(startDateTime="soon"), action("bob", "other", startDateTime="soon", title="x" * 1_001))
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "warning" in result.output
    [warning] = [finding for finding in check(settings) if finding.is_warning]
    assert warning.detail == "session.startDateTime 2 unreadable, session.title 1 cut"


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        ("DELETE FROM raw.deliveries WHERE action_id = 'action-2'", "was received"),
        ("UPDATE raw.deliveries SET delivery_id = 1", "id of its own"),
        ("DELETE FROM staging.action_keys WHERE delivery_id = 1", "repeats of each"),
        ("DELETE FROM staging.actions", "is parsed"),
        ("UPDATE surrogate_keys.time_spent SET minutes_spent = minutes_spent + 1", "has its surrogate keys"),
        ("DELETE FROM surrogate_keys.attendees WHERE registration_id = 'ann'", "has its surrogate keys"),
        ("UPDATE surrogate_keys.attendees SET company = 'Other'", "has the profile"),
        ("UPDATE time_spent SET minutes_spent = minutes_spent + 1 WHERE session_id = 'talk'", "time_spent"),
        ("UPDATE tag_engagement SET split_minutes = NULL", "tag_engagement"),
        ("DELETE FROM session_speakers", "session_speakers"),
        ("UPDATE session_engagement SET median_minutes = 3", "session_engagement"),
        ("UPDATE attendee_engagement SET engagement_rank = 9", "attendee_engagement"),
    ],
)
def test_check_fails_loudly_on_what_is_wrong(
    harm: str, named: str, load: Load, run: Run, action: Action, sample: Sample, settings: WarehouseSettings
) -> None:
    load(*everything(action, sample))
    with opened_to_write(settings) as connection:
        connection.execute(harm)
    result = run("check")
    assert result.exit_code == 1
    assert any("WRONG" in line and named in line for line in result.output.splitlines()), result.output


def test_check_misses_a_delivery_that_the_inbox_holds_and_the_warehouse_lost(
    inbox: Inbox, settings: WarehouseSettings, run: Run, action: Action
) -> None:
    now = 4_000_000_000_000_000
    inbox.append([(now, json.dumps(action()).encode()), (now, json.dumps(action("bob")).encode())])
    load_waiting(inbox, settings)
    with opened_to_write(settings) as connection:
        connection.execute("DELETE FROM raw.deliveries WHERE action_id = 'action-2'")
    assert any("WRONG" in line and "inbox row is" in line for line in run("check").output.splitlines())


@pytest.mark.parametrize(("version", "says"), [(7, "or `warehouse load` upgrades it"), (99, "use that release")])
def test_a_file_of_another_release_is_named_as_such(
    version: int, says: str, load: Load, run: Run, settings: WarehouseSettings
) -> None:
    load()
    with opened_to_write(settings) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = ?", [version])
    for command in ("check", "info"):
        result = run(command)
        assert (result.exit_code, says in result.output) == (1, True)


def test_info_shows_generation_rows_and_backlog(
    load: Load, inbox: Inbox, run: Run, action: Action, settings: WarehouseSettings
) -> None:
    load(action())
    inbox.append([(1, b"waiting")])
    output = run("info").output
    where = "files of the lake" if settings.lake else "warehouse.duckdb"
    for expected in ("load 1", "schema version", "time_spent", "1 rows", "1 delivery", where):
        assert expected in output


@pytest.mark.file_only("a lake is backed up by PostgreSQL's and the bucket's means")
def test_a_backup_restores_to_where_it_was_taken(
    load: Load, inbox: Inbox, run: Run, action: Action, settings: WarehouseSettings, tmp_path: Path
) -> None:
    load(action("ann"))
    inbox.append([(1, json.dumps(action("bob")).encode())])
    (settings.data_dir / "speakers.csv").write_text("speaker_id,speaker_name\n", "utf-8")
    assert run("backup", tmp_path / "backup").exit_code == 0
    load(action("cat"))
    restored = WarehouseSettings(data_dir=tmp_path / "backup")
    with closing(Inbox(restored.inbox_path, create=True)) as again:
        load_waiting(again, restored)
        again.append([(1, json.dumps(action("dan")).encode())])
        load_waiting(again, restored)
    with reader.connect(restored.warehouse_path) as connection:
        found = connection.sql("SELECT registration_id FROM time_spent ORDER BY ALL").fetchall()
    assert found == [("ann",), ("bob",), ("dan",)]
    assert (restored.data_dir / "speakers.csv").exists()


@pytest.mark.file_only("a lake is backed up by PostgreSQL's and the bucket's means")
def test_a_backup_is_as_private_as_the_data(load: Load, run: Run, action: Action, tmp_path: Path) -> None:
    load(action())
    assert run("backup", tmp_path / "backup").exit_code == 0
    folder = tmp_path / "backup"
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())} == {
        "backup": "0o700",
        "warehouse.duckdb": "0o440",
        "inbox.sqlite": "0o600",
        "manifest.json": "0o600",
    }


@pytest.mark.file_only("a lake is backed up by PostgreSQL's and the bucket's means")
@pytest.mark.parametrize("failing", ["copy_published", "sync"])
@pytest.mark.parametrize("was_there", [True, False])
def test_a_backup_that_fails_leaves_nothing(
    failing: str,
    was_there: bool,
    load: Load,
    action: Action,
    settings: WarehouseSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is full, while the file is copied or when it is flushed."""
    load(action())

    def fill(*paths: Path) -> None:
        if failing == "copy_published":
            paths[-1].write_bytes(b"half a file")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files if failing == "copy_published" else backup, failing, fill)
    target = tmp_path / "backup"
    if was_there:
        target.mkdir()
    with pytest.raises(OSError, match=r"no room: the backup needs \d+\.\d MB, and [\d,.]+ MB were free"):
        backup.back_up(settings, target)
    assert target.exists() == was_there
    assert not was_there or list(target.iterdir()) == []


def test_a_backup_of_an_inbox_alone_is_one(inbox: Inbox, run: Run, tmp_path: Path) -> None:
    """Before the first load, or with a damaged warehouse."""
    inbox.append([(1, b"{}")])
    assert run("backup", tmp_path / "backup").exit_code == 0
    with closing(Inbox.open_read_only(tmp_path / "backup" / "inbox.sqlite")) as copy:
        assert copy.last_id() == 1


def test_a_backup_into_what_is_no_folder_says_so(load: Load, run: Run, tmp_path: Path) -> None:
    load()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for no_folder in (Path("/dev/null"), tmp_path / "dangling"):
        assert f"Error: {no_folder} is no folder\n" in run("backup", no_folder).output


def test_a_backup_beside_the_data_warns(load: Load, run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load()
    inside = tmp_path / "backup"
    assert run("backup", inside).exit_code == 0
    assert f"{inside} is inside DATA_DIR: what destroys the data will destroy this backup, too" in caplog.messages


def test_a_backup_never_overwrites_anything(load: Load, run: Run, tmp_path: Path) -> None:
    load()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    assert "is not empty" in run("backup", tmp_path / "full").output


@pytest.mark.parametrize("suffix", ["", ".zst", ".gz"])
def test_a_file_of_payloads_is_loaded_without_a_receiver_and_again_adds_nothing(
    suffix: str, run: Run, action: Action, query: Query, tmp_path: Path
) -> None:
    file = tmp_path / f"payloads.ndjson{suffix}"
    lines = [json.dumps(action("ann")), "", json.dumps(action("bob")), "no json"]
    with pa.output_stream(str(file)) as stream:
        stream.write("\n".join(lines).encode())
    assert run("load", file).exit_code == 0
    assert run("load", file).exit_code == 0
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",)]
    assert query("SELECT sum(delivery_count), sum(duplicate_count) FROM raw.loads") == [(6, 3)]


MAIL, NAME = "Ann.Traceable@Example.org", "Annabeltraceable"


def about_ann(action: Action) -> list[bytes | Payload]:
    """All kinds of deliveries about one person."""
    profile = {"firstName": NAME, "email": MAIL}
    return [
        action("reg-1", "talk", 10, profile=profile, actor={"id": "actor-1"}, title="Set by her"),
        action("reg-2", "other", 20, profile={"email": MAIL.lower(), "lastName": NAME}, event="second"),
        action("reg-1", "other", 20, note=NAME),
        {"action": "JOINED_SESSION", "actionId": "j", "actor": {"id": "actor-1", "name": NAME}},
        {"action": "JOINED_SESSION", "actionId": "k", "registration": {"id": "reg-1"}, "note": NAME},
        action("reg-1", "talk", -1, note=NAME),
        f"{MAIL} said {NAME}".encode(),
    ]


def about_others(action: Action) -> list[bytes | Payload]:
    """Deliveries that look like hers and are not."""
    return [
        action("bob", "talk", 30, profile={"email": "x" + MAIL}, actor={"id": "actor-2"}, tags=["data"]),
        action("reg-10", "reg-1", 5, profile={"firstName": "reg-1"}),
        action("cat", "talk", 10),
        b"some other text",
    ]


def test_an_erasure_leaves_no_byte_and_the_figures_of_a_warehouse_without_the_person(
    load: Load,
    inbox: Inbox,
    run: Run,
    action: Action,
    settings: WarehouseSettings,
    new_settings: NewSettings,
) -> None:
    others, ann = about_others(action), about_ann(action)
    load(*others[:2], *ann[:4])
    load(*ann[4:], *others[2:])
    damaged = "inbox.damaged-1.sqlite" if settings.lake else "warehouse.corrupt-1.duckdb"
    (settings.data_dir / damaged).write_text(NAME)
    inbox.append([(4_000_000_000_000_000, json.dumps(ann[0]).encode())])
    result = run("erase", "--email", MAIL.upper(), "--json")
    assert result.exit_code == 0, result.output
    receipt = json.loads(result.output)
    assert (receipt["registration_count"], receipt["delivery_count"], receipt["quarantine_count"]) == (2, 5, 2)
    assert receipt["inbox_count"] >= 1
    for name, content in at_rest(settings):
        assert NAME.lower().encode() not in content.lower(), name
        assert f" {MAIL.lower()}".encode() not in content.lower(), name
    never = new_settings("never")
    with closing(Inbox(never.inbox_path, create=True)) as other_inbox:
        other_inbox.append([(1, d if isinstance(d, bytes) else json.dumps(d).encode()) for d in others])
        load_waiting(other_inbox, never)
    published = tables(settings, leaving_out="received_at")
    assert published == tables(never, leaving_out="received_at")
    assert run("check").exit_code == 0


def test_an_erasure_by_registration_takes_that_registration_and_no_other(
    load: Load, run: Run, action: Action, query: Query
) -> None:
    load(*about_ann(action)[:4], *about_others(action))
    assert run("erase", "--registration-id", "reg-1").exit_code == 0
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("bob",), ("cat",), ("reg-10",), ("reg-2",)]
    assert query("SELECT count(*) FROM raw.deliveries WHERE action = 'JOINED_SESSION'") == [(0,)]


def test_an_erasure_reaches_what_was_set_aside(load: Load, inbox: Inbox, run: Run, settings: WarehouseSettings) -> None:
    load()
    with closing(sqlite3.connect(settings.inbox_path)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS set_aside (received_at INTEGER, size INTEGER, body BLOB)")
        connection.execute("INSERT INTO set_aside (received_at, size, body) VALUES (1, 1, ?)", [MAIL.encode()])
    assert json.loads(run("erase", "--email", MAIL, "--json").output)["set_aside_count"] == 1
    assert inbox.last_id() == 0


def test_an_erasure_of_nobody_changes_nothing(load: Load, run: Run, action: Action, query: Query) -> None:
    load(action())
    assert json.loads(run("erase", "--email", "nobody@example.org", "--json").output)["delivery_count"] == 0
    assert query("SELECT count(*) FROM raw.loads") == [(1,)]
    assert run("erase").exit_code == 2


def test_a_command_that_writes_waits_for_its_turn_and_says_when_it_does_not_come(
    load: Load, run: Run, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    storage = storage_of(settings)
    impatient = partial(type(storage).only_writer, storage, timedelta(0))
    monkeypatch.setattr(type(storage), "only_writer", lambda _storage: impatient())
    with impatient():
        result = run("rebuild")
    assert (result.exit_code, "another process is writing" in result.output) == (1, True)
