"""`warehouse load FILE`: payloads of a file in any form, and what is refused of it."""

import gzip
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.kinds import Action, Query
from tests.storages import environment
from warehouse.cli import main
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings

BIN = Path(sys.executable).parent


def run(settings: WarehouseSettings, *arguments: str) -> Result:
    return CliRunner(env={"DATA_DIR": str(settings.data_dir)}).invoke(main, arguments)


def accepted(settings: WarehouseSettings) -> int:
    with closing(Inbox(settings.inbox_path)) as inbox:
        return inbox.last_id()


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_loaded(indent: int | None, settings: WarehouseSettings, action: Action, query: Query) -> None:
    file = settings.data_dir / "payloads.json"
    file.write_text(json.dumps([action("ann"), action("bob")], indent=indent), "utf-8")
    assert run(settings, "load", str(file)).exit_code == 0
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",)]


def test_a_csv_file_is_refused_by_name_and_nothing_is_accepted(settings: WarehouseSettings) -> None:
    file = settings.data_dir / "payloads.csv"
    file.write_text("action,minutes\nX,1\n", "utf-8")
    said = run(settings, "load", str(file))
    assert said.exit_code == 1
    assert f"Error: {file}: payload 1 is no JSON object." in said.output
    assert "None was accepted." in said.output
    assert accepted(settings) == 0


def test_as_is_takes_the_lines_and_the_loader_quarantines_them(settings: WarehouseSettings, query: Query) -> None:
    file = settings.data_dir / "payloads.csv"
    file.write_text("action,minutes\nX,1\n", "utf-8")
    assert run(settings, "load", str(file), "--as-is").exit_code == 0
    assert query("SELECT reason, body FROM raw.quarantine ORDER BY ALL") == [
        ("not_json", "X,1"),
        ("not_json", "action,minutes"),
    ]


def test_a_file_that_is_cut_short_is_named_with_what_was_accepted(settings: WarehouseSettings) -> None:
    file = settings.data_dir / "payloads.gz"
    file.write_bytes(gzip.compress(b"".join(b'{"n":%d}\n' % number for number in range(100_000)))[:-100])
    said = run(settings, "load", str(file))
    assert said.exit_code == 1
    assert f"{file} can't be read after payload " in said.output
    assert f"The {accepted(settings):,} before it were accepted; `warehouse load` loads them." in said.output
    assert accepted(settings) > 0


def test_standard_input_is_read(settings: WarehouseSettings, action: Action, query: Query) -> None:
    done = subprocess.run(
        [BIN / "warehouse", "load", "-"],
        env=environment(settings),
        cwd=settings.data_dir,
        input=gzip.compress(json.dumps(action("ann")).encode()),
        capture_output=True,
        check=False,
    )
    assert done.stdout == f"accepted 1 delivery from - into {settings.inbox_path}\n".encode()
    assert done.returncode == 0
    assert query("SELECT registration_id FROM time_spent") == [("ann",)]


def test_as_is_without_a_file_is_wrong_use(settings: WarehouseSettings) -> None:
    assert run(settings, "load", "--as-is").exit_code == 2
