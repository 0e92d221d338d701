"""An inbox of an older release is upgraded in one transaction. The files are real: earlier commits have made them."""

import gzip
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.kinds import Query
from warehouse.commands.load import load
from warehouse.inbox.carry_over import carry_over, connect_unchecked
from warehouse.inbox.file import InboxTooOld
from warehouse.inbox.notes import LastLoad
from warehouse.inbox.repair import find_damage, repair
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.inbox.upgrade import SCHEMA_VERSION
from warehouse.settings import WarehouseSettings

BODIES = [b'{"action":"first"}', b'{"action":"second"}', b'{"action":"third"}']
# By the commit that made the file: how many of the three deliveries are pruned, the last load, and what is set aside.
LOADED = (1, LastLoad(2, 1_760_000_000_000_009, 0.5), (2, len(b"signed") + len(b"unsigned")))
OLDER = {
    "4a3aaf2": (0, None, (0, 0)),  # neither last_load nor set_aside, pages of 4 KiB
    "5415cb6": LOADED,  # all tables, pages of 4 KiB
    "bb23c13": LOADED,  # pages of 16 KiB
    "823f321": LOADED,  # the last one of version 1
}


@pytest.fixture(params=OLDER)
def commit(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(commit: str, settings: WarehouseSettings) -> Path:
    """The file that the commit's code made, with three deliveries."""
    packed = Path(__file__).parent / f"made_by_{commit}.sqlite.gz"
    settings.inbox_path.write_bytes(gzip.decompress(packed.read_bytes()))
    return settings.inbox_path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("create", [True, False], ids=["by the receiver", "by the loader"])
def test_an_older_inbox_is_upgraded_with_all_it_holds(create: bool, path: Path, commit: str) -> None:
    pruned, last_load, set_aside = OLDER[commit]
    assert version(path) == 1
    with closing(Inbox(path, create=create)) as inbox:
        assert [d.body for d in inbox.read_after(0, max_count=9, max_bytes=999)] == BODIES[pruned:]
        assert inbox.notes.last_load() == last_load
        assert inbox.set_aside.count_and_bytes() == set_aside
        assert not inbox.is_behind(2 if last_load else 0)
        assert inbox.is_behind(3)
        assert inbox.notes.outcomes() == {}
        assert (inbox.notes.last_backup_at(), inbox.notes.renewal_count()) == (0, 0)
        inbox.append([(9, b"new")])
        assert inbox.last_id() == 4
    assert version(path) == SCHEMA_VERSION
    assert find_damage(path) is None


def test_what_was_set_aside_without_a_signature_goes_to_the_smaller_share(path: Path, commit: str) -> None:
    """Another one of its kind, and no room at all for the kind: what is left had a signature."""
    with closing(Inbox(path)) as inbox:
        inbox.set_aside.add([Unverified(1, None, b"x")], 0, is_plausible=False)
        assert inbox.set_aside.count_and_bytes() == ((0, 0) if commit == "4a3aaf2" else (1, len(b"signed")))


def test_an_upgrade_that_fails_in_the_middle_changes_nothing(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE set_aside_totals (in_the_way INTEGER)")
    before = path.read_bytes()
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        Inbox(path)
    assert path.read_bytes() == before


def test_an_older_inbox_that_is_only_read_is_called_that(path: Path) -> None:
    with pytest.raises(
        InboxTooOld, match=r"an older release made .* its version is 1, not 2; the receiver or `warehouse"
    ):
        Inbox.open_read_only(path)
    assert version(path) == 1


def test_a_load_reads_an_older_inbox(path: Path, settings: WarehouseSettings, query: Query, commit: str) -> None:
    with closing(Inbox(path)) as inbox:
        load(inbox, settings)
    assert query("SELECT count(*) FROM raw.deliveries") == [(3 - OLDER[commit][0],)]


def test_of_a_damaged_older_inbox_a_new_one_takes_over_what_can_be_read(path: Path, commit: str) -> None:
    """Its set-aside deliveries lie on its last page. Without such a table there is nothing to lose."""
    pruned, _, _ = OLDER[commit]
    with path.open("r+b") as file:
        page = int.from_bytes(path.read_bytes()[16:18], "big")
        file.seek(-page, os.SEEK_END)
        if commit != "4a3aaf2":
            file.write(os.urandom(page))
    repair(path, "test")
    with closing(Inbox(path)) as inbox:
        assert [d.body for d in inbox.read_after(0, max_count=9, max_bytes=999)] == BODIES[pruned:]
        inbox.append([(9, b"new")])
        assert inbox.last_id() == 4
    assert version(path) == SCHEMA_VERSION


def test_an_older_inbox_is_carried_over_with_what_it_noted(path: Path, commit: str, tmp_path: Path) -> None:
    _, last_load, set_aside = OLDER[commit]
    draft = tmp_path / "draft.sqlite"
    Inbox(draft, create=True).close()
    with closing(connect_unchecked(path)) as source:
        carry_over(source, draft)
    with closing(Inbox(draft)) as inbox:
        assert (inbox.notes.last_load(), inbox.set_aside.count_and_bytes()) == (last_load, set_aside)
        assert not inbox.is_behind(2 if last_load else 0)
