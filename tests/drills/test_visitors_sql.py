"""Drills: visitors' SQL against the kernel's limits, a full disk and a killed process."""

import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from dashboard.sandbox import query
from dashboard.sandbox.job import Limits, Refused
from tests.dashboard.test_sandbox import CROSSED, DOUBLED, LEVENSHTEIN, query_processes
from tests.drills.test_faults import small_disk
from tests.memory import max_resident_bytes
from warehouse import schema
from warehouse.settings import WarehouseSettings

pytestmark = pytest.mark.drill

MILLION = 1_000_000
HOSTILE = [
    LEVENSHTEIN,
    f"WITH t0 AS (SELECT 1){DOUBLED} SELECT count(*) FROM t26",
    f"WITH t0 AS (SELECT 1){CROSSED} FROM t26",
    "SELECT len(range(1_000_000_000))",
    "SELECT repeat('x', 2_000_000_000)",
    "SELECT repeat('x', 100_000) || range FROM range(10_000)",
    "SELECT list(range || repeat('x', 1000)) FROM range(10_000_000)",
    "SELECT * FROM range(1_000_000) a, range(1_000_000) b ORDER BY a.range * b.range % 7919",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published warehouse with three million attendances, 200 MB."""
    file = tmp_path_factory.mktemp("published") / "warehouse.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS w (STORAGE_VERSION 'v1.2.0')")
        connection.execute("USE w")
        schema.create(connection)
        connection.execute("""
            INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent)
            SELECT 'e', 's', md5(range::VARCHAR) || md5((-range)::VARCHAR), 1 FROM range(3_000_000)
        """)
        connection.execute("USE memory; DETACH w")
    return file


class MemoryOfQueries(threading.Thread):
    """Watches how much memory the processes of this process's queries hold at most."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.max_bytes = 0

    def run(self) -> None:
        while not self.is_over.wait(0.01):
            for process_id in query_processes(os.getpid()):
                with suppress(OSError):
                    self.max_bytes = max(self.max_bytes, max_resident_bytes(process_id))


@pytest.mark.parametrize("sql", HOSTILE, ids=range(len(HOSTILE)))
def test_no_query_takes_more_than_its_time_and_memory(warehouse: Path, sql: str) -> None:
    """Its process never holds more than twice the limit, beyond the 100 MB that it starts with."""
    limits = Limits(seconds=10.0)
    watch = MemoryOfQueries()
    watch.start()
    began = time.monotonic()
    with pytest.raises(Refused, match="The query was stopped"):
        query.run(WarehouseSettings(warehouse.parent), sql, show_pii=False, limits=limits)
    seconds = time.monotonic() - began
    watch.is_over.set()
    watch.join()

    print(f"{seconds:.1f} s, {watch.max_bytes / MILLION:.0f} MB: {sql[:60]}")  # noqa: T201 -- the drill's report
    assert seconds < limits.seconds + 2
    assert 0 < watch.max_bytes < (limits.memory_mb + limits.uncounted_mb + 100) * MILLION


def test_a_disk_without_room_for_the_copy_is_an_answer(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the disk is empty after it."""
    with small_disk(tmp_path / "disk", 20) as disk:
        monkeypatch.setattr("tempfile.tempdir", str(disk))
        with pytest.raises(Refused, match="no room for the temporary copy"):
            query.run(WarehouseSettings(warehouse.parent), "SELECT sum(minutes_spent) FROM time_spent", show_pii=False)
        status = os.statvfs(disk)
        assert status.f_bfree == status.f_blocks
        assert query.run(WarehouseSettings(warehouse.parent), "SELECT 1", show_pii=False).rows.item() == 1


def test_nothing_stays_behind_when_a_query_is_killed(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any moment of its first second: while it starts, makes its copy and answers."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said: list[str] = []

    def ask() -> None:
        try:
            query.run(WarehouseSettings(warehouse.parent), f"{LEVENSHTEIN}, count(*) FROM time_spent", show_pii=False)
        except Refused as refusal:
            said.append(str(refusal))

    for _ in range(20):
        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(random.uniform(0.0, 1.0))
        while asking.is_alive():
            for process_id in query_processes(os.getpid()):
                with suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGKILL)
            asking.join(0.05)
        assert not list(tmp_path.iterdir())
    assert len(said) == 20
    assert all(sentence.startswith("The query ended its process (SIGKILL)") for sentence in said)
