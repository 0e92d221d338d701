"""Several hosts with one lake, as processes: PostgreSQL, an S3 server, two receivers."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
import pytest

from dashboard.sandbox import query
from tests.e2e.machine import SECRET, Machine, eventually
from tests.e2e.one_delivery import deliver
from tests.objects import objects, s3_server
from tests.postgres import empty_database, server
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of

pytestmark = pytest.mark.e2e

MAIL = "ada.lovelace@example.org"


@dataclass
class Hosts:
    """Two machines with one lake."""

    one: Machine
    two: Machine
    env: dict[str, str]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with storage_of(WarehouseSettings.from_env({**self.env, "DATA_DIR": str(self.one.data_dir)})).connect() as lake:
            return lake.sql(sql).fetchall()


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosts]:
    with s3_server() as env:
        env["WAREHOUSE"] = f"ducklake:postgres:{empty_database()}"
        for name, value in env.items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        machines = []
        for name in ("one", "two"):
            (folder := tmp_path / name).mkdir()
            machines.append(Machine(folder / "data", more_env=env))
        yield Hosts(machines[0], machines[1], env)
        for machine in machines:
            machine.kill_all()


def send(machine: Machine, *action_ids: str) -> None:
    for action_id in action_ids:
        assert asyncio.run(deliver(machine.port, SECRET, action_id)) == "200"


def loaded(hosts: Hosts) -> list[tuple[object, ...]]:
    try:
        return hosts.rows("SELECT action_id FROM raw.deliveries ORDER BY 1")
    except Exception:  # noqa: BLE001 -- nothing is published yet
        return []


def holders(hosts: Hosts, folder: Path) -> set[str]:
    """Where the mail address is found: in values of the objects, and in bytes of the files of PostgreSQL's tables."""
    found = set()
    with psycopg.connect(server().conninfo(), autocommit=True) as postgres:
        postgres.execute("CHECKPOINT")
    database = hosts.env["WAREHOUSE"].rpartition("dbname=")[2]
    with psycopg.connect(server().conninfo(), autocommit=True) as postgres:
        [(number,)] = postgres.execute("SELECT oid FROM pg_database WHERE datname = %s", [database]).fetchall()
    files = (server().folder / "data" / "base" / str(number)).iterdir()
    if any(MAIL.encode() in path.read_bytes() for path in files):
        found.add("postgresql")
    for content in objects(hosts.env):
        (file := folder / "object.parquet").write_bytes(content)
        if duckdb.execute(f"SELECT 1 FROM '{file}' AS one WHERE contains(one::VARCHAR, '{MAIL}')").fetchall():
            found.add("objects")
    return found


def test_deliveries_to_two_hosts_are_in_one_warehouse_and_in_none_of_their_files(hosts: Hosts) -> None:
    for machine in (hosts.one, hosts.two):
        machine.serve()
    send(hosts.one, "a", "b")
    send(hosts.two, "c", "d")
    eventually(lambda: loaded(hosts), lambda rows: rows == [("a",), ("b",), ("c",), ("d",)])
    assert not hosts.one.warehouse.exists()
    assert not hosts.two.warehouse.exists()
    for command in ("check", "info"):
        assert hosts.two.run("warehouse", command).returncode == 0
    assert hosts.two.run("warehouse", "trace", "a").returncode == 0


def test_visitors_sql_is_answered_from_the_lake_and_finds_no_key(hosts: Hosts, tmp_path: Path) -> None:
    (file := tmp_path / "payloads.ndjson").write_text('{"actionId": "a", "action": "LOGIN"}\n')
    assert hosts.one.run("warehouse", "load", str(file)).returncode == 0
    settings = WarehouseSettings.from_env({**hosts.env, "DATA_DIR": str(hosts.one.data_dir)})
    answer = query.run(settings, "SELECT action_id FROM raw.deliveries", show_pii=False)
    assert answer.rows.rows() == [("a",)]
    assert query.run(settings, "FROM duckdb_secrets()", show_pii=False).rows.is_empty()


