"""Publishing: whatever state the files are in, there is a warehouse afterwards, with all that could be kept."""

import errno
import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from mmap import ACCESS_READ, mmap
from pathlib import Path

import duckdb
import pytest

from tests.kinds import Action, Load, Payload, Query
from warehouse.commands.load import load as load_inbox
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import files, publish, reader
from warehouse.storage.copying import copy_file, is_unread

# The tables of schema version 1 as the first release made them, with what it loaded into them.
FIRST_RELEASE = (Path(__file__).parent / "first_release.sql").read_text("utf-8")


def test_the_previous_generation_stays_until_the_next(load: Load, action: Action, settings: WarehouseSettings) -> None:
    load(action("ann"))
    load(action("bob"))
    load(action("cat"))
    with reader.connect(files.previous(settings.warehouse_path)) as connection:
        assert connection.sql("SELECT count(*) FROM time_spent").fetchall() == [(2,)]


def test_what_a_crash_left_is_removed(load: Load, settings: WarehouseSettings) -> None:
    for name in (".draft", ".draft.wal", ".draft.compact", ".draft.link"):
        (settings.data_dir / f".warehouse.duckdb{name}").write_text("half a file")
    load()
    assert not list(settings.data_dir.glob(".warehouse*"))


def test_the_generation_before_that_is_overwritten_and_only_where_it_differs(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    for name in ("ann", "bob", "cat"):
        load(action(name))
    spare = files.spare(settings.warehouse_path).stat().st_ino
    load(action("dan"))
    assert settings.warehouse_path.stat().st_ino == spare
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",), ("cat",), ("dan",)]
    with reader.connect(files.previous(settings.warehouse_path)) as connection:
        assert connection.sql("SELECT count(*) FROM time_spent").fetchall() == [(3,)]


def test_whoever_still_reads_the_generation_before_that_goes_on_reading_it(
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


def a_reader(path: Path, _other: Path) -> AbstractContextManager[object]:
    """Somebody has the file open."""
    return path.open("rb")


@contextmanager
def a_mapping(path: Path, _other: Path) -> Iterator[None]:
    """Somebody has mapped the file, and closed it."""
    with path.open("rb") as file:
        mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
    with mapped:
        yield


@contextmanager
def another_name(path: Path, other: Path) -> Iterator[None]:
    """A snapshot of hard links was taken."""
    other.hardlink_to(path)
    yield
    other.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot tell, and copy everything")
@pytest.mark.parametrize("use", [a_reader, a_mapping, another_name])
def test_a_file_is_unread_once_nobody_uses_it(
    use: Callable[[Path, Path], AbstractContextManager[object]], tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with use(path, tmp_path / "other"):
        assert not is_unread(path)
    assert is_unread(path)


def test_what_does_not_fit_into_memory_is_spilled_whenever_it_does_not(
    load: Load, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "MEMORY_LIMIT", "64MB")
    load()
    rows = "SELECT range::VARCHAR || repeat('x', 50) AS x FROM range(1500000)"
    numbered = f"SELECT row_number() OVER (ORDER BY hash(x)) AS n, x FROM ({rows})"
    for _ in range(2):
        with publish.new_generation(settings.warehouse_path) as connection:
            found = connection.sql(f"SELECT sum(n)::BIGINT FROM ({numbered}) WHERE x >= ''").fetchall()
        assert found == [(1_125_000_750_000,)]


def test_large_bodies_are_published_with_the_memory_that_they_need(
    load: Load, action: Action, settings: WarehouseSettings, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as DuckDB packs at once do not fit into the usual limit: neither in a first load, nor in later ones."""
    monkeypatch.setattr(publish, "MEMORY_LIMIT", "32MB")
    letters = random.Random(1)
    payloads = [action(f"attendee-{number}", title=letters.randbytes(100_000).hex()) for number in range(300)]
    load(*payloads[:200])
    load(*payloads[200:])
    rebuild(settings)
    assert query("SELECT count(*), sum(minutes_spent) FROM time_spent") == [(300, 3000.0)]
    assert not list(settings.data_dir.glob("warehouse.corrupt-*.duckdb"))


def cut_short(path: Path) -> None:
    """Lose the second half."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def cut_to_nothing(path: Path) -> None:
    """Lose everything but the name."""
    path.write_bytes(b"")


def fill_with_garbage(path: Path) -> None:
    """Overwrite everything but the size."""
    path.write_bytes(b"garbage " * (path.stat().st_size // 8))


def garble_blocks(path: Path) -> None:
    """Overwrite the data, not the header."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"garbage " * ((size - 3 * 4096) // 8))


@pytest.mark.parametrize("harm", [cut_short, cut_to_nothing, fill_with_garbage, garble_blocks])
@pytest.mark.parametrize("is_previous_good", [True, False], ids=["previous good", "previous bad too"])
def test_a_damaged_warehouse_is_kept_aside_and_made_again(
    harm: Callable[[Path], None], is_previous_good: bool, inbox: Inbox, action: Action, query: Query, tmp_path: Path
) -> None:
    """From the previous generation, whose watermark lets the rest load again, else from the inbox alone."""
    settings = WarehouseSettings(data_dir=tmp_path, inbox_retention=timedelta(days=36_500))

    def load(payload: Payload) -> None:
        inbox.append([(1, json.dumps(payload).encode())])
        load_inbox(inbox, settings)

    load(action("ann"))
    load(action("bob"))
    harm(settings.warehouse_path)
    if not is_previous_good:
        harm(files.previous(settings.warehouse_path))
    load(action("cat"))
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",), ("cat",)]
    assert len(list(settings.data_dir.glob("warehouse.corrupt-*.duckdb"))) == (1 if is_previous_good else 2)
    load_count = 2 if is_previous_good else 1
    assert query("SELECT count(*) FROM raw.loads") == [(load_count,)]


def test_a_missing_warehouse_is_made_again_from_the_previous_one(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    load(action("bob"))
    settings.warehouse_path.unlink()
    load(action("cat"))
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",), ("cat",)]


def test_a_fragmented_file_is_compacted_with_its_comments(
    load: Load, action: Action, query: Query, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "COMPACT_FROM_BYTES", 0)
    monkeypatch.setattr(publish, "COMPACT_FACTOR", 0)
    load(action("ann"))
    load(action("bob"))
    assert query("SELECT count(*) FROM raw.deliveries") == [(2,)]
    assert query("SELECT schema_version FROM raw.schema_version") == [(8,)]
    assert query("SELECT count(*) FROM duckdb_columns() WHERE database_name = 'warehouse' AND comment IS NULL") == [
        (0,)
    ]
    assert not list(settings.data_dir.glob(".warehouse*"))


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"longer, and another" * 100_000,
        b"content" * 50_000,
        b"content" * 99_999 + b"CONTENT",
        b"content" * 200_000,
    ],
    ids=["nothing", "another", "its first half", "all but the end", "it and more"],
)
def test_a_copy_has_the_content_of_the_original_whatever_was_there_before(before: bytes, tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(b"content" * 100_000)
    (tmp_path / "copy").write_bytes(before)
    copy_file(tmp_path / "original", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content" * 100_000


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EXDEV, errno.ENOSYS], ids=errno.errorcode.get)
@pytest.mark.parametrize("can_kernel", [True, False], ids=["kernel copies", "kernel cannot either"])
def test_what_a_file_system_cannot_do_is_done_the_next_way(
    code: int, can_kernel: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "this file system cannot")

    monkeypatch.setattr("fcntl.ioctl", refuse)
    if not can_kernel:
        monkeypatch.setattr("os.copy_file_range", refuse)
    (tmp_path / "original").write_bytes(b"content")
    copy_file(tmp_path / "original", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content"


def test_a_full_disk_is_no_reason_to_copy_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("fcntl.ioctl", refuse)
    (tmp_path / "original").write_bytes(b"content")
    with pytest.raises(OSError, match="no space left"):
        copy_file(tmp_path / "original", tmp_path / "copy")


def test_a_newer_warehouse_is_refused_with_a_clear_line(
    load: Load, inbox: Inbox, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    monkeypatch.setattr("warehouse.schema.SCHEMA_VERSION", 1)
    with pytest.raises(publish.NewerWarehouse, match="schema version 8 is newer than 1"):
        load_inbox(inbox, settings)


def test_a_warehouse_of_the_first_release_is_upgraded(
    inbox: Inbox, settings: WarehouseSettings, query: Query, tmp_path: Path
) -> None:
    """Its deliveries, their numbers, its books and its watermark stay; what was loaded is not loaded again."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(FIRST_RELEASE)
    assert query("SELECT delivery_id, action_id, reason FROM raw.quarantine") != []
    before = query("SELECT load_id, loaded_at, delivery_count FROM raw.loads ORDER BY load_id")
    deliveries = query("FROM raw.deliveries ORDER BY ALL")
    facts = query("FROM time_spent ORDER BY ALL")
    quarantine = query("FROM raw.quarantine ORDER BY ALL")
    load_inbox(inbox, settings)
    assert query("SELECT schema_version FROM raw.schema_version") == [(8,)]
    assert query("SELECT load_id, loaded_at, delivery_count FROM raw.loads ORDER BY load_id")[:-1] == before
    assert query("FROM raw.deliveries ORDER BY ALL") == deliveries
    assert query("FROM raw.quarantine ORDER BY ALL") == quarantine
    assert query("FROM time_spent ORDER BY ALL") == facts
    with closing(Inbox(tmp_path / "next.sqlite", create=True)) as following:
        following.append([(1, b"new")])
        assert load_inbox(following, settings).delivery_count == 1


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_warehouse_of_an_earlier_version_is_upgraded(
    version: int, load: Load, action: Action, settings: WarehouseSettings, query: Query
) -> None:
    """None had keys; before version 4, each action repeated its descriptions, in version 2 its id as well."""
    load(action("ann"))
    before = query("FROM time_spent")
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("DROP TABLE staging.action_keys")
        if version < 4:
            connection.execute("ALTER TABLE staging.actions ADD COLUMN action_id VARCHAR")
            connection.execute("DROP TABLE staging.session_versions; DROP TABLE staging.attendee_versions")
        connection.execute("UPDATE raw.schema_version SET schema_version = ?", [version])
    load(action("bob"))
    assert query("SELECT schema_version FROM raw.schema_version") == [(8,)]
    assert query("FROM time_spent WHERE registration_id = 'ann'") == before
    assert query("SELECT count(*) FROM time_spent") == [(2,)]
