"""Forwarding: each delivery reaches the shared inbox once, whoever else forwards, and whatever is put back."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tests.postgres import empty_database
from warehouse.inbox.forward import Forwarded, Limits, forward, loaded_up_to
from warehouse.inbox.shared_inbox import SharedInbox
from warehouse.inbox.source import Loaded
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.postgres import make_tables, session

HOST = "host-a"
WAITS_FOR_HOSTS = "SELECT count(*) FROM pg_locks WHERE relation = 'engagement.hosts'::regclass AND NOT granted"


@pytest.fixture
def catalog() -> str:
    return empty_database()


@pytest.fixture
def postgres(catalog: str) -> Iterator[psycopg.Connection]:
    with session(catalog, "test") as connection:
        make_tables(connection)
        yield connection


def shared(postgres: psycopg.Connection) -> list[tuple[int, bytes]]:
    rows = postgres.execute("SELECT received_at, body FROM engagement.inbox ORDER BY inbox_id, delivery_id")
    return [(received_at, bytes(body)) for received_at, body in rows]


def bodies(postgres: psycopg.Connection) -> set[bytes]:
    return {body for _, body in shared(postgres)}


def forward_all(inbox: Inbox, postgres: psycopg.Connection, host: str = HOST) -> int:
    """As often as something is forwarded, and once more: an inbox that is a copy forwards nothing at first."""
    count = 0
    for _ in range(20):
        count += forward(inbox, postgres, host).delivery_count
    return count


def test_two_hosts_with_one_name_are_told_apart_and_one_does_not_name_itself(
    inbox: Inbox, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    with closing(Inbox(tmp_path / "other.sqlite", create=True)) as other:
        for one in (inbox, other):
            one.append([(1, b"{}")])
            forward(one, postgres, HOST)
        shared = SharedInbox(postgres)
        labels = {one: f"{HOST} ({one.inbox_id[:8]})" for one in (inbox, other)}
        assert {host.label for host in shared.hosts()} == set(labels.values())
        assert shared.other_hosts(tmp_path / "other.sqlite") == [labels[inbox]]
    assert len(shared.other_hosts(tmp_path / "none.sqlite")) == len(labels)


def test_deliveries_arrive_in_their_order_with_their_bytes(inbox: Inbox, postgres: psycopg.Connection) -> None:
    sent = [(1, b"{}"), (2, b"\x00\xff"), (3, b"x" * 100_000)]
    inbox.append(sent)
    assert forward(inbox, postgres, HOST) == Forwarded(3)
    assert shared(postgres) == sent
    assert forward(inbox, postgres, HOST) == Forwarded(0)


def test_a_batch_is_bounded_and_the_next_one_goes_on(inbox: Inbox, postgres: psycopg.Connection) -> None:
    inbox.append([(number, b"{}") for number in range(5)])
    limits = Limits(batch_count=2)
    assert [forward(inbox, postgres, HOST, limits).delivery_count for _ in range(4)] == [2, 2, 1, 0]
    assert [received_at for received_at, _ in shared(postgres)] == [0, 1, 2, 3, 4]


def test_two_forwarders_of_one_inbox_forward_each_delivery_once(
    inbox: Inbox, catalog: str, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    inbox.append([(number, b"{}") for number in range(100)])
    limits = Limits(batch_count=7)
    with session(catalog, "other") as other_session, closing(Inbox(tmp_path / "inbox.sqlite")) as other:
        for _ in range(10):
            forward(inbox, postgres, HOST, limits)
            forward(other, other_session, HOST, limits)
    assert [received_at for received_at, _ in shared(postgres)] == list(range(100))


def test_a_full_shared_inbox_takes_no_more(inbox: Inbox, postgres: psycopg.Connection) -> None:
    inbox.append([(0, b"{}")])
    forward(inbox, postgres, HOST)
    inbox.append([(1, b"{}")])
    assert forward(inbox, postgres, HOST, Limits(shared_count=1)) == Forwarded(is_full=True)
    assert len(shared(postgres)) == 1


def test_a_session_that_ends_in_between_leaves_nothing_half_done(
    inbox: Inbox, catalog: str, postgres: psycopg.Connection
) -> None:
    inbox.append([(0, b"{}")])
    with psycopg.connect(catalog) as doomed:
        forward(inbox, doomed, HOST)
        doomed.rollback()
    assert shared(postgres) == []
    assert forward(inbox, postgres, HOST) == Forwarded(1)


@pytest.mark.parametrize("own_count", [1, 2, 3, 9])
def test_two_hosts_with_copies_of_one_inbox_lose_no_delivery(
    own_count: int, inbox: Inbox, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    """However many deliveries the second has: the ids of both mean different deliveries."""
    inbox.append([(0, b"common")])
    forward_all(inbox, postgres)
    inbox.settle()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    shutil.copy(tmp_path / "inbox.sqlite", elsewhere)
    with closing(Inbox(elsewhere / "inbox.sqlite")) as copy:
        copy.append([(number, b"copy %d" % number) for number in range(own_count)])
        copy.announce_load(copy.last_id())
        inbox.append([(1, b"one"), (2, b"two")])
        forward_all(inbox, postgres)
        forward_all(copy, postgres, "host-b")
        inbox.append([(3, b"three")])
        forward_all(inbox, postgres)
    expected = {b"common", b"one", b"two", b"three", *(b"copy %d" % number for number in range(own_count))}
    assert bodies(postgres) == expected


def test_an_older_inbox_that_was_put_back_is_forwarded_in_full(
    inbox: Inbox, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    inbox.append([(0, b"one")])
    inbox.settle()
    shutil.copy(tmp_path / "inbox.sqlite", tmp_path / "older.sqlite")
    inbox.append([(1, b"two")])
    forward_all(inbox, postgres)
    with closing(Inbox(tmp_path / "older.sqlite")) as older:
        older.append([(2, b"three"), (3, b"four")])
        forward_all(older, postgres)
    assert bodies(postgres) == {b"one", b"two", b"three", b"four"}


def test_what_is_loaded_is_known_without_the_last_one_forwarded(inbox: Inbox, postgres: psycopg.Connection) -> None:
    """The last one tells an inbox from a copy of it, so that it stays."""
    inbox.append([(number, b"{}") for number in range(4)])
    assert loaded_up_to(inbox, postgres) == 0
    forward(inbox, postgres, HOST)
    assert loaded_up_to(inbox, postgres) == 0
    SharedInbox(postgres).note_load(Loaded({inbox.inbox_id: 2}, {}, 0.0, {}))
    assert loaded_up_to(inbox, postgres) == 2 - 0
    SharedInbox(postgres).note_load(Loaded({inbox.inbox_id: 4}, {}, 0.0, {}))
    assert loaded_up_to(inbox, postgres) == 3


def test_a_forwarded_delivery_no_longer_counts_as_waiting_here(inbox: Inbox, postgres: psycopg.Connection) -> None:
    inbox.append([(0, b"{}")])
    assert inbox.backlog().delivery_count == 1
    forward(inbox, postgres, HOST)
    assert inbox.backlog().delivery_count == 0


def test_what_was_forwarded_before_a_crash_kept_it_from_being_noted_is_noted_later(
    inbox: Inbox, postgres: psycopg.Connection
) -> None:
    inbox.append([(0, b"{}")])
    forward(inbox, postgres, HOST)
    inbox._connection.execute("DELETE FROM last_load")  # noqa: SLF001 -- as if the forwarder was killed before its note
    assert inbox.backlog().delivery_count == 1
    forward(inbox, postgres, HOST)
    assert inbox.backlog().delivery_count == 0


def test_the_shared_inbox_gives_the_inbox_that_waits_longest_first(
    inbox: Inbox, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    inbox.append([(5, b"late")])
    forward(inbox, postgres, HOST)
    with closing(Inbox(tmp_path / "other.sqlite", create=True)) as other:
        other.append([(1, b"early"), (2, b"x" * 1000)])
        forward(other, postgres, "host-b")
        both = SharedInbox(postgres)
        sources = both.begin_load({})
        assert [(one.inbox_id, one.after, one.last) for one in sources] == [
            (other.inbox_id, 0, 2),
            (inbox.inbox_id, 0, 1),
        ]
        assert [one.body for one in sources[0].inbox.read_after(0, max_count=9, max_bytes=3)] == [b"early"]
        assert [one.delivery_id for one in sources[0].inbox.read_after(0, max_count=9, max_bytes=6)] == [1, 2]
        assert both.waiting_count({other.inbox_id: 1}) == 2
        both.note_load(Loaded({other.inbox_id: 2, inbox.inbox_id: 1}, {}, 0.0, {}))
        assert not both.is_waiting({})
        assert [(host.name, host.position) for host in both.hosts()] == [(HOST, 1), ("host-b", 2)]


def test_a_person_is_found_and_erased_in_the_shared_inbox(inbox: Inbox, postgres: psycopg.Connection) -> None:
    inbox.append([(0, b"ada@example.com"), (1, b"bob@example.com")])
    forward(inbox, postgres, HOST)
    both = SharedInbox(postgres)
    assert both.find(lambda body: b"ada@" in body) == [(inbox.inbox_id, 1)]
    assert both.erase(lambda body: b"ada@" in body) == 1
    assert bodies(postgres) == {b"bob@example.com"}


def test_an_erasure_waits_for_what_is_being_forwarded_and_finds_it(
    inbox: Inbox, catalog: str, postgres: psycopg.Connection
) -> None:
    inbox.append([(0, b"ada@example.com")])
    erasing = threading.Thread(target=SharedInbox(postgres).erase, args=(lambda body: b"ada@" in body,))
    with session(catalog, "forwarder") as forwarder, session(catalog, "test") as watching:
        with forwarder.transaction():
            forward(inbox, forwarder, HOST)
            erasing.start()
            while watching.execute(WAITS_FOR_HOSTS).fetchone() != (1,):
                assert erasing.is_alive()
        erasing.join()
        assert shared(watching) == []


def test_nothing_is_kept_of_what_the_hosts_keep(postgres: psycopg.Connection) -> None:
    assert SharedInbox(postgres).forget_loaded(Loaded({}, {}, 0.0, {}), timedelta(0)) == 0
