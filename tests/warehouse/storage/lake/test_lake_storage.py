"""The storage in a lake: the same tables as in a file, one writer, one snapshot for each reader."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.kinds import Action
from tests.postgres import empty_database
from warehouse import schema
from warehouse.commands.check import check
from warehouse.commands.load import load
from warehouse.commands.rebuild import rebuild
from warehouse.inbox import backfill
from warehouse.inbox.payload_file import read_payloads
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage import LakeStorage, Storage, storage_of
from warehouse.storage.errors import LoaderBusy, Superseded, WarehouseMissing
from warehouse.storage.lake.claim import NotOurs

PAYLOADS = Path(__file__).parents[3] / "payloads" / "every_action.ndjson"
# Their values are the time of the load, and where rows of a batch stand.
TIMES = {"raw.loads"}


@pytest.fixture
def storage(at_lake: WarehouseSettings) -> Storage:
    return storage_of(at_lake)


def contents(storage: Storage) -> dict[str, list[tuple[Any, ...]]]:
    with storage.connect() as connection:
        return {
            table.name: connection.sql(f"FROM {table.name} ORDER BY ALL").fetchall()
            for table in (*schema.TABLES, *schema.VIEWS)
            if table.name not in TIMES
        }


def rows(storage: Storage, sql: str) -> list[tuple[Any, ...]]:
    with storage.connect() as connection:
        return connection.sql(sql).fetchall()


def load_payloads(inbox: Inbox, settings: WarehouseSettings) -> None:
    backfill.accept(inbox, read_payloads(PAYLOADS, is_as_is=False), lambda _size: None)
    load(inbox, settings)


def test_a_load_stores_the_same_in_a_lake_as_in_a_file(inbox: Inbox, at_lake: WarehouseSettings) -> None:
    load_payloads(inbox, at_lake)
    load(inbox, replace(at_lake, lake=None))
    assert contents(storage_of(at_lake)) == contents(storage_of(replace(at_lake, lake=None)))


def test_a_rebuild_of_a_lake_changes_nothing_and_check_finds_no_fault(inbox: Inbox, at_lake: WarehouseSettings) -> None:
    load_payloads(inbox, at_lake)
    loaded = contents(storage_of(at_lake))
    assert rebuild(at_lake) == len(loaded["raw.deliveries"]) + len(loaded["raw.quarantine"])
    assert contents(storage_of(at_lake)) == loaded
    assert [finding for finding in check(at_lake) if finding.fault_count] == []


def test_a_second_load_adds_to_the_first(inbox: Inbox, at_lake: WarehouseSettings, action: Action) -> None:
    for name in ("ann", "bob"):
        inbox.append([(0, json.dumps(action(name)).encode())])
        load(inbox, at_lake)
    assert rows(storage_of(at_lake), "SELECT registration_id FROM time_spent ORDER BY 1") == [("ann",), ("bob",)]
    assert rows(storage_of(at_lake), "SELECT delivery_id, load_id FROM raw.deliveries ORDER BY 1") == [(1, 1), (2, 2)]


def test_a_lake_without_a_load_is_missing(storage: Storage) -> None:
    assert storage.generation() is None
    with pytest.raises(WarehouseMissing), storage.connect():
        pass


def test_an_open_connection_stays_on_its_snapshot(inbox: Inbox, at_lake: WarehouseSettings, action: Action) -> None:
    storage = storage_of(at_lake)
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load(inbox, at_lake)
    generation = storage.generation()
    with storage.connect() as connection:
        inbox.append([(0, json.dumps(action("bob")).encode())])
        load(inbox, at_lake)
        assert connection.sql("SELECT count(*) FROM time_spent").fetchall() == [(1,)]
    with storage.connect() as connection, pytest.raises(Superseded), storage.attached(connection, generation):
        pass


def test_only_one_writer_writes(storage: Storage) -> None:
    with storage.only_writer(), pytest.raises(LoaderBusy), storage.only_writer(timedelta(0)):
        pass
    with storage.only_writer(timedelta(0)):
        pass


def test_a_load_that_fails_leaves_what_was_published(inbox: Inbox, at_lake: WarehouseSettings, action: Action) -> None:
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load(inbox, at_lake)
    storage = storage_of(at_lake)
    before = storage.generation()

    def fail() -> None:
        with storage.only_writer(), storage.new_generation() as connection:
            connection.execute("DELETE FROM time_spent")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert storage.generation() == before
    assert rows(storage, "SELECT count(*) FROM time_spent") == [(1,)]


def test_the_storage_of_settings_with_a_lake_is_the_lake(at_lake: WarehouseSettings) -> None:
    assert at_lake.lake
    assert storage_of(at_lake) == LakeStorage(at_lake.lake)


def test_a_host_without_a_file_of_names_leaves_those_of_another_host(
    inbox: Inbox, at_lake: WarehouseSettings, tmp_path: Path
) -> None:
    load_payloads(inbox, at_lake)
    [(speaker,)] = rows(storage_of(at_lake), "SELECT min(speaker_id) FROM speakers")
    (tmp_path / "speakers.csv").write_text(f"speaker_id,speaker_name\n{speaker},Grace Hopper\n")
    load(inbox, at_lake)
    (elsewhere := tmp_path / "elsewhere").mkdir()
    named = "SELECT speaker_id, speaker_name FROM speakers WHERE speaker_name IS NOT NULL"
    for write in (lambda other: load(inbox, other), rebuild):
        write(replace(at_lake, data_dir=elsewhere))
        assert rows(storage_of(at_lake), named) == [(speaker, "Grace Hopper")]
    (elsewhere / "speakers.csv").write_text("speaker_id,speaker_name\n")
    load(inbox, replace(at_lake, data_dir=elsewhere))
    assert rows(storage_of(at_lake), named) == []


def test_a_lake_that_is_refused_for_anothers_data_is_made_elsewhere(
    inbox: Inbox, at_lake: WarehouseSettings, tmp_path: Path
) -> None:
    load(inbox, at_lake)
    assert at_lake.lake
    wrong = replace(at_lake, lake=LakeSettings(empty_database(), at_lake.lake.data))
    with pytest.raises(NotOurs):
        load(inbox, wrong)
    assert wrong.lake
    (tmp_path / "elsewhere").mkdir()
    right = replace(at_lake, lake=replace(wrong.lake, data=f"{tmp_path}/elsewhere/"))
    load(inbox, right)
    assert rows(storage_of(right), "SELECT count(*) FROM raw.loads") == [(1,)]
