"""The inbox: what is appended stays, in order, with ids that are never given again."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from warehouse.inbox.file import InboxTooNew
from warehouse.inbox.notes import LastLoad
from warehouse.inbox.queue_file import Rows
from warehouse.inbox.set_aside import ROW_BYTES, Unverified
from warehouse.inbox.sqlite_queue import Inbox


def read(inbox: Inbox, *, after: int = 0, max_count: int = 100, max_bytes: int = 10**9) -> list[tuple[int, bytes]]:
    """Ids and bodies."""
    return [(d.delivery_id, d.body) for d in inbox.read_after(after, max_count=max_count, max_bytes=max_bytes)]


def test_deliveries_are_read_in_order_after_the_watermark(inbox: Inbox) -> None:
    inbox.append([(1, b"a"), (2, b"b"), (3, b"c")])
    assert read(inbox, after=1) == [(2, b"b"), (3, b"c")]
    assert inbox.last_id() == 3


def test_a_batch_is_bounded_in_count(inbox: Inbox) -> None:
    inbox.append([(1, b"a"), (2, b"b"), (3, b"c")])
    assert read(inbox, max_count=2) == [(1, b"a"), (2, b"b")]


def test_a_batch_is_bounded_in_bytes_but_never_empty(inbox: Inbox) -> None:
    inbox.append([(1, b"long body"), (2, b"b")])
    assert read(inbox, max_bytes=1) == [(1, b"long body")]


def test_an_inbox_keeps_its_identity_and_its_deliveries_when_it_is_opened_again(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([(1, b"a")])
    with closing(Inbox(tmp_path / "inbox.sqlite", create=True)) as again:
        assert again.inbox_id == inbox.inbox_id
        assert read(again) == [(1, b"a")]


def test_only_deliveries_that_are_loaded_and_old_are_pruned(inbox: Inbox) -> None:
    inbox.append([(10, b"old, loaded"), (10, b"old, not loaded"), (99, b"new")])
    assert inbox.prune(loaded_up_to=1, received_before=50) == 1
    assert read(inbox) == [(2, b"old, not loaded"), (3, b"new")]
    assert inbox.prune(loaded_up_to=3, received_before=50) == 1
    assert read(inbox) == [(3, b"new")]


def test_ids_of_pruned_deliveries_are_never_given_again(inbox: Inbox) -> None:
    inbox.append([(1, b"a"), (1, b"b")])
    inbox.prune(loaded_up_to=2, received_before=2)
    inbox.append([(3, b"c")])
    assert read(inbox) == [(3, b"c")]


def test_a_warehouse_that_does_not_know_a_loaded_inbox_says_so(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    """A file was removed, or the host of a lake was started without its settings."""
    inbox.append([(1, b"a"), (2, b"b")])
    inbox.begin_load({})
    assert not caplog.messages
    inbox.notes.add_load(LastLoad(2, 1, 0.1))
    inbox.begin_load({inbox.inbox_id: 2})
    assert not caplog.messages
    assert [(source.after, source.last) for source in inbox.begin_load({})] == [(0, 2)]
    assert [text.partition(",")[0] for text in caplog.messages] == ["this inbox was loaded up to delivery 2 before"]


def test_a_missing_inbox_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        Inbox(tmp_path / "inbox.sqlite")
    assert not list(tmp_path.iterdir())


def test_a_failed_append_stores_nothing_of_its_batch(inbox: Inbox) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        inbox.append([(1, b"a"), (2, None)])  # type: ignore[list-item]  # what the database itself refuses
    assert read(inbox) == []
    inbox.append([(3, b"c")])
    assert [body for _, body in read(inbox)] == [b"c"]


def test_what_is_settled_survives_the_loss_of_the_write_ahead_log(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([(1, b"a")])
    inbox.settle()
    inbox.append([(2, b"b")])
    shutil.copy(tmp_path / "inbox.sqlite", tmp_path / "without-log.sqlite")
    with closing(Inbox(tmp_path / "without-log.sqlite", create=True)) as again:
        assert read(again) == [(1, b"a")]
        again.append([(3, b"c")])
        assert read(again, after=1) == [(2, b"c")]


def test_settling_waits_for_a_reader_of_an_older_state(inbox: Inbox, tmp_path: Path) -> None:
    """The reader ends when settling tries for the second time."""
    attempts: list[str] = []
    inbox.append([(1, b"a")])
    with closing(sqlite3.connect(tmp_path / "inbox.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM deliveries").fetchall()
        inbox.append([(2, b"b")])

        def end_reader(statement: str) -> None:
            attempts.append(statement)
            if len(attempts) == 2:
                reader.rollback()

        inbox._connection.set_trace_callback(end_reader)  # noqa: SLF001 -- SQLite tells each of its statements
        inbox.settle()
        shutil.copy(tmp_path / "inbox.sqlite", tmp_path / "without-log.sqlite")
    assert len(attempts) >= 2
    with closing(Inbox(tmp_path / "without-log.sqlite", create=True)) as again:
        assert read(again) == [(1, b"a"), (2, b"b")]


def test_the_oldest_set_aside_are_dropped_beyond_the_bound_in_bytes(inbox: Inbox) -> None:
    """A row counts 128 bytes beside its body: tiny bodies must not occupy many times the bound."""
    two_rows = 2 * ROW_BYTES + 7
    assert inbox.set_aside.add([Unverified(1, None, b"aaa"), Unverified(2, b"s", b"bbb")], two_rows) == 0
    assert inbox.set_aside.add([Unverified(3, b"t", b"ccc")], two_rows) == 1
    assert inbox.set_aside.count_and_bytes() == (2, 6)
    assert inbox.set_aside.latest() == Unverified(3, b"t", b"ccc")


def test_there_is_no_bound_on_how_many_are_set_aside_below_the_bound_in_bytes(inbox: Inbox) -> None:
    assert inbox.set_aside.add((Unverified(n, b"s", b"x") for n in range(55_000)), 10_000_000) == 0
    assert inbox.set_aside.count_and_bytes() == (55_000, 55_000)


def test_those_without_a_plausible_signature_push_out_none_that_has_one(inbox: Inbox) -> None:
    inbox.set_aside.add([Unverified(1, b"s", b"genuine")], 1_000)
    assert inbox.set_aside.add([Unverified(n, None, b"x" * 500) for n in range(2, 5)], 700, is_plausible=False) == 2
    assert inbox.set_aside.count_and_bytes() == (2, 507)
    assert inbox.set_aside.accept(lambda delivery: delivery.body == b"genuine") == 1
    assert inbox.set_aside.count_and_bytes() == (1, 500)


def test_more_than_one_transaction_of_them_is_accepted_each_once(inbox: Inbox) -> None:
    inbox.set_aside.add((Unverified(n, b"s", b"%d" % n) for n in range(1_201)), 10_000_000)
    assert inbox.set_aside.accept(lambda delivery: delivery.received_at % 2 == 0) == 601
    assert [body for _, body in read(inbox, max_count=2_000)] == [b"%d" % n for n in range(0, 1_201, 2)]
    assert inbox.set_aside.count_and_bytes()[0] == 600


def test_the_backlog_is_what_no_load_has_reached(inbox: Inbox) -> None:
    assert inbox.backlog() == (0, None)
    inbox.append([(10, b"a"), (20, b"b"), (30, b"c")])
    assert inbox.backlog() == (3, 10)
    inbox.notes.add_load(LastLoad(2, 99, 0.5))
    assert inbox.backlog() == (1, 30)
    inbox.notes.add_load(LastLoad(3, 100, 0.5))
    assert inbox.backlog() == (0, None)


def test_many_deliveries_are_one_transaction(inbox: Inbox) -> None:
    """One that can't be stored takes all of them back, whichever statement they were in."""
    with pytest.raises(sqlite3.IntegrityError):
        inbox.append([*((n, b"x") for n in range(1_699)), (1_699, None)])  # type: ignore[list-item]  # it breaks NOT NULL
    assert inbox.last_id() == 0
    inbox.append([(n, b"x") for n in range(1_700)])
    assert inbox.last_id() == 1_700


