"""Erasing: a person is found in every store, however their deliveries are spelt; nobody found changes nothing."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from click.testing import CliRunner, Result

from tests.kinds import Action, Load, Query
from tests.storages import at_rest
from warehouse import cli
from warehouse.commands import erase as erase_module
from warehouse.commands import unfinished
from warehouse.commands.erase import Receipt, erase
from warehouse.commands.person import Person
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings

Run = Callable[..., Result]

MAIL = "zoë@example.org"
ESCAPED = "zo\\u00EB@example.org"


@pytest.fixture
def run(settings: WarehouseSettings) -> Run:
    return lambda *arguments: CliRunner(env={"DATA_DIR": str(settings.data_dir)}).invoke(
        cli.main, [str(argument) for argument in arguments]
    )


def counts(receipt: Receipt) -> tuple[int, ...]:
    """Registrations, deliveries, quarantined, waiting and set aside."""
    return tuple(value for value in receipt[1:-1] if isinstance(value, int))


def files_in(settings: WarehouseSettings) -> dict[str, bytes]:
    """Every file of the data directory, but the index that SQLite makes to read."""
    return {path.name: path.read_bytes() for path in settings.data_dir.iterdir() if "-shm" not in path.name}


def test_an_escaped_address_is_found_in_every_store(
    load: Load, inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
    time_spent = '{"action":"TIME_SPENT_IN_SESSION","session":{"id":"s"},"timeSpentInMinutes":%s,"registration":%s}'
    registration = f'{{"id":"r-1","profile":{{"email":"{ESCAPED}"}}}}'
    load(
        (time_spent % (5, registration)).encode(),
        b'{"action":"JOINED_SESSION","registration":%s}' % registration.encode(),
        b'{"action":"JOINED_SESSION","registration":{"id":"r-2","email":"%s"}}' % ESCAPED.encode(),
        (time_spent % (-5, registration)).encode(),
        b'{"attendee":{"email":"%s"}}' % ESCAPED.encode(),
        b'{"registration":{"email":"%s"' % ESCAPED.encode(),
        "mail to ZOË@example.org".encode("cp1252"),
        (time_spent % (7, '{"id":"bob"}')).encode(),
        b'{"action":"JOINED_SESSION","registration":{"id":"r-2"}}',
    )
    inbox.append([(4_000_000_000_000_000, (time_spent % (6, registration)).encode())])
    inbox.set_aside.add([Unverified(1, None, (time_spent % (7, registration)).encode())], max_bytes=10_000)
    receipt = erase(settings, Person(email=MAIL))
    assert counts(receipt) == (2, 4, 4, 9, 1)
    assert query("SELECT registration_id FROM time_spent") == [("bob",)]
    assert query("SELECT count(*) FROM raw.quarantine") == [(0,)]
    for name, content in at_rest(settings):
        assert b"example.org" not in content, name


def test_an_address_in_latin_1_is_erased_from_warehouse_and_inbox(
    load: Load, run: Run, settings: WarehouseSettings
) -> None:
    body = '{"action":"X","registration":{"id":"r-1","profile":{"email":"zoë@bücher.example"}}}'
    load(body.encode("latin-1"), body.replace("zoë", "bob").encode("latin-1"))
    receipt = json.loads(run("erase", "--email", "zoë@bücher.example", "--json").output)
    assert (receipt["quarantine_count"], receipt["inbox_count"]) == (1, 1)
    for name, content in at_rest(settings):
        assert "zoë@b".encode("latin-1") not in content, name
        assert b"zo\\xeb@b" not in content, name
    assert run("check").exit_code == 0


@pytest.mark.parametrize("text", ["@", " @ ", "@example.org", "zoe@", "example"])
def test_what_is_no_address_is_refused_and_erases_nothing(text: str, load: Load, run: Run, query: Query) -> None:
    """Else it would be found as a word in deliveries of others that are no JSON."""
    load(b"not json, an example @ home of zoe@ @example.org")
    assert run("erase", "--email", text).exit_code == 2
    assert query("SELECT count(*) FROM raw.quarantine") == [(1,)]


@pytest.mark.parametrize(
    ("registration_id", "stored"), [("abc", '"\\u0061bc"'), ("5", "5"), ("5", '"5"')], ids=["escaped", "number", "text"]
)
def test_a_registration_is_found_however_its_id_is_written(
    registration_id: str, stored: str, load: Load, run: Run, query: Query
) -> None:
    body = '{"action":"TIME_SPENT_IN_SESSION","session":{"id":"s"},"timeSpentInMinutes":1,"registration":{"id":%s}}'
    load((body % stored).encode(), (body % '"bob"').encode())
    assert run("erase", "--registration-id", registration_id).exit_code == 0
    assert query("SELECT registration_id FROM time_spent") == [("bob",)]


def test_nobody_found_is_said_with_code_1_and_nothing_is_changed(
    load: Load, run: Run, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    load(action("bob"))
    (settings.data_dir / "inbox.damaged-1.sqlite").write_text("damaged")
    before = files_in(settings)
    result = run("erase", "--email", "nobody@example.org", "--registration-id", "nobody")
    assert result.exit_code == 1
    sentence = "Error: nobody with this mail address or registration is stored; nothing was changed"
    assert result.stderr.startswith(sentence)
    assert "inbox.damaged-1.sqlite" in result.stderr
    assert result.stdout == ""
    assert files_in(settings) == before
    asked_for_json = run("erase", "--registration-id", "nobody", "--json")
    assert asked_for_json.exit_code == 1
    assert list(json.loads(asked_for_json.stdout).values())[1:] == [0, 0, 0, 0, 0, {}, [], [], 0]


def test_nobody_is_found_where_nothing_is_stored(run: Run) -> None:
    assert run("erase", "--email", MAIL).exit_code == 1


def test_the_receipt_counts_the_registrations_found_and_not_those_asked_for(
    load: Load, run: Run, action: Action
) -> None:
    load(action("ann"), action("bob"))
    result = run("erase", "--json", "--registration-id", "ann", "--registration-id", "cat", "--registration-id", "dan")
    assert json.loads(result.stdout)["registration_count"] == 1


def test_an_erasure_that_failed_half_way_is_completed_by_one_that_finds_nobody(
    load: Load, run: Run, action: Action, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is gone from the published file; the one before it and a damaged one still hold them."""
    load(action("ann", profile={"firstName": "Annabeltraceable"}))
    (settings.data_dir / "inbox.damaged-1.sqlite").write_text("Annabeltraceable")
    with monkeypatch.context() as broken:
        broken.setattr(erase_module, "damaged_files", lambda _: (_ for _ in ()).throw(OSError("input/output error")))
        assert "input/output error" in run("erase", "--registration-id", "ann").output
    assert (settings.data_dir / unfinished.NAME).exists()
    result = run("erase", "--registration-id", "ann", "--json")
    assert result.exit_code == 0
    removed = json.loads(result.stdout)["removed_files"]
    assert ("snapshots" in removed[0]) if settings.lake else (removed[0] == "warehouse.previous.duckdb")
    assert removed[-1] == "inbox.damaged-1.sqlite"
    assert not (settings.data_dir / unfinished.NAME).exists()
    assert run("erase", "--registration-id", "ann").exit_code == 1