def test_a_delivery_is_accepted_while_postgresql_is_away_and_loaded_afterwards(hosts: Hosts) -> None:
    hosts.one.serve()
    send(hosts.one, "a")
    eventually(lambda: loaded(hosts), lambda rows: rows == [("a",)])
    database = hosts.env["WAREHOUSE"].rpartition("dbname=")[2]
    server = hosts.env["WAREHOUSE"].removeprefix("ducklake:postgres:").replace(database, "postgres")
    with psycopg.connect(server, autocommit=True) as postgres:
        postgres.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        send(hosts.one, "b")
        assert hosts.one.answers("/health/ready")
        postgres.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    eventually(lambda: loaded(hosts), lambda rows: rows == [("a",), ("b",)])
    assert "Traceback" not in "\n".join(hosts.one.log("ingest"))


def test_what_was_accepted_last_is_forwarded_before_the_receiver_ends(hosts: Hosts) -> None:
    receiver = hosts.one.serve()
    send(hosts.one, "a")
    eventually(lambda: loaded(hosts), lambda rows: rows == [("a",)])
    send(hosts.one, "b", "c")
    receiver.terminate()
    receiver.wait()
    with closing(Inbox.open_read_only(hosts.one.data_dir / "inbox.sqlite")) as inbox:
        assert inbox.backlog().delivery_count == 0
    assert hosts.two.run("warehouse", "load").returncode == 0
    assert loaded(hosts) == [("a",), ("b",), ("c",)]


def test_a_person_is_in_no_object_and_no_row_of_postgresql_after_an_erasure(hosts: Hosts, tmp_path: Path) -> None:
    def payload(number: int, mail: str) -> str:
        person = {"id": f"r{number}", "profile": {"email": mail, "firstName": "Ada"}}
        times = {"actionCreatedAt": "2025-09-18T18:00:00Z", "timeSpentInMinutes": 5}
        session = {"id": "s1", "eventId": "e1", "title": "Talk"}
        named = {"actionId": f"a{number}", "action": "TIME_SPENT_IN_SESSION", "event": {"id": "e1"}}
        return json.dumps({**named, **times, "registration": person, "session": session})

    (file := tmp_path / "payloads.ndjson").write_text(f"{payload(1, MAIL)}\n{payload(2, 'bob@example.org')}\n")
    assert hosts.one.run("warehouse", "load", str(file)).returncode == 0
    assert holders(hosts, tmp_path) >= {"objects", "postgresql"}
    erased = hosts.one.run("warehouse", "erase", "--email", MAIL, "--json")
    assert erased.returncode == 0, erased.stderr
    receipt = json.loads(erased.stdout)
    assert (receipt["delivery_count"], receipt["inbox_count"]) == (1, 1)
    assert any(line.endswith("objects") for line in receipt["removed_files"])
    assert hosts.rows("SELECT count(*), count(*) FILTER (contains(body, 'Ada')) FROM raw.deliveries") == [(1, 1)]
    assert holders(hosts, tmp_path) == set()
    assert hosts.one.run("warehouse", "check").returncode == 0


def test_a_warehouse_moves_to_the_lake_and_back_without_a_change(hosts: Hosts, tmp_path: Path) -> None:
    payloads = Path(__file__).parents[1] / "payloads" / "every_action.ndjson"
    at_home = Machine(hosts.one.data_dir, more_env={})
    assert at_home.run("warehouse", "load", str(payloads)).returncode == 0
    sql = "SELECT count(*), sum(minutes_spent) FROM time_spent"
    before = at_home.query(sql)
    for wanted in ("lake", "file"):
        if wanted == "file":
            at_home.warehouse.rename(tmp_path / "kept.duckdb")
            (at_home.data_dir / "warehouse.previous.duckdb").unlink(missing_ok=True)
        moved = hosts.one.run("warehouse", "move", "--to", wanted)
        assert moved.returncode == 0, moved.stderr
    assert at_home.query(sql) == before
    assert at_home.run("warehouse", "check").returncode == 0
    again = hosts.one.run("warehouse", "move", "--to", "lake")
    assert (again.returncode, "there is a warehouse already" in again.stderr) == (1, True)
