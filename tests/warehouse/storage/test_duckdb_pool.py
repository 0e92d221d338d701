"""The pool of DuckDB instances; each test has settings of its own, and so instances of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from warehouse.storage.duckdb_pool import borrowed_connection


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> str:
    """Settings that no other test has."""
    return f"SET threads = 1; -- {request.node.name}"


def names(connection: DuckDBPyConnection) -> list[str]:
    """The instance's tables, by which it is told from others."""
    return [name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()]


def test_an_instance_is_used_again(settings: str) -> None:
    with borrowed_connection(settings) as first:
        first.execute("CREATE TABLE mark (n INTEGER)")
    with borrowed_connection(settings) as second:
        assert second is first
        assert names(second) == ["mark"]


def test_two_at_once_are_two_instances(settings: str) -> None:
    with borrowed_connection(settings) as outer, borrowed_connection(settings) as inner:
        outer.execute("CREATE TABLE mark (n INTEGER)")
        assert names(inner) == []


def test_two_that_were_returned_are_both_used_again(settings: str) -> None:
    with borrowed_connection(settings) as first, borrowed_connection(settings) as second:
        pass
    with borrowed_connection(settings) as third, borrowed_connection(settings) as fourth:
        assert {id(third), id(fourth)} == {id(first), id(second)}


def test_an_instance_starts_with_its_settings(settings: str) -> None:
    with borrowed_connection(f"SET TimeZone = 'Asia/Kolkata'; {settings}") as connection:
        assert connection.sql("SELECT current_setting('TimeZone')").fetchall() == [("Asia/Kolkata",)]


def test_settings_are_applied_once(settings: str) -> None:
    with borrowed_connection(f"CREATE TABLE mark (n INTEGER); {settings}"):
        pass
    with borrowed_connection(f"CREATE TABLE mark (n INTEGER); {settings}") as again:
        assert names(again) == ["mark"]


def test_other_settings_are_another_instance(settings: str) -> None:
    with borrowed_connection(settings) as connection:
        connection.execute("CREATE TABLE mark (n INTEGER)")
    with borrowed_connection(f"{settings}, the others") as other:
        assert names(other) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, duckdb.OutOfMemoryException])
def test_after_an_error_an_instance_is_closed_and_used_no_more(settings: str, error: type[BaseException]) -> None:
    with pytest.raises(error), borrowed_connection(settings) as failed:
        raise error
    with pytest.raises(duckdb.ConnectionException):
        failed.sql("SELECT 1")
    with borrowed_connection(settings) as connection:
        assert connection.sql("SELECT 1").fetchall() == [(1,)]


def test_wrong_settings_are_an_error_and_leave_no_instance(settings: str) -> None:
    for _ in range(2):
        with pytest.raises(duckdb.CatalogException), borrowed_connection(f"SET nonsense = 1; {settings}"):
            pass


def test_an_error_of_one_does_not_close_the_other(settings: str) -> None:
    with borrowed_connection(settings) as outer:
        with suppress(ValueError), borrowed_connection(settings):
            raise ValueError
        assert outer.sql("SELECT 1").fetchall() == [(1,)]


def test_threads_at_once_never_share_an_instance(settings: str) -> None:
    """All eight hold one at the same moment, eight times."""
    barrier = threading.Barrier(8)

    def hold() -> int:
        with borrowed_connection(settings) as connection:
            barrier.wait(timeout=60)
            return id(connection)

    with ThreadPoolExecutor(8) as threads:
        rounds = [[held.result() for held in [threads.submit(hold) for _ in range(8)]] for _ in range(8)]
    assert [len(set(held)) for held in rounds] == [8] * 8


def test_threads_in_turn_find_what_they_left(settings: str) -> None:
    """Each counts its use of an instance in a table of that instance: no count is lost, none is made twice."""

    def count_one(_: int) -> None:
        with borrowed_connection(f"CREATE TABLE used (n INTEGER); {settings}") as connection:
            connection.execute("INSERT INTO used SELECT count(*) FROM used")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_one, range(200)))
    counted: list[int] = []
    with ExitStack() as all_at_once:
        for _ in range(4):
            connection = all_at_once.enter_context(borrowed_connection(f"CREATE TABLE used (n INTEGER); {settings}"))
            counts = [n for (n,) in connection.sql("SELECT n FROM used ORDER BY n").fetchall()]
            assert counts == list(range(len(counts)))
            counted += counts
    assert len(counted) == 200
