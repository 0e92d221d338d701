"""What commands say on a lake where something is missing yet."""

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.e2e.machine import ROOT
from tests.lake import empty_lake
from tests.loading import load_waiting
from tests.storages import environment
from warehouse.cli import main
from warehouse.commands.forward import forward_once
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of


@pytest.fixture
def lake(tmp_path: Path) -> WarehouseSettings:
    return WarehouseSettings(data_dir=tmp_path / "none", lake=empty_lake(tmp_path))


def run(lake: WarehouseSettings, *command: str) -> Result:
    return CliRunner(env=environment(lake)).invoke(main, command)


@pytest.mark.parametrize("verb", ["info", "check"])
def test_before_the_first_load_it_is_said_that_nothing_was_loaded(lake: WarehouseSettings, verb: str) -> None:
    assert lake.lake
    sentence = f"nothing is loaded yet into {lake.lake.address}; a receiver's loader or `warehouse load` does it"
    assert run(lake, verb).stderr == f"Error: {sentence}\n"


def test_without_data_dir_the_folder_is_named_and_the_setting(
    lake: WarehouseSettings, inbox: Inbox, tmp_path: Path
) -> None:
    load_waiting(inbox, replace(lake, data_dir=tmp_path))
    said = run(lake, "backup", str(tmp_path / "backup"))
    sentence = f"Error: there is no inbox at {lake.inbox_path}; is DATA_DIR right?\n"
    assert (said.exit_code, said.stderr) == (1, sentence)
    for place in ("file", "lake"):
        said = run(lake, "move", "--to", place)
        sentence = f"Error: there is no folder {lake.data_dir}; is DATA_DIR right? `ingest serve` makes it\n"
        assert (said.exit_code, said.stderr) == (1, sentence)


@pytest.mark.parametrize("catalog", ["", "host=127.0.0.1 port=1 dbname=none"], ids=["there", "away"])
def test_a_backup_is_of_this_hosts_inbox_also_while_postgresql_is_away(
    lake: WarehouseSettings, inbox: Inbox, tmp_path: Path, catalog: str
) -> None:
    assert lake.lake
    inbox.append([(0, b"{}")])
    host = replace(lake, data_dir=tmp_path, lake=replace(lake.lake, catalog=catalog or lake.lake.catalog))
    backup = replace(host, data_dir=tmp_path.with_name(f"{tmp_path.name}-backup"))
    said = run(host, "backup", "--verify", str(backup.data_dir))
    assert said.exit_code == 0
    assert "verified: no fault" in said.stdout
    with closing(Inbox.open_read_only(backup.inbox_path)) as copy:
        assert copy.last_id() == 1


def test_a_host_without_a_folder_loads_what_others_have_forwarded(
    lake: WarehouseSettings, inbox: Inbox, tmp_path: Path
) -> None:
    assert lake.lake
    inbox.append([(0, b"{}")])
    forward_once(replace(lake, data_dir=tmp_path), lake.lake)
    assert run(lake, "load").exit_code == 0
    with storage_of(lake).connect() as connection:
        assert connection.sql("SELECT count(*) FROM raw.quarantine").fetchall() == [(1,)]


def test_an_erasure_says_that_it_is_from_the_lake(
    lake: WarehouseSettings, inbox: Inbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert lake.lake
    load_waiting(inbox, replace(lake, data_dir=tmp_path))
    caplog.set_level("INFO")
    run(replace(lake, data_dir=tmp_path), "erase", "--registration-id", "ann")
    assert f"erasing from {lake.lake.address}" in caplog.messages


def test_the_shell_prints_the_answer_alone(lake: WarehouseSettings, inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([(0, b"{}")])
    load_waiting(inbox, replace(lake, data_dir=tmp_path))
    command = [sys.executable, ".make/sql.py", "SELECT count(*) AS n FROM raw.quarantine"]
    asked = subprocess.run(command, cwd=ROOT, env=environment(lake), capture_output=True, text=True, check=True)
    assert asked.stdout.count("\n") == 6
    assert "n" in asked.stdout