def test_files_that_a_crashed_repair_has_left_are_removed(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    for name in ("inbox.mending.sqlite", "inbox.mending.sqlite-wal", "inbox.damaged-1.sqlite-wal"):
        (settings.data_dir / name).write_text("ann")
    receipt = erase(settings, Person({"ann"}))
    assert {name for name in receipt.removed_files if name.startswith("inbox")} == {
        "inbox.mending.sqlite",
        "inbox.mending.sqlite-wal",
        "inbox.damaged-1.sqlite-wal",
    }


def test_a_person_is_erased_from_the_inbox_that_a_crashed_repair_left_as_a_draft(
    action: Action, settings: WarehouseSettings
) -> None:
    mending = settings.data_dir / "inbox.mending.sqlite"
    with closing(Inbox(mending, create=True)) as inbox:
        inbox.append([(1, json.dumps(action("ann")).encode()), (1, json.dumps(action("bob")).encode())])
    assert erase(settings, Person({"ann"})).inbox_count == 1
    with closing(sqlite3.connect(settings.inbox_path)) as connection:
        assert connection.execute("SELECT count(*) FROM deliveries").fetchall() == [(1,)]


@pytest.mark.file_only("a lake is never lost")
def test_a_person_is_erased_from_the_generation_before_a_lost_one(
    load: Load, action: Action, settings: WarehouseSettings, query: Query, inbox: Inbox
) -> None:
    load(action("ann"), action("bob"))
    load(action("cat"))
    settings.warehouse_path.unlink()
    inbox.prune(loaded_up_to=3, received_before=4_000_000_000_000_000)
    assert counts(erase(settings, Person({"ann"}))) == (1, 1, 0, 0, 0)
    assert query("SELECT registration_id FROM time_spent") == [("bob",)]


@pytest.mark.file_only("a lake is never lost")
def test_a_lost_published_file_is_made_again_before_the_one_before_it_is_removed(
    load: Load, action: Action, settings: WarehouseSettings, query: Query, inbox: Inbox
) -> None:
    load(action("bob"))
    load()
    settings.warehouse_path.unlink()
    inbox.append([(4_000_000_000_000_000, json.dumps(action("ann")).encode())])
    assert counts(erase(settings, Person({"ann"}))) == (1, 0, 0, 1, 0)
    assert query("SELECT registration_id FROM time_spent") == [("bob",)]
