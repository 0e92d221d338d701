"""Attempts: after a death fewer deliveries at a time, and a delivery that fits nowhere is set apart in the end."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.kinds import Action, Query
from tests.storages import opened_to_write
from warehouse import pipeline
from warehouse.commands.attempts import NAME, Attempt, Attempts, StartOver
from warehouse.commands.check import check
from warehouse.commands.load import load as load_inbox
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import Limits
from warehouse.settings import WarehouseSettings
from warehouse.staging.batches import Batch
from warehouse.staging.parse import TOO_LARGE, Parsed, parse

FOR_MEMORY = "Fatal Python error: Aborted\n\nThread 0x1 (most recent call first):\n"


def die(data_dir: Path, max_count: int, cause: str = "", **more: int) -> None:
    """Leave what a process leaves that died in an attempt at these deliveries after the tenth."""
    note = {"inbox_id": "inbox", "position": 10, "max_count": max_count, "deaths_alone": 0, "kill_count": 0, **more}
    (data_dir / NAME).write_text(f"{json.dumps(note)}\n{cause}")


def next_attempt(data_dir: Path, *, inbox_id: str = "inbox", position: int = 10, waiting_count: int = 5_000) -> Attempt:
    """The attempt of a process that starts now, which ends well."""
    attempts = Attempts(data_dir)
    with attempts.noted():
        return attempts.begin(inbox_id, position, waiting_count)


def fail(attempts: Attempts, error: BaseException) -> None:
    """An attempt at 160 deliveries that ends with the error."""
    with attempts.noted():
        attempts.begin("inbox", 10, 160)
        raise error


def run(data_dir: Path, ends: str) -> int:
    """The exit code of a process that ends like this in an attempt at the one delivery after the tenth."""
    program = f"""
import os, signal
from pathlib import Path
from warehouse.commands.attempts import Attempts
attempts = Attempts(Path({str(data_dir)!r}))
with attempts.noted():
    attempts.begin("inbox", 10, 1)
    {ends}
"""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode


def test_without_a_death_all_is_loaded_and_nothing_stays(tmp_path: Path) -> None:
    assert next_attempt(tmp_path).max_count == 5_000
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(("died_with", "next_count"), [(1_228_800, 76_800), (61_440, 3_840), (17, 2), (16, 1), (1, 1)])
def test_after_a_death_a_sixteenth_is_loaded_at_a_time(died_with: int, next_count: int, tmp_path: Path) -> None:
    die(tmp_path, died_with)
    assert next_attempt(tmp_path, waiting_count=2_000_000).max_count == next_count


def test_when_all_suspects_are_loaded_the_next_load_is_a_whole_one(tmp_path: Path) -> None:
    die(tmp_path, 64)
    attempts = Attempts(tmp_path)
    counts = []
    for position in range(10, 34, 4):
        with attempts.noted():
            counts.append(attempts.begin("inbox", position, 5_000).max_count)
        attempts.succeed(4)
    assert counts == [4] * 6
    attempts.succeed(64 - 24)
    with attempts.noted():
        assert attempts.begin("inbox", 74, 5_000).max_count == 5_000


@pytest.mark.parametrize("other", [{"inbox_id": "another"}, {"position": 11}], ids=["inbox", "position"])
def test_the_death_of_an_attempt_at_others_does_not_count(other: dict[str, str], tmp_path: Path) -> None:
    """Also when the process died after it had published: the position is another one then."""
    die(tmp_path, 64)
    assert next_attempt(tmp_path, **other).max_count == 5_000  # type: ignore[arg-type]


@pytest.mark.parametrize("note", ["", "{", '{"inbox_id": "inbox"}\n', "\ufffd"])
def test_a_note_that_a_crash_has_cut_short_does_not_count(note: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(note)
    assert next_attempt(tmp_path).max_count == 5_000


def test_a_note_that_could_not_be_removed_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a folder that is read-only for a while: the attempt did end."""

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(f"{path}, {missing_ok}")

    def end_where_nothing_can_be_removed(attempts: Attempts) -> None:
        with attempts.noted():
            attempts.begin("inbox", 10, 160)
            monkeypatch.setattr(Path, "unlink", refuse)

    with pytest.raises(PermissionError):
        end_where_nothing_can_be_removed(Attempts(tmp_path))
    monkeypatch.undo()
    assert next_attempt(tmp_path).max_count == 5_000


def test_a_folder_in_the_place_of_the_note_stops_no_load(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / NAME).mkdir()
    assert next_attempt(tmp_path).max_count == 5_000
    assert caplog.messages == [f"{tmp_path / NAME}: Is a directory, so no culprit is found if the loader dies"]


def test_a_disk_without_room_for_the_note_stops_no_load_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = Attempts(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # the system refuses each write to a file
    try:
        for position in (10, 20):
            with attempts.noted():
                assert attempts.begin("inbox", position, 5_000).max_count == 5_000
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caplog.messages == [f"{tmp_path / NAME}: File too large, so no culprit is found if the loader dies"]
    assert not (tmp_path / NAME).exists()


def test_a_delivery_is_hopeless_when_memory_ran_out_twice_with_it_alone(tmp_path: Path) -> None:
    die(tmp_path, 1, FOR_MEMORY)
    once = next_attempt(tmp_path)
    die(tmp_path, 1, FOR_MEMORY, deaths_alone=once.deaths_alone)
    twice = next_attempt(tmp_path)
    assert (once.is_hopeless, twice.is_hopeless) == (False, True)


def test_the_kernel_s_own_count_tells_that_memory_was_the_cause(tmp_path: Path) -> None:
    die(tmp_path, 1, kill_count=-1, deaths_alone=1)
    assert next_attempt(tmp_path).is_hopeless


def test_a_process_killed_by_somebody_never_makes_a_delivery_hopeless(tmp_path: Path) -> None:
    for _ in range(3):
        assert run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)") == -signal.SIGKILL
    assert next_attempt(tmp_path).deaths_alone == 0