def test_an_inbox_of_a_newer_version_is_refused(inbox: Inbox, tmp_path: Path) -> None:
    inbox._connection.execute("PRAGMA user_version = 99")  # noqa: SLF001 -- as a later release would write it
    for create in (True, False):
        with pytest.raises(InboxTooNew, match="upgrade"):
            Inbox(tmp_path / "inbox.sqlite", create=create)


def test_a_reader_sees_what_is_only_in_the_log_and_can_write_nothing(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([(1, b"a")])
    with closing(Inbox.open_read_only(tmp_path / "inbox.sqlite")) as reader:
        assert read(reader) == [(1, b"a")]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.append([(2, b"b")])


def test_a_reader_of_an_inbox_at_rest_makes_no_file(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([(1, b"a")])
    inbox.close()
    with closing(Inbox.open_read_only(tmp_path / "inbox.sqlite")) as reader:
        assert read(reader) == [(1, b"a")]
        assert [path.name for path in tmp_path.iterdir()] == ["inbox.sqlite"]


def test_a_reader_through_a_link_sees_what_is_only_in_the_log(inbox: Inbox, tmp_path: Path) -> None:
    """The log lies beside the file, not beside the link."""
    inbox.append([(1, b"a")])
    link = tmp_path / "elsewhere" / "inbox.sqlite"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "inbox.sqlite")
    with closing(Inbox.open_read_only(link)) as reader:
        assert read(reader) == [(1, b"a")]


def test_an_erasure_takes_the_rows_found_and_leaves_no_byte_of_them(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([(1, b"of ann"), (2, b"of bob"), (3, b"of ann too")])
    inbox.set_aside.add([Unverified(4, b"s", b"also ann"), Unverified(5, b"t", b"also bob")], 1_000)
    found = inbox.find(lambda body: b"ann" in body)
    assert found == Rows([1, 3], [1])
    inbox.erase(found)
    assert read(inbox) == [(2, b"of bob")]
    assert inbox.set_aside.count_and_bytes() == (1, len(b"also bob"))
    assert not [path.name for path in tmp_path.iterdir() if b"ann" in path.read_bytes()]


def test_an_erasure_fails_while_a_reader_keeps_the_log_and_completes_later(inbox: Inbox, tmp_path: Path) -> None:
    """As long as the reader sees the rows, their bytes are there."""
    inbox.append([(1, b"of ann")])
    inbox._connection.execute("PRAGMA busy_timeout = 0")  # noqa: SLF001 -- the reader never ends
    with closing(sqlite3.connect(tmp_path / "inbox.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM deliveries").fetchall()
        with pytest.raises(sqlite3.OperationalError, match="try again"):
            inbox.erase(inbox.find(lambda _body: True))
    inbox.erase(inbox.find(lambda _body: True))
    assert not [path.name for path in tmp_path.iterdir() if b"ann" in path.read_bytes()]


def test_a_backup_holds_what_the_inbox_holds(inbox: Inbox, tmp_path: Path) -> None:
    inbox.append([(1, b"a")])
    inbox.back_up(tmp_path / "copy.sqlite")
    with closing(Inbox(tmp_path / "copy.sqlite")) as copy:
        assert (copy.inbox_id, read(copy)) == (inbox.inbox_id, [(1, b"a")])


@pytest.mark.parametrize(("watermark", "backlog"), [(0, (3, 10)), (1, (2, 20)), (3, (0, None)), (9, (3, 10))])
def test_the_backlog_of_a_warehouse_is_what_follows_its_watermark(
    watermark: int, backlog: tuple[int, int | None], inbox: Inbox
) -> None:
    """Whatever the last load noted: the warehouse may be an older one, restored. Of an older inbox all waits."""
    inbox.append([(10, b"a"), (20, b"b"), (30, b"c")])
    inbox.announce_load(3)
    inbox.notes.add_load(LastLoad(2, 99, 0.5))
    assert inbox.backlog(watermark) == backlog
