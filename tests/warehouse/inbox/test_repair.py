"""A damaged inbox: what can still be read goes on in a new one, under the same identity and numbers."""

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest.commit.inbox_writer import InboxWriter
from warehouse.inbox.repair import find_damage, finish_mending, kept_aside, mend
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox, LastLoad

COUNT = 1_000
PAGE = 16_384


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An inbox of a thousand deliveries of 2 KB each, the first hundred of them loaded and forgotten."""
    path = tmp_path / "inbox.sqlite"
    with closing(Inbox(path, create=True)) as inbox:
        inbox.append([(number, b"%04d" % number * 500) for number in range(1, COUNT + 1)])
        inbox.set_aside.add([Unverified(1, b"signature", b"body")], 1000)
        inbox.note_load(LastLoad(200, 1, 1.0))
        inbox.prune(loaded_up_to=100, received_before=COUNT)
    return path


def overwrite_pages(path: Path, first: int, count: int = 1, filler: Callable[[int], bytes] = os.urandom) -> None:
    """Damage pages, numbered from 1 as SQLite does."""
    with path.open("r+b") as file:
        file.seek((first - 1) * PAGE)
        file.write(filler(count * PAGE))


def leaf_pages(path: Path) -> list[int]:
    """The pages that hold deliveries, in the order of their ids."""
    with path.open("rb") as file:
        pages = [file.read(PAGE) for _ in range(path.stat().st_size // PAGE)]
    return [number for number, page in enumerate(pages, 1) if re.search(rb"(\d{4})\1{400}", page)]


def ids(path: Path) -> list[int]:
    with closing(Inbox(path)) as inbox:
        return [delivery.delivery_id for delivery in inbox.read_after(0, max_count=10_000, max_bytes=10**9)]


def test_a_sound_inbox_is_left_alone(path: Path) -> None:
    assert find_damage(path) is None
    InboxWriter(path).mend_if_damaged()
    assert kept_aside(path) == []


@pytest.mark.parametrize("filler", [os.urandom, bytes], ids=["noise", "zeros"])
def test_of_an_inbox_that_is_damaged_in_its_midst_all_other_pages_are_carried_over(
    filler: Callable[[int], bytes], path: Path
) -> None:
    damaged = leaf_pages(path)[60]
    overwrite_pages(path, damaged, filler=filler)
    with closing(Inbox(path)) as inbox:
        identity = inbox.inbox_id
    writer = InboxWriter(path)
    writer.mend_if_damaged()
    writer.append([(1, b"new")])
    writer.close()
    assert find_damage(path) is None
    there = ids(path)
    missing = sorted(set(range(101, COUNT + 2)) - set(there))
    assert 1 <= len(missing) <= 10
    assert missing == list(range(missing[0], missing[-1] + 1))
    with closing(Inbox(path)) as inbox:
        assert inbox.inbox_id == identity
        assert inbox.last_load() == LastLoad(200, 1, 1.0)
        assert inbox.last_id() == COUNT + 1
        assert inbox.set_aside.latest() == Unverified(1, b"signature", b"body")
        assert inbox.read_after(COUNT - 1, max_count=1, max_bytes=1)[0].body == b"1000" * 500
    [notice] = writer.notices
    assert kept_aside(path)[0] in notice
    assert f"of 800 that the loader had not yet loaded, {800 - len(missing)}" in notice


def test_an_append_that_meets_the_damage_mends_it_and_is_stored(path: Path) -> None:
    overwrite_pages(path, leaf_pages(path)[-1])
    writer = InboxWriter(path)
    writer.append([(1, b"new")])
    writer.close()
    assert ids(path)[-1] == COUNT + 1
    assert len(kept_aside(path)) == 1


def test_the_numbering_goes_on_although_the_last_deliveries_are_lost(path: Path) -> None:
    for page in leaf_pages(path)[-5:]:
        overwrite_pages(path, page)
    mend(path, "test")
    assert ids(path)[-1] < COUNT
    with closing(Inbox(path)) as inbox:
        inbox.append([(1, b"new")])
        assert inbox.last_id() == COUNT + 1


def test_without_its_numbering_the_new_inbox_has_an_identity_of_its_own(path: Path) -> None:
    """Then the loader reads all of it, and drops as duplicates what it has already."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_sequence'").fetchone()
        (identity,) = connection.execute("SELECT inbox_id FROM identity").fetchone()
    overwrite_pages(path, page)
    mend(path, "test")
    assert ids(path) == list(range(101, COUNT + 1))
    with closing(Inbox(path)) as inbox:
        assert inbox.inbox_id != identity
        assert inbox.last_load() is None


def test_of_a_file_that_is_no_database_nothing_is_carried_over_and_a_new_inbox_accepts(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 1000)
    writer = InboxWriter(path)
    writer.prove_write()
    writer.close()
    assert ids(path) == []
    assert "nothing of it can be read" in writer.notices[0]


def test_a_crash_between_keeping_aside_and_putting_in_place_is_made_up_for(path: Path) -> None:
    path.rename(path.with_name("inbox.mending.sqlite"))
    finish_mending(path)
    assert len(ids(path)) == COUNT - 100


def test_what_a_crash_left_of_an_earlier_attempt_is_no_obstacle(path: Path) -> None:
    path.with_name("inbox.mending.sqlite").write_bytes(b"half a draft")
    overwrite_pages(path, leaf_pages(path)[60])
    mend(path, "test")
    assert len(ids(path)) > COUNT - 150
