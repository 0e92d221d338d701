"""What an erasure on a lake reaches beside its tables, and what it can't."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.kinds import Action
from tests.lake import empty_lake
from tests.loading import load_waiting
from tests.storages import environment
from warehouse.cli import main
from warehouse.commands.erase import erase
from warehouse.commands.forward import forward_once
from warehouse.commands.person import Person
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of


@pytest.fixture
def lake(tmp_path: Path) -> WarehouseSettings:
    return WarehouseSettings(data_dir=tmp_path, lake=empty_lake(tmp_path))


def test_a_person_is_erased_who_waits_for_the_first_load(inbox: Inbox, lake: WarehouseSettings, action: Action) -> None:
    inbox.append([(0, json.dumps(action("ann")).encode()), (0, json.dumps(action("bob")).encode())])
    assert lake.lake
    forward_once(lake, lake.lake)
    assert erase(lake, Person({"ann"})).inbox_count == 2
    load_waiting(inbox, lake)
    with storage_of(lake).connect() as connection:
        assert connection.sql("SELECT registration_id FROM time_spent").fetchall() == [("bob",)]


def test_a_file_from_before_the_move_stays_and_is_named(
    inbox: Inbox, lake: WarehouseSettings, action: Action, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be all that somebody has."""
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load_waiting(inbox, lake)
    lake.warehouse_path.write_bytes(b"ann")
    run = CliRunner(env=environment(lake)).invoke(main, ["erase", "--registration-id", "ann"])
    assert run.exit_code == 0
    sentence = "not searched, because the warehouse is a lake: warehouse.duckdb; delete what you don't need"
    assert sentence in caplog.messages
    assert lake.warehouse_path.exists()
