"""Following on a lake: what goes wrong in PostgreSQL is said once each time, and costs nobody a load without end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.postgres import server
from warehouse.commands import follow, forward
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage.lake import lock

REFUSE_TO_FORGET = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON engagement.inbox EXECUTE FUNCTION refuse();
"""


# Whoever waits for the lock asks for it again and again.
WAITING = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%silent%'
"""


@contextmanager
def away(lake: LakeSettings) -> Iterator[None]:
    """PostgreSQL ends all sessions of the database, and takes none during the block."""
    name = psycopg.conninfo.conninfo_to_dict(lake.catalog)["dbname"]
    with psycopg.connect(server().conninfo(), autocommit=True) as postgres:
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def until(caplog: pytest.LogCaptureFixture, sentence: str, count: int) -> None:
    """Wait, not for ever, until the log has so many lines with the sentence."""
    give_up_at = time.monotonic() + 30
    while sum(sentence in line for line in caplog.messages) < count:
        assert time.monotonic() < give_up_at, caplog.messages
        time.sleep(0.05)


def test_each_outage_of_forwarding_is_said_once_and_so_is_its_end(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    inbox.append([(1, b"{}")])
    stop = threading.Event()
    following = threading.Thread(target=forward.follow, args=(at_lake, lake, stop))
    following.start()
    try:
        for outage in (1, 2):
            while inbox.backlog().delivery_count:
                time.sleep(0.05)
            with away(lake):
                until(caplog, "can't forward", outage)
            until(caplog, "forwarding again", outage)
    finally:
        stop.set()
        following.join()
    assert [line.partition(",")[0] for line in caplog.messages if "forward" in line][1:] == [
        *("can't forward", "forwarding again", "can't forward", "forwarding again"),
    ]


def test_what_was_published_and_could_not_be_noted_is_not_published_again(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.append([(1, b"{}")])
    forward.forward_once(at_lake, lake)
    with psycopg.connect(lake.catalog, autocommit=True) as postgres:
        postgres.execute(REFUSE_TO_FORGET)
        stop = threading.Event()
        following = threading.Thread(target=follow.follow, args=(at_lake, stop))
        following.start()
        try:
            until(caplog, "not today", 1)
            snapshots = postgres.execute("SELECT count(*) FROM ducklake_snapshot").fetchall()
            time.sleep(1.5 * follow.RETRY.total_seconds())
            assert postgres.execute("SELECT count(*) FROM ducklake_snapshot").fetchall() == snapshots
        finally:
            stop.set()
            following.join()


def test_what_another_host_has_loaded_meanwhile_is_no_reason_for_a_load(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    stop = threading.Event()
    following = threading.Thread(target=follow.follow, args=(at_lake, stop))
    following.start()
    try:
        until(caplog, "published load 1", 1)
        with psycopg.connect(lake.catalog, autocommit=True) as postgres, lock.only_writer(lake):
            inbox.append([(1, b"{}")])
            forward.forward_once(at_lake, lake)
            while not postgres.execute(WAITING).fetchall():
                time.sleep(0.01)
            postgres.execute("DELETE FROM engagement.inbox")  # as the other host does at the end of its load
        time.sleep(follow.TURN.total_seconds())
        inbox.append([(2, b"{}")])
        forward.forward_once(at_lake, lake)
        until(caplog, "published load 2: 1 delivery", 1)
    finally:
        stop.set()
        following.join()


def test_a_loader_that_starts_publishes_nothing_where_nothing_is_new(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for delivery_count in (0, 1):
        if delivery_count:
            inbox.append([(1, b"{}")])
        stop = threading.Event()
        following = threading.Thread(target=follow.follow, args=(at_lake, stop))
        following.start()
        try:
            if delivery_count:
                time.sleep(follow.TURN.total_seconds())
                forward.forward_once(at_lake, lake)
            until(caplog, "published load", delivery_count + 1)
        finally:
            stop.set()
            following.join()
    assert "published load 2: 1 delivery" in caplog.messages[-1]
