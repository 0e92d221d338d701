"""The inbox's writer: does its jobs, and repairs the inbox when a job meets damage."""

import io
import json
import os
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.commit.inbox_writer import InboxWriter, work
from ingest.commit.jobs import Answer, Append, Job, ProveWrite, Repair, SetAside
from warehouse.inbox.repair import kept_aside
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox

PAGE = 16_384
NO_DATABASE = b"this is no database at all" * 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inbox.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[InboxWriter]:
    with closing(InboxWriter(path)) as opened:
        yield opened


def answers_to(writer: InboxWriter, *jobs: Job) -> list[Answer]:
    """What comes out of the process's stdout when these jobs go into its stdin."""
    output = io.BytesIO()
    work(writer, io.BytesIO(b"".join(pickle.dumps(job) for job in jobs)), output)
    return [Answer(*json.loads(line)) for line in output.getvalue().splitlines()]


def bodies(path: Path) -> list[bytes]:
    with closing(Inbox(path)) as inbox:
        return [delivery.body for delivery in inbox.read_after(0, max_count=1000, max_bytes=10**9)]


def test_each_job_is_done_and_answered_in_turn(writer: InboxWriter, path: Path) -> None:
    """The second delivery set aside is dropped: three bytes are the bound."""
    unverified = [Unverified(1, None, b"xxx"), Unverified(2, None, b"yyy")]
    answers = answers_to(writer, ProveWrite(), Append([(1, b"a"), (2, b"b")]), SetAside(unverified, 3), Repair())
    assert answers == [Answer(0, None, []), Answer(0, None, []), Answer(1, None, []), Answer(0, None, [])]
    assert bodies(path) == [b"a", b"b"]


def test_a_job_that_fails_is_answered_with_its_reason_and_the_next_is_done(writer: InboxWriter, path: Path) -> None:
    answers_to(writer, ProveWrite())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON deliveries BEGIN SELECT raise(ABORT, 'no room'); END")
    assert answers_to(writer, Append([(1, b"a")]), ProveWrite()) == [Answer(0, "no room", []), Answer(0, None, [])]


@pytest.mark.parametrize("job", [ProveWrite(), Append([(1, b"new")]), Repair()], ids=lambda job: type(job).__name__)
def test_a_job_that_meets_a_file_that_is_no_database_begins_a_new_inbox(
    job: Job, writer: InboxWriter, path: Path
) -> None:
    path.write_bytes(NO_DATABASE)
    [(_, failure, [notice])] = answers_to(writer, job)
    assert failure is None
    assert "nothing of it can be read" in notice
    assert kept_aside(path)[0] in notice
    assert bodies(path) == ([b"new"] if isinstance(job, Append) else [])


def test_a_delivery_that_meets_a_damaged_page_is_stored_after_those_that_can_be_read(
    writer: InboxWriter, path: Path
) -> None:
    """SQLite appends to the page that holds the last deliveries."""
    with closing(Inbox(path, create=True)) as inbox:
        inbox.append([(1, b"%04d" % number * 500) for number in range(100)])
    with path.open("r+b") as file:
        file.seek(file.read().rindex(b"0099" * 400) // PAGE * PAGE)
        file.write(os.urandom(PAGE))
    [(_, failure, [notice])] = answers_to(writer, Append([(1, b"new")]))
    assert failure is None
    assert kept_aside(path)[0] in notice
    *old, new = bodies(path)
    assert new == b"new"
    assert old == [b"%04d" % number * 500 for number in range(len(old))]
    assert 90 <= len(old) < 100


def test_a_sound_inbox_is_not_repaired(writer: InboxWriter, path: Path) -> None:
    answers_to(writer, Append([(1, b"a")]), Repair())
    assert kept_aside(path) == []


def test_an_inbox_on_another_disk_stays_there_when_it_is_repaired(path: Path, tmp_path: Path) -> None:
    """Its place in the data directory is a link."""
    other = tmp_path / "other" / "inbox.sqlite"
    other.parent.mkdir()
    other.write_bytes(NO_DATABASE)
    path.symlink_to(other)
    with closing(InboxWriter(path)) as writer:
        answers_to(writer, Append([(1, b"new")]))
    assert path.readlink() == other
    assert bodies(other) == [b"new"]
