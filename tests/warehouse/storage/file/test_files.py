"""The files of a warehouse: what is there after a load, after a crash, and after an earlier release."""

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.kinds import Action, Load, Query
from warehouse.settings import WarehouseSettings
from warehouse.storage.file import files, publish, reader
from warehouse.storage.file.swap import swap

WAREHOUSE, PREVIOUS = "warehouse.duckdb", "warehouse.previous.duckdb"


def registrations(path: Path) -> list[str]:
    """Who has time spent, by the file at a path."""
    with reader.connect(path) as connection:
        return [name for (name,) in connection.sql("SELECT registration_id FROM time_spent ORDER BY ALL").fetchall()]


def files_in(folder: Path) -> set[str]:
    """Names of the files of a warehouse, in a data directory."""
    return {path.name for path in folder.iterdir() if "warehouse" in path.name}


def test_the_generation_before_stays_until_the_next(load: Load, action: Action, tmp_path: Path) -> None:
    for name in ("ann", "bob", "cat"):
        load(action(name))
    assert registrations(tmp_path / WAREHOUSE) == ["ann", "bob", "cat"]
    assert registrations(tmp_path / PREVIOUS) == ["ann", "bob"]
    assert files_in(tmp_path) == {WAREHOUSE, PREVIOUS}


def test_what_a_crash_left_is_removed(load: Load, tmp_path: Path) -> None:
    for name in (".draft", ".draft.wal", ".draft.compact", ".draft.link", ".previous"):
        (tmp_path / f".{WAREHOUSE}{name}").write_text("half a file")
    (tmp_path / f".{WAREHOUSE}.draft.spill").mkdir()
    (tmp_path / f".{WAREHOUSE}.draft.spill" / "block").write_text("half a block")
    load()
    assert files_in(tmp_path) == {WAREHOUSE}


def test_the_spare_file_of_the_release_before_is_removed_by_the_next_load(
    load: Load, action: Action, tmp_path: Path
) -> None:
    """It holds personal data, and takes as much of the disk as the warehouse."""
    load(action("ann"))
    (tmp_path / f".{WAREHOUSE}.spare").write_bytes((tmp_path / WAREHOUSE).read_bytes())
    load(action("bob"))
    assert files_in(tmp_path) == {WAREHOUSE, PREVIOUS}


def no_swap(first: Path, second: Path) -> None:
    """As macOS, and some file systems, answer."""
    raise OSError(errno.EINVAL, "this file system cannot", str(first), None, str(second))


@pytest.mark.parametrize("can_swap", [True, False])
def test_after_each_rename_there_is_a_published_file(
    can_swap: bool, load: Load, action: Action, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(action("ann"))
    seen: list[list[str]] = []

    def watched(rename: Callable[[Path, Path], object]) -> Callable[[Path, Path], None]:
        def do(path: Path, target: Path) -> None:
            rename(path, target)
            seen.append(registrations(tmp_path / WAREHOUSE))

        return do

    monkeypatch.setattr(Path, "replace", watched(Path.replace))
    monkeypatch.setattr(files, "swap", watched(swap) if can_swap else no_swap)
    load(action("bob"))
    assert seen == ([["ann", "bob"], ["ann", "bob"]] if can_swap else [["ann"], ["ann", "bob"]])
    assert registrations(tmp_path / PREVIOUS) == ["ann"]
    assert files_in(tmp_path) == {WAREHOUSE, PREVIOUS}


def test_an_error_of_the_disk_while_names_are_exchanged_leaves_the_published_file(
    load: Load, action: Action, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(action("ann"))

    def fail(*_: Path) -> None:
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(files, "swap", fail)
    with pytest.raises(OSError, match="the disk fails"):
        load(action("bob"))
    assert registrations(tmp_path / WAREHOUSE) == ["ann"]


def test_no_file_has_a_second_name(load: Load, action: Action, tmp_path: Path) -> None:
    """A user may not link to a file of another user, and some file systems know no links."""
    for name in ("ann", "bob", "cat"):
        load(action(name))
    assert {path.name: path.stat().st_nlink for path in tmp_path.glob("*.duckdb")} == {WAREHOUSE: 1, PREVIOUS: 1}


def test_the_warehouse_is_for_the_owners_group_to_read_and_for_nobody_to_write(
    load: Load, action: Action, tmp_path: Path
) -> None:
    load(action("ann"))
    (tmp_path / WAREHOUSE).chmod(0o644)  # of an earlier release
    load(action("bob"))
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("*.duckdb")} == {
        WAREHOUSE: "0o440",
        PREVIOUS: "0o440",
    }


@pytest.mark.parametrize("start", [publish.new_generation, publish.empty_generation])
def test_a_draft_and_what_it_spills_are_for_the_owner_alone(
    start: Callable[[Path], AbstractContextManager[object]], load: Load, tmp_path: Path
) -> None:
    load()
    with start(tmp_path / WAREHOUSE):
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.glob(".warehouse*")}
    assert modes == {f".{WAREHOUSE}.draft": "0o600", f".{WAREHOUSE}.draft.spill": "0o700"}


