"""The file carries the repeat policy that shaped its figures; only `warehouse rebuild` changes it."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.kinds import Action, Load, Query
from tests.loading import load_waiting
from tests.storages import opened_to_write
from warehouse.cli import main
from warehouse.commands.check import check
from warehouse.commands.erase import erase
from warehouse.commands.person import Person
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.file import publish
from warehouse.storage.repeat_policy import OtherPolicy

POLICY = "SELECT repeat_policy FROM raw.settings"
MINUTES = "SELECT minutes_spent FROM time_spent"


@pytest.fixture
def by_sum(settings: WarehouseSettings) -> WarehouseSettings:
    """The same data directory, with another policy."""
    return replace(settings, repeat_policy="sum")


def run(command: str, policy: str, data_dir: Path) -> Result:
    return CliRunner(env={"DATA_DIR": str(data_dir), "REPEAT_POLICY": policy}).invoke(main, [command])


def test_an_empty_warehouse_takes_the_policy_of_the_settings(
    inbox: Inbox, by_sum: WarehouseSettings, query: Query
) -> None:
    load_waiting(inbox, by_sum)
    load_waiting(inbox, by_sum)
    assert query(POLICY) == [("sum",)]


def test_a_load_with_another_policy_is_refused_and_changes_nothing(
    load: Load, action: Action, inbox: Inbox, by_sum: WarehouseSettings, query: Query
) -> None:
    load(action("ann", minutes=1), action("ann", minutes=2))
    generation = storage_of(by_sum).generation()
    inbox.append([(1, b"{}")])
    with pytest.raises(OtherPolicy, match=r"'latest'.*REPEAT_POLICY is 'sum'.*`warehouse rebuild`"):
        load_waiting(inbox, by_sum)
    assert storage_of(by_sum).generation() == generation
    assert query(MINUTES) == [(2.0,)]


@pytest.mark.parametrize("is_waiting", [True, False])
def test_the_command_says_it_in_a_line_also_when_nothing_waits(
    is_waiting: bool, load: Load, action: Action, inbox: Inbox, tmp_path: Path
) -> None:
    load(action())
    if is_waiting:
        inbox.append([(1, b"{}")])
    result = run("load", "sum", tmp_path)
    assert result.exit_code == 1
    assert result.output.startswith("Error: the warehouse counts repeated actions by the policy 'latest'")
    assert result.output.count("\n") == 1


def test_a_rebuild_changes_the_policy_and_loads_go_on(load: Load, action: Action, tmp_path: Path, query: Query) -> None:
    load(action("ann", minutes=1), action("ann", minutes=2))
    assert run("rebuild", "sum", tmp_path).exit_code == 0
    assert query(MINUTES) == [(3.0,)]
    assert query(POLICY) == [("sum",)]
    assert run("load", "sum", tmp_path).exit_code == 0
    assert run("load", "latest", tmp_path).exit_code == 1


def test_an_erasure_keeps_the_policy_whatever_the_environment_says(
    load: Load, action: Action, by_sum: WarehouseSettings, query: Query
) -> None:
    load(action("ann", minutes=1), action("ann", minutes=2), action("bob"))
    erase(by_sum, Person({"bob"}))
    assert query(POLICY) == [("latest",)]
    assert query(MINUTES) == [(2.0,)]


def test_check_derives_by_the_policy_of_the_file(load: Load, action: Action, by_sum: WarehouseSettings) -> None:
    load(action("ann", minutes=1), action("ann", minutes=2))
    assert all(finding.is_good for finding in check(by_sum))


def test_info_shows_the_policy_and_another_one_of_the_environment(load: Load, action: Action, tmp_path: Path) -> None:
    load(action())
    assert "latest; REPEAT_POLICY is sum" in run("info", "sum", tmp_path).output
    assert "REPEAT_POLICY" not in run("info", "latest", tmp_path).output


def test_an_upgrade_keeps_the_policy_of_the_file(
    load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings, by_sum: WarehouseSettings, query: Query
) -> None:
    load(action("ann", minutes=1), action("ann", minutes=2))
    with opened_to_write(settings) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = 8")
    with pytest.raises(OtherPolicy):
        load_waiting(inbox, by_sum)
    assert query(POLICY) == [("latest",)]
    assert query(MINUTES) == [(2.0,)]


def test_a_file_of_a_release_without_a_policy_takes_that_of_the_settings(
    load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings, by_sum: WarehouseSettings, query: Query
) -> None:
    load(action("ann", minutes=1), action("ann", minutes=2))
    with opened_to_write(settings) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = 8; DROP TABLE raw.settings")
    load_waiting(inbox, by_sum)
    assert query(POLICY) == [("sum",)]
    assert query(MINUTES) == [(3.0,)]


@pytest.mark.file_only("it is about free blocks of the file")
def test_a_file_that_is_rewritten_without_free_blocks_keeps_its_policy(
    load: Load, settings: WarehouseSettings, query: Query
) -> None:
    load()
    always = publish.Limits(compact_factor=0, compact_bytes=0)
    with publish.new_generation(settings.warehouse_path, limits=always):
        pass
    assert query(POLICY) == [("latest",)]
