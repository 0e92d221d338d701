"""Commands on a lake that are interrupted, or refused, as processes on PostgreSQL and a folder."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.e2e.machine import Machine, eventually
from tests.lake import lake_of_its_own
from tests.storages import at_rest, environment
from warehouse.commands import unfinished
from warehouse.settings import LAKE, WarehouseSettings

pytestmark = pytest.mark.e2e

PAYLOADS = Path(__file__).parents[1] / "payloads" / "every_action.ndjson"
ADA, NOOR = "ada.moreau@example.org", "noor.haddad@example.org"
# A command has one session of its own. DuckDB's comes when it attaches the lake, long before the command is over.
DUCKDB = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%ducklake\\_%'
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    """A host of a lake, on which nothing runs yet."""
    with lake_of_its_own() as lake:
        env = environment(WarehouseSettings(lake=lake))
        del env["DATA_DIR"]
        machine = Machine(tmp_path / "data", more_env=env)
        yield machine
        machine.kill_all()


def postgresql(host: Machine) -> psycopg.Connection:
    return psycopg.connect(host.more_env["WAREHOUSE"].removeprefix(LAKE), autocommit=True)


def load(host: Machine) -> None:
    loaded = host.run("warehouse", "load", str(PAYLOADS))
    assert loaded.returncode == 0, loaded.stderr


@pytest.mark.parametrize("command", ["check", "info", "maintain", "rebuild", "load", "move --to file"])
def test_ctrl_c_ends_a_command_on_a_lake_without_a_stack_trace(command: str, host: Machine) -> None:
    load(host)
    process = host.start("warehouse", *command.split())
    with postgresql(host) as postgres:
        eventually(lambda: postgres.execute(DUCKDB).fetchall() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 1
    lines = host.log("warehouse")
    assert not [line for line in lines if "Traceback" in line]
    assert lines[-1] == "Aborted!"


def test_ctrl_c_ends_a_query_of_make_sql_without_a_stack_trace(host: Machine) -> None:
    load(host)
    process = host.start("python", ".make/sql.py", "SELECT count(*) FROM range(1_000_000_000_000), attendees")
    eventually(lambda: Path(f"/proc/{process.pid}/exe").readlink().name == "duckdb")
    with postgresql(host) as postgres:
        eventually(lambda: postgres.execute(DUCKDB).fetchall() or process.poll() is not None)
    # DuckDB's shell loses a Ctrl-C between two of its statements, and attaching the lake takes several.
    while process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)
    assert process.returncode in {1, -signal.SIGINT}
    assert not [line for line in host.log("python") if "Traceback" in line]


def test_a_move_is_refused_while_a_receiver_forwards(host: Machine) -> None:
    host.serve()
    with postgresql(host) as postgres:
        forwarders = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'forwarder'"
        eventually(lambda: postgres.execute(forwarders).fetchall() == [(1,)])
    for place in ("lake", "file"):
        moved = host.run("warehouse", "move", "--to", place)
        assert moved.returncode == 1
        assert moved.stderr.splitlines() == [
            "Error: receivers forward to the lake (1): stop them first, or what they bring stays there"
        ]
    assert not host.warehouse.exists()


def test_the_erasure_after_one_that_was_killed_warns_and_completes_it(host: Machine, tmp_path: Path) -> None:
    """Also on another host, for the first one may be lost."""
    load(host)
    another = Machine(tmp_path / "another", more_env=host.more_env)
    another.data_dir.mkdir()
    erasure = host.start("warehouse", "erase", "--email", ADA)
    eventually(lambda: (host.data_dir / unfinished.NAME).exists() or erasure.poll() is not None)
    os.kill(erasure.pid, signal.SIGKILL)
    assert erasure.wait() == -signal.SIGKILL
    warning = "an erasure was interrupted before"
    for machine in (another, host):
        of_somebody_else = machine.run("warehouse", "erase", "--email", NOOR)
        assert (of_somebody_else.returncode, warning in of_somebody_else.stderr) == (0, True)
    for machine in (another, host):
        assert warning not in machine.run("warehouse", "erase", "--email", ADA).stderr
    settings = WarehouseSettings.from_env(host.env)
    assert not [name for name, content in at_rest(settings) if ADA.encode() in content or NOOR.encode() in content]
    checked = host.run("warehouse", "check")
    assert checked.returncode == 0, checked.stdout