@pytest.mark.parametrize(
    ("ends", "code"), [("os.abort()", -signal.SIGABRT), ("raise MemoryError", 1)], ids=["in a library", "in Python"]
)
def test_a_process_that_ends_itself_says_so_in_the_note(ends: str, code: int, tmp_path: Path) -> None:
    assert run(tmp_path, ends) == code
    assert next_attempt(tmp_path).deaths_alone == 1


@pytest.mark.parametrize("error", [OSError("disk full"), duckdb.IOException("disk full"), KeyboardInterrupt()])
def test_an_error_that_the_deliveries_did_not_cause_leaves_no_note(error: BaseException, tmp_path: Path) -> None:
    attempts = Attempts(tmp_path)
    with pytest.raises(type(error)):
        fail(attempts, error)
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    "error",
    [MemoryError(), duckdb.OutOfMemoryException("failed"), duckdb.IOException("could not allocate block of size 1")],
)
def test_memory_that_runs_out_is_a_reason_to_start_over(error: Exception, tmp_path: Path) -> None:
    attempts = Attempts(tmp_path)
    with pytest.raises(StartOver):
        fail(attempts, error)
    assert next_attempt(tmp_path).max_count == 10


def test_the_second_try_of_a_load_with_more_memory_is_the_same_attempt(tmp_path: Path) -> None:
    die(tmp_path, 1, FOR_MEMORY)
    attempts = Attempts(tmp_path)
    with attempts.noted():
        first = attempts.begin("inbox", 10, 5_000)
        assert attempts.begin("inbox", 10, 5_000) == first
    assert first.deaths_alone == 1


def parse_within(max_tags: int, batch: Batch) -> Parsed:
    """Parse, in a process that has no memory for so many tags."""
    looked_into = batch.deliveries.filter(~pl.col("fault").eq_missing(TOO_LARGE))
    if any(body.count('"tag"') > max_tags for body in looked_into["body"]):
        raise duckdb.OutOfMemoryException("failed to allocate data")
    return parse(batch)


def load_all(inbox: Inbox, settings: WarehouseSettings, limits: Limits) -> int:
    """Load everything, as processes do of which each starts over when memory ran out; how many there were."""
    for number in range(100):
        attempts = Attempts(settings.data_dir)
        try:
            while load_inbox(inbox, settings, limits, attempts).positions[inbox.inbox_id] < inbox.last_id():
                pass
        except StartOver:
            continue
        return number + 1
    raise AssertionError("it starts over for ever")


@pytest.fixture
def is_short_of_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes parsing fail as it does without memory; the answer ends that."""
    monkeypatch.setattr(pipeline, "parse", partial(parse_within, 50))
    return monkeypatch.undo


def test_what_does_not_fit_into_memory_is_quarantined_and_all_else_is_loaded(
    inbox: Inbox,
    settings: WarehouseSettings,
    action: Action,
    query: Query,
    is_short_of_memory: Callable[[], None],
) -> None:
    payloads = [action(f"p{i}", tags=["tag"] * (100 if i in (70, 411) else 1)) for i in range(600)]
    inbox.append([(1_760_000_000_000_000, json.dumps(payload).encode()) for payload in payloads])
    assert load_all(inbox, settings, Limits(batch_count=64, batches_per_load=4)) < 20
    assert query("SELECT count(*) FROM time_spent") == [(598,)]
    rows = query("SELECT delivery_id, reason, detail, body FROM raw.quarantine ORDER BY ALL")
    assert [row[:2] for row in rows] == [(71, "unloadable"), (412, "unloadable")]
    assert rows[0][2].startswith("it ended the loader, which had ")
    assert [row[3] for row in rows] == [json.dumps(payloads[70]), json.dumps(payloads[411])]
    is_short_of_memory()
    assert [finding for finding in check(settings) if not finding.is_good] == []


def test_a_rebuild_looks_into_it_again_only_with_more_memory_than_before(
    inbox: Inbox,
    settings: WarehouseSettings,
    action: Action,
    query: Query,
    is_short_of_memory: Callable[[], None],
) -> None:
    inbox.append([(1, json.dumps(action("ann", tags=["tag"] * 100)).encode()), (1, json.dumps(action("bob")).encode())])
    load_all(inbox, settings, Limits())
    rebuild(settings)
    assert query("SELECT reason FROM raw.quarantine") == [("unloadable",)]
    with opened_to_write(settings) as connection:
        connection.execute("UPDATE raw.quarantine SET detail = 'it ended the loader, which had 100 MB of memory'")
    is_short_of_memory()
    rebuild(settings)
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",)]
    assert query("SELECT count(*) FROM raw.quarantine") == [(0,)]
