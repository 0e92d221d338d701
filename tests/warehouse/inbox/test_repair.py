"""A damaged inbox: a new one takes over what can still be read, with the same identity and numbers."""

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from warehouse.inbox.carry_over import is_damage
from warehouse.inbox.notes import LastLoad, Outcome
from warehouse.inbox.repair import damaged_files, drafts, find_damage, finish_repair, kept_aside, repair
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox

COUNT = 1_000
PAGE = 16_384


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An inbox of a thousand deliveries of 2 KB each, the first hundred of them loaded and pruned."""
    path = tmp_path / "inbox.sqlite"
    with closing(Inbox(path, create=True)) as inbox:
        inbox.append([(number, b"%04d" % number * 500) for number in range(1, COUNT + 1)])
        inbox.set_aside.add([Unverified(1, b"signature", b"body")], 1000)
        inbox.notes.add_load(LastLoad(200, 1, 1.0))
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


def test_a_sound_inbox_has_no_damage(path: Path) -> None:
    assert find_damage(path) is None


@pytest.mark.parametrize("filler", [os.urandom, bytes], ids=["noise", "zeros"])
def test_of_an_inbox_with_a_damaged_page_all_other_pages_are_carried_over(
    filler: Callable[[int], bytes], path: Path
) -> None:
    damaged = leaf_pages(path)[60]
    overwrite_pages(path, damaged, filler=filler)
    with closing(Inbox(path)) as inbox:
        identity = inbox.inbox_id
    damage = find_damage(path)
    assert damage
    notice = repair(path, damage)
    with closing(Inbox(path)) as inbox:
        inbox.append([(1, b"new")])
    assert find_damage(path) is None
    there = ids(path)
    missing = sorted(set(range(101, COUNT + 2)) - set(there))
    assert 1 <= len(missing) <= 10
    assert missing == list(range(missing[0], missing[-1] + 1))
    with closing(Inbox(path)) as inbox:
        assert inbox.inbox_id == identity
        assert inbox.notes.last_load() == LastLoad(200, 1, 1.0)
        assert inbox.last_id() == COUNT + 1
        assert inbox.set_aside.latest() == Unverified(1, b"signature", b"body")
        assert inbox.read_after(COUNT - 1, max_count=1, max_bytes=1)[0].body == b"1000" * 500
    assert kept_aside(path)[0] in notice
    assert [file.name for file in damaged_files(path)] == kept_aside(path)
    assert f"of 800 that the loader had not yet loaded, {800 - len(missing)}" in notice


def test_an_append_that_meets_the_damage_is_recognised(path: Path) -> None:
    """So the writer repairs, and stores the delivery in the new inbox."""
    overwrite_pages(path, leaf_pages(path)[-1])
    with closing(Inbox(path)) as inbox, pytest.raises(sqlite3.DatabaseError) as failed:
        inbox.append([(1, b"new")])
    assert is_damage(failed.value)
    repair(path, "test")
    with closing(Inbox(path)) as inbox:
        inbox.append([(1, b"new")])
        assert inbox.last_id() == COUNT + 1


def test_the_numbering_goes_on_although_the_last_deliveries_are_lost(path: Path) -> None:
    for page in leaf_pages(path)[-5:]:
        overwrite_pages(path, page)
    repair(path, "test")
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
    repair(path, "test")
    assert ids(path) == list(range(101, COUNT + 1))
    with closing(Inbox(path)) as inbox:
        assert inbox.inbox_id != identity
        assert inbox.notes.last_load() is None


def test_of_a_file_that_is_no_database_nothing_is_carried_over(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 1000)
    assert "nothing of it can be read" in repair(path, "test")
    assert ids(path) == []


def test_a_crash_before_the_new_inbox_is_in_place_is_made_up_for(path: Path) -> None:
    path.rename(path.with_name("inbox.mending.sqlite"))
    finish_repair(path)
    assert len(ids(path)) == COUNT - 100


def test_a_draft_that_an_earlier_attempt_left_is_no_obstacle(path: Path) -> None:
    path.with_name("inbox.mending.sqlite").write_bytes(b"half a draft")
    overwrite_pages(path, leaf_pages(path)[60])
    repair(path, "test")
    assert len(ids(path)) > COUNT - 150


def test_the_drafts_of_a_repair_that_crashed_are_found(path: Path) -> None:
    """They may hold deliveries, so that an erasure has to reach them."""
    files = [path.with_name(f"inbox.mending.sqlite{companion}") for companion in ("", "-shm", "-wal")]
    for file in files:
        file.touch()
    assert drafts(path) == files


def test_counts_backups_and_forms_are_carried_over_with_the_rows(path: Path) -> None:
    with closing(Inbox(path)) as inbox:
        inbox.notes.add_load(LastLoad(300, 2, 1.0), {Outcome("duplicate"): 7})
        inbox.notes.add_backup(5)
        inbox.set_aside.add([Unverified(3, None, b"other", "bad_signature")], 1000, is_plausible=False)
    overwrite_pages(path, leaf_pages(path)[60])
    repair(path, "test")
    with closing(Inbox(path)) as inbox:
        assert inbox.notes.outcomes() == {Outcome("duplicate"): 7}
        assert inbox.notes.last_backup_at() == 5
        assert not inbox.is_behind(300)
        assert inbox.is_behind(301)
        assert inbox.set_aside.latest() == Unverified(3, None, b"other", "bad_signature")
        assert inbox.set_aside.count_and_bytes() == (2, len(b"body") + len(b"other"))
        assert inbox.set_aside.add([], 0, is_plausible=False) == 1
