"""What the page on lakes prints, run as it stands: a role that only reads, and a backup that is restored."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import psycopg
import pytest

from tests.e2e.machine import ROOT, Machine
from tests.postgres import empty_database, server
from warehouse.settings import LakeSettings
from warehouse.storage.lake.address import prepare
from warehouse.storage.lake.maintenance import (
    LOADS_UNTIL_MERGED,
    LOADS_UNTIL_SEARCHED,
    OBJECTS_KEPT_FOR,
    SNAPSHOTS_KEPT_FOR,
)

pytestmark = pytest.mark.e2e

PAGE = (ROOT / "warehouse" / "LAKE.md").read_text("utf-8")
PAYLOADS = ROOT / "tests" / "payloads" / "every_action.ndjson"
COUNTED = "SELECT count(*) FROM warehouse.raw.deliveries"


def block(language: str, word: str) -> str:
    """The only block of the page in this language with the word."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    [text] = [text for text in found if word in text]
    return str(text)


@dataclass
class Lake:
    """A lake with some deliveries: a machine, the catalog's database, and the folder of the data."""

    machine: Machine
    catalog: str
    data: Path

    @property
    def database(self) -> str:
        return self.catalog.rpartition("dbname=")[2]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(Machine(tmp_path / "data"), empty_database(), tmp_path / "lake")
    made.data.mkdir()
    made.machine.more_env = {"WAREHOUSE": f"ducklake:postgres:{made.catalog}", "WAREHOUSE_DATA": f"{made.data}/"}
    loaded = made.machine.run("warehouse", "load", str(PAYLOADS))
    assert loaded.returncode == 0, loaded.stderr
    return made


def stock_client(catalog: str) -> duckdb.DuckDBPyConnection:
    """DuckDB with its extensions, and nothing of ours."""
    connection = duckdb.connect()
    prepare(connection, LakeSettings(catalog, "/"))
    return connection


def test_the_page_says_how_often_the_lake_is_maintained_and_what_stays() -> None:
    """These are the constants of the product."""
    minutes = SNAPSHOTS_KEPT_FOR // timedelta(minutes=1)
    text = " ".join(PAGE.split())
    assert f"forgets snapshots older than {minutes} minutes" in text
    assert f"A snapshot is kept for {minutes} minutes." in text
    assert timedelta(days=1) == OBJECTS_KEPT_FOR
    assert "no snapshot has needed for a day" in text
    assert f"every {LOADS_UNTIL_MERGED} loads" in text
    assert f"have left every {LOADS_UNTIL_SEARCHED:,}." in text


def test_a_role_that_only_reads_reads_and_can_do_nothing_else(lake: Lake) -> None:
    role = f"reader_{lake.database}"
    with psycopg.connect(lake.catalog, autocommit=True) as postgres:
        for statement in (
            block("pgsql", "CREATE ROLE")
            .replace("reader", role)
            .replace("ROLE engagement", "ROLE postgres")
            .split(";\n")[:-1]
        ):
            postgres.execute(statement.encode())
    as_reader = server().conninfo(lake.database, role)
    attach, question = block("duckdb", "ATTACH").split(";\n")[:2]
    attach = attach.replace("host=db.example.org dbname=engagement user=reader", as_reader)
    with stock_client(as_reader) as client:
        client.execute(attach)
        assert client.execute(question).fetchall()
        assert client.execute(COUNTED).fetchall() == [(58,)]
    lake.machine.more_env["WAREHOUSE"] = f"ducklake:postgres:{as_reader}"
    for command in ("check", "info"):
        done = lake.machine.run("warehouse", command)
        assert done.returncode == 0, done.stdout + done.stderr
    refused = lake.machine.run("warehouse", "rebuild")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "permission denied" in refused.stderr


def test_a_dump_and_a_later_copy_of_the_objects_are_a_warehouse(lake: Lake, tmp_path: Path) -> None:
    programs = server().programs
    dump, _ = block("", "pg_dump").split("\n")[:2]
    command = dump.replace("pg_dump", str(programs / "pg_dump")).replace("engagement.dump", str(tmp_path / "dump"))
    command = re.sub(r"'host=.*'", f"'{lake.catalog}'", command)
    subprocess.run(["sh", "-c", command], check=True)
    # The lake goes on between the two.
    (more := tmp_path / "more.ndjson").write_text('{"actionId": "later", "action": "LOGIN"}\n')
    assert lake.machine.run("warehouse", "load", str(more)).returncode == 0
    assert lake.machine.run("warehouse", "maintain").returncode == 0
    shutil.copytree(lake.data, tmp_path / "copy")
    shutil.rmtree(lake.data)
    restored = empty_database()
    subprocess.run([programs / "pg_restore", "--dbname", restored, tmp_path / "dump"], check=True)
    update = block("pgsql", "UPDATE").replace("s3://backup/lake/", f"{tmp_path / 'copy'}/")
    with psycopg.connect(restored, autocommit=True) as postgres:
        postgres.execute(update.encode())
    elsewhere = Machine(
        tmp_path / "elsewhere",
        more_env={"WAREHOUSE": f"ducklake:postgres:{restored}", "WAREHOUSE_DATA": f"{tmp_path / 'copy'}/"},
    )
    elsewhere.data_dir.mkdir()
    checked = elsewhere.run("warehouse", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with stock_client(restored) as client:
        client.execute(f"ATTACH 'ducklake:postgres:{restored}' AS warehouse (READ_ONLY)")
        assert client.execute(COUNTED).fetchall() == [(58,)]
    # The host of the lake forwards what the restored database does not have.
    lake.machine.more_env = elsewhere.more_env
    assert lake.machine.run("warehouse", "load").returncode == 0
    assert "59 rows" in re.sub(r" +", " ", lake.machine.run("warehouse", "info").stdout)


def test_without_the_extra_a_command_says_how_to_get_it(lake: Lake, tmp_path: Path) -> None:
    (hidden := tmp_path / "hidden" / "psycopg").mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('not installed')")
    lake.machine.more_env["PYTHONPATH"] = str(hidden.parent)
    done = lake.machine.run("warehouse", "info")
    assert done.returncode == 1
    assert done.stderr.strip() == "Error: a lake needs the extra: pip install 'engagement-warehouse[lake]'"
    assert os.environ.get("PYTHONPATH") != str(hidden.parent)
