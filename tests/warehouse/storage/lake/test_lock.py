"""The lock of a lake: who hangs loses it, and can't commit any more."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb
import psycopg
import pytest

from tests.e2e.machine import ROOT
from tests.lake import empty_lake
from warehouse.postgres import CatalogError, session
from warehouse.settings import LakeSettings
from warehouse.storage.errors import LoaderBusy
from warehouse.storage.lake import lock
from warehouse.storage.lake.publish import FENCE, attached_to_write, new_generation
from warehouse.storage.lake.reader import connect

# Takes the lock, begins a load, and says so; then waits to be told to end it.
OTHER = """
import sys
from warehouse.settings import LakeSettings
from warehouse.storage.lake import lock
from warehouse.storage.lake.publish import new_generation
lake = LakeSettings(*sys.argv[1:])
with lock.only_writer(lake), new_generation(lake) as connection:
    connection.execute("INSERT INTO raw.settings VALUES ('of another process')")
    print("loading", flush=True)
    sys.stdin.readline()
print("published", flush=True)
"""


@pytest.fixture
def lake(tmp_path: Path) -> LakeSettings:
    made = empty_lake(tmp_path)
    with new_generation(made):
        pass
    return made


@contextmanager
def loading(lake: LakeSettings) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of a load."""
    command = [sys.executable, "-c", OTHER, lake.catalog, lake.data]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]  # three pipes
        assert process.stdout.readline() == "loading\n"
        yield process
        process.kill()


def settings_of(lake: LakeSettings) -> list[tuple[str]]:
    with connect(lake) as connection:
        return connection.sql("FROM raw.settings").fetchall()


def test_a_writer_that_is_killed_holds_nobody_up(lake: LakeSettings) -> None:
    with loading(lake) as process:
        with pytest.raises(LoaderBusy), lock.only_writer(lake, timedelta(0)):
            pass
        process.kill()
        process.wait()
        with lock.only_writer(lake, timedelta(seconds=30)), new_generation(lake):
            pass
    assert settings_of(lake) == []


def test_a_writer_that_hangs_loses_the_lock_and_publishes_nothing_afterwards(lake: LakeSettings) -> None:
    with loading(lake) as process:
        os.kill(process.pid, signal.SIGSTOP)
        silence = timedelta(seconds=1)
        time.sleep(2 * silence.total_seconds())
        with lock.only_writer(lake, timedelta(seconds=30), silence), new_generation(lake) as connection:
            connection.execute("INSERT INTO raw.settings VALUES ('ours')")
        os.kill(process.pid, signal.SIGCONT)
        said, complained = process.communicate("\n")
    assert (said, process.returncode) == ("", 1), complained
    assert "CatalogError" in complained
    assert settings_of(lake) == [("ours",)]


def test_the_second_of_two_commits_is_refused_without_any_lock(lake: LakeSettings) -> None:
    with attached_to_write(lake) as one, attached_to_write(lake) as other:
        for number, connection in enumerate((one, other)):
            connection.execute(f"BEGIN; {FENCE}; INSERT INTO raw.settings VALUES ('{number}')")
        one.execute("COMMIT")
        with pytest.raises(duckdb.Error, match="conflict"):
            other.execute("COMMIT")
    assert settings_of(lake) == [("0",)]


def test_a_load_whose_lock_is_lost_is_not_published(lake: LakeSettings) -> None:
    def load() -> None:
        with lock.only_writer(lake), new_generation(lake) as connection:
            connection.execute("INSERT INTO raw.settings VALUES ('never')")
            with session(lake.catalog, "test") as postgres:
                postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE objid = %s", [lock.KEY])

    with pytest.raises(CatalogError):
        load()
    assert settings_of(lake) == []


def test_a_writer_that_gave_the_lock_back_keeps_its_sessions_and_so_does_everybody_else(lake: LakeSettings) -> None:
    with psycopg.connect(lake.catalog, autocommit=True) as nameless:
        for _ in range(2):
            with lock.only_writer(lake, max_silence=timedelta(0)):
                pass
        assert nameless.execute("SELECT 1").fetchone() == (1,)
