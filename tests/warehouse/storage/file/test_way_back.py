"""While a warehouse is upgraded everybody can see how far it is, and afterwards there is a way back for a week."""

import logging
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from tests.foreign_client import connect_to_write
from tests.kinds import Action, Load, Query
from warehouse.cli import main
from warehouse.commands.erase import erase
from warehouse.commands.follow import follow
from warehouse.commands.load import load as load_inbox
from warehouse.commands.person import Person
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import DEFAULT_LIMITS
from warehouse.schema import SCHEMA_VERSION
from warehouse.settings import WarehouseSettings
from warehouse.storage.file import upgrading
from warehouse.storage.protocol import Upgrade

BEFORE = SCHEMA_VERSION - 1
KEPT = f"warehouse.v{BEFORE}.duckdb"


def set_version(settings: WarehouseSettings, version: int) -> None:
    """Make the warehouse look as if the release with this schema version had made it."""
    with connect_to_write(settings.warehouse_path) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = ?", [version])


@pytest.fixture
def older(load: Load, action: Action, settings: WarehouseSettings) -> bytes:
    """The bytes of a warehouse of the release before, with one delivery."""
    load(action("ann"))
    set_version(settings, BEFORE)
    return settings.warehouse_path.read_bytes()


def run(settings: WarehouseSettings, command: str) -> str:
    """What the command says on a terminal."""
    return CliRunner().invoke(main, [command], env={"DATA_DIR": str(settings.data_dir)}).output


@pytest.mark.usefixtures("older")
@pytest.mark.parametrize("command", ["info", "check", "trace"])
def test_commands_say_how_far_an_upgrade_is(command: str, settings: WarehouseSettings) -> None:
    with upgrading.noted(settings.data_dir, 2, 8) as tell:
        tell(50, 100)
        ended = CliRunner().invoke(
            main, [command, *["action-1"] * (command == "trace")], env={"DATA_DIR": str(settings.data_dir)}
        )
    assert ended.output == f"Error: {settings.warehouse_path} is being upgraded, 2 → 8, 40 %\n"
    assert ended.exit_code == 1


@pytest.mark.usefixtures("older")
def test_before_an_upgrade_commands_say_what_it_takes(settings: WarehouseSettings) -> None:
    said = run(settings, "info")
    assert f"its schema version is {BEFORE}, not {SCHEMA_VERSION}" in said
    assert "for 1 delivery an upgrade takes about 1 s on two idle cores, up to 1.6 GB of memory" in said


@pytest.mark.usefixtures("older")
def test_a_rebuild_of_an_older_file_tells_others_of_its_progress(settings: WarehouseSettings) -> None:
    seen = list[Upgrade | None]()
    rebuild(settings, progress=lambda _done, _total: seen.append(upgrading.under_way(settings.data_dir)))
    assert seen == [Upgrade(BEFORE, SCHEMA_VERSION, 80)]
    assert upgrading.under_way(settings.data_dir) is None


def test_a_rebuild_of_a_file_of_this_release_is_no_upgrade(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    seen = list[Upgrade | None]()
    rebuild(settings, progress=lambda _done, _total: seen.append(upgrading.under_way(settings.data_dir)))
    assert seen == [None]
    assert list(settings.data_dir.glob("warehouse.v*")) == []


def test_a_process_that_died_in_an_upgrade_upgrades_nothing_any_more(settings: WarehouseSettings) -> None:
    program = (
        "import os, pathlib, sys; from warehouse.storage.file import upgrading\n"
        "with upgrading.noted(pathlib.Path(sys.argv[1]), 2, 8): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, settings.data_dir], check=False).returncode == 9
    assert (settings.data_dir / upgrading.NAME).exists()
    assert upgrading.under_way(settings.data_dir) is None


def test_an_upgrade_logs_what_it_takes_before_it_begins(
    older: bytes, inbox: Inbox, settings: WarehouseSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    load_inbox(inbox, settings)
    assert caplog.messages[0].startswith(
        f"upgrading the warehouse, schema version {BEFORE} → {SCHEMA_VERSION}: for 1 delivery an upgrade takes about"
    )
    assert f"up to {2 * len(older) / 1e6:,.0f} MB of disk" in caplog.messages[0]
    assert caplog.messages[0].endswith(f"the old file is kept as {KEPT}")


def test_the_old_file_is_kept_as_it_was(older: bytes, load: Load, action: Action, settings: WarehouseSettings) -> None:
    load(action("bob"))
    load(action("cat"))
    assert (settings.data_dir / KEPT).read_bytes() == older


def test_the_old_file_is_a_way_back(
    older: bytes, load: Load, action: Action, settings: WarehouseSettings, query: Query
) -> None:
    """Put in place, it is what the older release goes on from: the inbox still has what came since."""
    load(action("bob"))
    (settings.data_dir / KEPT).replace(settings.warehouse_path)
    assert settings.warehouse_path.read_bytes() == older
    assert load().delivery_count == 1
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",)]


@pytest.mark.usefixtures("older")
def test_the_first_load_after_its_time_removes_the_old_file(inbox: Inbox, settings: WarehouseSettings) -> None:
    load_inbox(inbox, settings)
    load_inbox(inbox, settings)
    assert (settings.data_dir / KEPT).exists()
    load_inbox(inbox, settings, replace(DEFAULT_LIMITS, way_back=timedelta(0)))
    assert not (settings.data_dir / KEPT).exists()


@pytest.mark.usefixtures("older")
def test_as_long_as_there_is_a_way_back_the_inbox_forgets_nothing(inbox: Inbox, settings: WarehouseSettings) -> None:
    forgetful = replace(settings, inbox_retention=timedelta(0))
    load_inbox(inbox, forgetful)
    load_inbox(inbox, forgetful)
    assert len(inbox.read_after(0, max_count=9, max_bytes=9_999)) == 1
    load_inbox(inbox, forgetful, replace(DEFAULT_LIMITS, way_back=timedelta(0)))
    assert inbox.read_after(0, max_count=9, max_bytes=9_999) == []


@pytest.mark.usefixtures("older")
def test_an_erasure_removes_the_way_back(inbox: Inbox, settings: WarehouseSettings) -> None:
    load_inbox(inbox, settings)
    assert KEPT in erase(settings, Person({"ann"}, None)).removed_files
    assert not (settings.data_dir / KEPT).exists()


@pytest.mark.usefixtures("older")
def test_an_erasure_that_upgrades_leaves_no_way_back(settings: WarehouseSettings) -> None:
    assert KEPT in erase(settings, Person({"ann"}, None)).removed_files
    assert list(settings.data_dir.glob("warehouse.v*")) == []


def test_a_loader_waits_until_a_newer_file_has_changed(
    load: Load,
    action: Action,
    inbox: Inbox,
    settings: WarehouseSettings,
    caplog: pytest.LogCaptureFixture,
    query: Query,
) -> None:
    load(action("ann"))
    older = settings.warehouse_path.read_bytes()
    set_version(settings, SCHEMA_VERSION + 1)
    inbox.append([(1, b"{}")])
    stop, polls = threading.Event(), 0

    def is_wanted() -> bool:
        nonlocal polls
        polls += 1
        if polls == 4:
            settings.warehouse_path.unlink()
            settings.warehouse_path.write_bytes(older)
        return polls < 7

    follow(settings, stop, is_wanted)
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert "use that release" in errors[0]
    assert query("SELECT count(*) FROM raw.loads") == [(2,)]
