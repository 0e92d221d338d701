"""The inbox's files: for the owner alone, and a write-ahead log that shrinks again."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from warehouse.inbox.file import MAX_LOG_BYTES_AT_REST, Place, log_bytes
from warehouse.inbox.repair import repair
from warehouse.inbox.sqlite_queue import Inbox


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Where the inbox will be, in a process that gives everybody every right."""
    before = os.umask(0)
    yield tmp_path / "inbox.sqlite"
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()}


def test_a_new_inbox_and_its_log_are_for_the_owner_alone(path: Path) -> None:
    with closing(Inbox(path, create=True)) as inbox:
        inbox.append([(1, b"a")])
        assert modes(path.parent) == dict.fromkeys(("inbox.sqlite", "inbox.sqlite-wal", "inbox.sqlite-shm"), "0o600")


def test_an_inbox_that_an_earlier_release_left_readable_is_closed_to_others(path: Path) -> None:
    with closing(Inbox(path, create=True)) as inbox:
        inbox.append([(1, b"a")])
        for file in path.parent.iterdir():
            file.chmod(0o644)
        Inbox(path).close()
        assert set(modes(path.parent).values()) == {"0o600"}


def test_a_backup_of_the_inbox_is_for_the_owner_alone(path: Path) -> None:
    with closing(Inbox(path, create=True)) as inbox:
        inbox.back_up(path.with_name("copy.sqlite"))
    assert modes(path.parent)["copy.sqlite"] == "0o600"


def test_a_damaged_inbox_and_the_one_that_takes_its_place_are_for_the_owner_alone(path: Path) -> None:
    Inbox(path, create=True).close()
    path.write_bytes(b"this is no database at all" * 1000)
    repair(path, "test")
    assert len(modes(path.parent)) == 2
    assert set(modes(path.parent).values()) == {"0o600"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another owner")
def test_an_inbox_that_root_makes_belongs_to_the_owner_of_its_folder(path: Path) -> None:
    """Else the unprivileged service could never write it."""
    os.chown(path.parent, 4711, 4712)
    with closing(Inbox(path, create=True)) as inbox:
        inbox.append([(1, b"a")])
        assert {(file.stat().st_uid, file.stat().st_gid) for file in path.parent.iterdir()} == {(4711, 4712)}


def test_the_log_shrinks_once_the_reader_that_held_it_has_ended(path: Path) -> None:
    with closing(Inbox(path, create=True)) as inbox:
        with closing(Inbox(path)) as reader:
            reader._connection.execute("BEGIN")  # noqa: SLF001 -- as an SQLite prompt that stays open
            reader.last_id()
            for _ in range(3):
                inbox.append((1, bytes(1_000_000)) for _ in range(10))
            assert log_bytes(path) > MAX_LOG_BYTES_AT_REST
        inbox.settle()
        inbox.append([(1, b"a")])
        assert log_bytes(path) <= MAX_LOG_BYTES_AT_REST


def test_a_file_without_tables_is_no_inbox(path: Path) -> None:
    """As when a crash came right after it was made; the receiver makes the tables."""
    path.touch()
    with pytest.raises(Exception, match="is no inbox"):
        Inbox(path)
    with closing(Inbox(path, create=True)) as inbox:
        assert inbox.last_id() == 0


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.touch()
    other.rename(path)


def leave(_path: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "found"), [(leave, "the same"), (remove, "nothing"), (replace, "another")], ids=["left", "gone", "other"]
)
def test_a_place_knows_whether_its_file_is_still_there(change: Callable[[Path], None], found: str, path: Path) -> None:
    Inbox(path, create=True).close()
    place = Place(path)
    change(path)
    assert (place.what_is_there(), place.is_lost) == (found, found != "the same")
