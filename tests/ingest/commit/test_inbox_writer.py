"""The inbox's writer: does its jobs, and repairs the inbox when a job meets damage."""

import io
import json
import os
import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.commit.inbox_writer import InboxWriter, work
from ingest.commit.jobs import Answer, Append, Job, ProveWrite, Repair, SetAside
from warehouse.inbox.notes import LastLoad
from warehouse.inbox.repair import kept_aside
from warehouse.inbox.set_aside import ROW_BYTES, Unverified
from warehouse.inbox.sqlite_queue import Inbox

PAGE = 16_384
DONE = Answer(0, 0, None, [], is_put_back=False)
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
    answers = answers_to(
        writer, ProveWrite(), Append([(1, b"a"), (2, b"b")]), SetAside(unverified, [], ROW_BYTES + 3, 0), Repair()
    )
    assert answers == [DONE, DONE, DONE._replace(plausible_dropped=1), DONE]
    assert bodies(path) == [b"a", b"b"]


def test_a_job_that_fails_is_answered_with_its_reason_and_the_next_is_done(writer: InboxWriter, path: Path) -> None:
    answers_to(writer, ProveWrite())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON deliveries BEGIN SELECT raise(ABORT, 'no room'); END")
    assert answers_to(writer, Append([(1, b"a")]), ProveWrite()) == [DONE._replace(failure="no room"), DONE]


@pytest.mark.parametrize("job", [ProveWrite(), Append([(1, b"new")]), Repair()], ids=lambda job: type(job).__name__)
def test_a_job_that_meets_a_file_that_is_no_database_begins_a_new_inbox(
    job: Job, writer: InboxWriter, path: Path
) -> None:
    path.write_bytes(NO_DATABASE)
    [(_, _, failure, [notice], _)] = answers_to(writer, job)
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
    [(_, _, failure, [notice], _)] = answers_to(writer, Append([(1, b"new")]))
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


def remove(path: Path) -> None:
    for file in path.parent.glob("inbox.sqlite*"):
        file.unlink()


def remove_the_file_alone(path: Path) -> None:
    path.unlink()