def test_a_crash_after_the_names_were_exchanged_loses_nothing(load: Load, action: Action, tmp_path: Path) -> None:
    """The generation before has the draft's name then."""
    load(action("ann"))
    load(action("bob"))
    (tmp_path / PREVIOUS).rename(tmp_path / f".{WAREHOUSE}.draft")
    load(action("cat"))
    assert registrations(tmp_path / WAREHOUSE) == ["ann", "bob", "cat"]
    assert registrations(tmp_path / PREVIOUS) == ["ann", "bob"]
    assert files_in(tmp_path) == {WAREHOUSE, PREVIOUS}


def test_whoever_reads_a_generation_goes_on_reading_it(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    with reader.connect(settings.warehouse_path) as connection, settings.warehouse_path.open("rb") as copying:
        [(half,)] = connection.sql("SELECT count(*) FROM time_spent").fetchall()
        content = settings.warehouse_path.read_bytes()
        for name in ("bob", "cat", "dan", "eve"):
            load(action(name))
        assert (half, copying.read()) == (1, content)
        assert connection.sql("SELECT registration_id FROM time_spent").fetchall() == [("ann",)]
    assert query("SELECT count(*) FROM time_spent") == [(5,)]


def test_a_missing_warehouse_is_made_again_from_the_previous_one(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    load(action("bob"))
    settings.warehouse_path.unlink()
    load(action("cat"))
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",), ("cat",)]


def test_removing_old_files_leaves_the_published_one_and_a_copy_of_it(
    load: Load, action: Action, tmp_path: Path
) -> None:
    load(action("ann"))
    load(action("bob"))
    (tmp_path / "warehouse.corrupt-20250101T000000000000Z.duckdb").write_text("damaged")
    (tmp_path / f".{WAREHOUSE}.spare").write_text("the spare file of an earlier release")
    removed = files.remove_old(tmp_path / WAREHOUSE)
    assert removed == ["warehouse.corrupt-20250101T000000000000Z.duckdb", PREVIOUS]
    assert files_in(tmp_path) == {WAREHOUSE, PREVIOUS}
    assert registrations(tmp_path / PREVIOUS) == ["ann", "bob"]


def test_a_disk_that_is_full_while_old_files_are_removed_leaves_no_half_of_a_file(
    load: Load, action: Action, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(action("ann"))

    def fill(_: Path, target: Path) -> None:
        target.write_bytes(b"half a file")
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(files, "copy_published", fill)
        with pytest.raises(OSError, match="no space left"):
            files.remove_old(tmp_path / WAREHOUSE)
    load(action("bob"))
    assert files_in(tmp_path) == {WAREHOUSE, PREVIOUS}
    assert registrations(tmp_path / PREVIOUS) == ["ann"]


def test_the_latest_generation_is_the_published_one_else_the_one_before_it(tmp_path: Path) -> None:
    assert files.latest(tmp_path / WAREHOUSE) is None
    (tmp_path / PREVIOUS).touch()
    assert files.latest(tmp_path / WAREHOUSE) == tmp_path / PREVIOUS
    (tmp_path / WAREHOUSE).touch()
    assert files.latest(tmp_path / WAREHOUSE) == tmp_path / WAREHOUSE