def move_the_folder_away(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def replace_the_folder(path: Path) -> None:
    move_the_folder_away(path)
    path.parent.mkdir()


def remove_the_log(path: Path) -> None:
    path.with_name("inbox.sqlite-wal").unlink()


def remove_the_logs_index(path: Path) -> None:
    path.with_name("inbox.sqlite-shm").unlink()


LOSSES = [
    remove,
    remove_the_file_alone,
    move_the_folder_away,
    replace_the_folder,
    remove_the_log,
    remove_the_logs_index,
]


@pytest.fixture
def movable(tmp_path: Path) -> Path:
    """An inbox in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "inbox.sqlite"


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_an_inbox_that_was_lost_while_open_is_put_back_with_all_that_it_held(
    lose: Callable[[Path], None], movable: Path
) -> None:
    """SQLite would go on with files that nobody else can find. Its identity and its numbering go on."""
    with closing(InboxWriter(movable)) as writer:
        answers_to(writer, Append([(1, b"a"), (2, b"b")]), SetAside([Unverified(3, b"s", b"aside")], [], 1000, 0))
        with closing(Inbox(movable)) as opened:
            identity = opened.inbox_id
        lose(movable)
        [lost, done] = answers_to(writer, Append([(4, b"c")]), Append([(5, b"d")]))
        assert (lost.failure, lost.is_put_back, len(lost.notices)) == (None, True, 1)
        assert "while it was in use" in lost.notices[0]
        assert done == DONE
    with closing(Inbox(movable)) as opened:
        assert [(d.delivery_id, d.body) for d in opened.read_after(0, max_count=9, max_bytes=99)] == [
            (1, b"a"),
            (2, b"b"),
            (3, b"c"),
            (4, b"d"),
        ]
        assert opened.inbox_id == identity
        assert opened.set_aside.latest() == Unverified(3, b"s", b"aside")


def test_a_reader_that_still_has_the_lost_inbox_open_does_not_harm_the_new_one(movable: Path) -> None:
    """SQLite removes the log, by its name, when the last connection of an inbox ends."""
    with closing(InboxWriter(movable)) as writer:
        answers_to(writer, Append([(1, b"a")]))
        loader = Inbox(movable)
        assert loader.last_id() == 1
        remove(movable)
        answers_to(writer, Append([(2, b"b")]), Append([(3, b"c")]))
        loader.notes.add_load(LastLoad(1, 1, 1.0))
        loader.close()
        [answer] = answers_to(writer, Append([(4, b"d")]))
        assert answer == DONE
        assert bodies(movable) == [b"a", b"b", b"c", b"d"]


def test_an_inbox_that_is_lost_after_the_last_delivery_is_put_back_at_the_end(movable: Path) -> None:
    writer = InboxWriter(movable)
    answers_to(writer, Append([(1, b"a")]))
    move_the_folder_away(movable)
    [notice] = writer.close()
    assert "was removed while it was in use" in notice
    assert bodies(movable) == [b"a"]


def test_another_inbox_at_the_path_takes_over_what_waits_and_what_is_set_aside(writer: InboxWriter, path: Path) -> None:
    answers_to(writer, Append([(1, b"loaded"), (2, b"waits")]), SetAside([Unverified(3, b"s", b"aside")], [], 1000, 0))
    with closing(Inbox(path)) as opened:
        opened.notes.add_load(LastLoad(1, 1, 1.0))
    other = path.with_name("other.sqlite")
    with closing(Inbox(other, create=True)) as opened:
        opened.append([(9, b"theirs")])
        identity = opened.inbox_id
    other.rename(path)
    [answer] = answers_to(writer, Append([(4, b"new")]))
    assert answer.is_put_back
    assert "replaced" in answer.notices[0]
    assert bodies(path) == [b"theirs", b"waits", b"new"]
    with closing(Inbox(path)) as opened:
        assert opened.inbox_id == identity
        assert opened.set_aside.latest() == Unverified(3, b"s", b"aside")


def test_an_older_copy_of_the_inbox_at_the_path_gets_a_new_identity(writer: InboxWriter, path: Path) -> None:
    """Its next ids would be ones that the warehouse counts as loaded."""
    answers_to(writer, Append([(1, b"a")]))
    copy = path.with_name("copy.sqlite")
    with closing(Inbox(path)) as opened:
        opened.back_up(copy)
    answers_to(writer, Append([(2, b"b")]))
    copy.rename(path)
    answers_to(writer, Append([(3, b"c")]))
    with closing(Inbox(path)) as opened:
        assert opened.notes.renewal_count() == 1
        assert {b"a", b"b", b"c"} == set(bodies(path))


def test_a_file_at_the_path_that_is_no_inbox_is_kept_aside(writer: InboxWriter, path: Path) -> None:
    answers_to(writer, Append([(1, b"a")]))
    other = path.with_name("other.sqlite")
    other.write_bytes(NO_DATABASE)
    other.rename(path)
    [answer] = answers_to(writer, Append([(2, b"b")]))
    assert kept_aside(path)[0] in answer.notices[0]
    assert bodies(path) == [b"a", b"b"]


def test_a_lost_inbox_that_cant_be_written_any_more_is_put_back_all_the_same(writer: InboxWriter, path: Path) -> None:
    """As when its disk is full. The delivery is refused, and the next one stored."""
    answers_to(writer, Append([(1, b"a")]))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON deliveries BEGIN SELECT raise(ABORT, 'no room'); END")
    path.unlink()
    [refused, stored] = answers_to(writer, Append([(2, b"b")]), Append([(3, b"c")]))
    assert (refused.failure, refused.is_put_back) == ("no room", True)
    assert stored == DONE
    assert bodies(path) == [b"a", b"c"]


def test_while_the_inbox_cant_be_put_back_deliveries_are_refused_and_later_ones_stored(movable: Path) -> None:
    """A file has taken the place of its folder."""
    with closing(InboxWriter(movable)) as writer:
        answers_to(writer, Append([(1, b"a")]))
        move_the_folder_away(movable)
        movable.parent.write_bytes(b"")
        [refused] = answers_to(writer, Append([(2, b"refused")]))
        assert refused.failure
        movable.parent.unlink()
        [stored] = answers_to(writer, Append([(3, b"b")]))
        assert (stored.failure, stored.is_put_back) == (None, True)
    assert {b"a", b"b"} <= set(bodies(movable))


def test_a_link_that_leads_to_another_disk_from_now_on_is_followed(path: Path, tmp_path: Path) -> None:
    disks = [tmp_path / name / "inbox.sqlite" for name in ("old", "new")]
    for disk in disks:
        disk.parent.mkdir()
    path.symlink_to(disks[0])
    with closing(InboxWriter(path)) as writer:
        answers_to(writer, Append([(1, b"a")]))
        path.unlink()
        path.symlink_to(disks[1])
        answers_to(writer, Append([(2, b"b")]))
        answers_to(writer, Append([(3, b"c")]))
    assert path.readlink() == disks[1]
    assert bodies(disks[1]) == [b"a", b"b", b"c"]
