"""Following: publish what arrives, at a pace that leaves the machine to others, and make way for other work."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.foreign_client import open_to_write
from tests.kinds import Action, Load, Query
from tests.loading import load_waiting
from warehouse.commands import forward
from warehouse.commands.erase import erase
from warehouse.commands.follow import follow, log_load, pause
from warehouse.commands.person import Person
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.errors import LoaderBusy, WarehouseMissing
from warehouse.storage.load_log import Load as LoggedLoad


@contextmanager
def following(settings: WarehouseSettings) -> Iterator[None]:
    """A loader that follows, in a thread; a lake's host forwards in another."""
    stop = threading.Event()
    threads = [threading.Thread(target=follow, args=(settings, stop))]
    if settings.lake:
        threads.append(threading.Thread(target=forward.follow, args=(settings, settings.lake, stop)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def until(query: Query, sql: str, rows: list[tuple[object, ...]]) -> None:
    """Wait, not for ever, until the published warehouse answers so."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        try:
            if query(sql) == rows:
                return
        except WarehouseMissing:
            pass
        time.sleep(0.05)
    assert query(sql) == rows


def test_what_arrives_is_published_and_new_names_are_shown(
    inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
    talk = b'{"action":"TIME_SPENT_IN_SESSION","actor":{"id":"ann"},"timeSpentInMinutes":1,"session":{"id":"s","speakers":[{"speakerId":"sue"}]}}'  # noqa: E501 -- a payload
    with following(settings):
        inbox.append([(1, talk)])
        until(query, "SELECT registration_id FROM time_spent", [("ann",)])
        (settings.data_dir / "speakers.csv").write_text("speaker_id,speaker_name\nsue,Sue\n", "utf-8")
        until(query, "SELECT speaker_name FROM speakers", [("Sue",)])


def test_with_nothing_new_nothing_is_published(inbox: Inbox, settings: WarehouseSettings, query: Query) -> None:
    inbox.append([(1, b"{}")])
    with following(settings):
        until(query, "SELECT count(*) FROM raw.loads", [(1,)])
        generation = storage_of(settings).generation()
        time.sleep(0.5)
        assert storage_of(settings).generation() == generation


@pytest.mark.file_only("a lake's hosts prune as they forward")
def test_with_an_inbox_that_has_forgotten_all_it_held_nothing_is_published(
    inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
    """As after the retention time: no delivery is left to be the newest."""
    forgetful = replace(settings, inbox_retention=timedelta(0))
    inbox.append([(1, b"{}")])
    load_waiting(inbox, forgetful)
    with following(forgetful):
        until(query, "SELECT count(*) FROM raw.loads", [(2,)])
        time.sleep(0.5)
        assert inbox.last_id() == 0
        assert query("SELECT count(*) FROM raw.loads") == [(2,)]


def test_a_person_is_erased_while_the_loader_follows(
    inbox: Inbox, settings: WarehouseSettings, action: Action, query: Query, load: Load
) -> None:
    load(action("ann"), action("bob"))
    with following(settings):
        receipt = erase(settings, Person({"ann"}))
        assert receipt.delivery_count == 1
        inbox.append([(1, b"something new")])
        until(query, "SELECT count(*) FROM raw.quarantine", [(1,)])
    assert query("SELECT registration_id FROM time_spent") == [("bob",)]


@pytest.mark.file_only("a lake's forwarder notes what it finds forwarded")
def test_an_inbox_that_has_not_noted_its_last_load_is_loaded_again(
    inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
    """As one that was removed during the load, and put back: else its backlog would seem to stay."""
    inbox.append([(1, b"{}")])
    with following(settings):
        until(query, "SELECT count(*) FROM raw.loads", [(1,)])
        give_up_at = time.monotonic() + 30
        while not inbox.notes.last_load() and time.monotonic() < give_up_at:
            time.sleep(0.05)
        inbox._connection.execute("UPDATE last_load SET position = 0")  # noqa: SLF001 -- what the removed one had not noted
        until(query, "SELECT count(*) FROM raw.loads", [(2,)])
        while inbox.backlog().delivery_count and time.monotonic() < give_up_at:
            time.sleep(0.05)
    assert inbox.backlog() == (0, None)


@pytest.mark.parametrize(("quarantine_count", "level"), [(0, logging.INFO), (1, logging.WARNING)], ids=["none", "some"])
def test_a_load_that_quarantines_is_a_warning(
    quarantine_count: int, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        log_load(LoggedLoad(1, 5, 0, quarantine_count, 0.1, {"an inbox": 5}))
    assert [record.levelno for record in caplog.records] == [level]


@pytest.mark.parametrize(
    ("core_seconds", "seconds", "rest"),
    [(0.001, 0.001, 0.001), (1.0, 1.0, 1.0), (3.0, 2.0, 4.0), (0.2, 1.0, 0.0)],
    ids=["little", "one core", "both cores", "mostly waiting"],
)
def test_work_takes_half_a_core_on_average(core_seconds: float, seconds: float, rest: float) -> None:
    assert pause(core_seconds, seconds) == rest


def test_only_one_writes_at_a_time(inbox: Inbox, settings: WarehouseSettings) -> None:
    with storage_of(settings).only_writer():
        load_waiting(inbox, settings)
        with pytest.raises(LoaderBusy), storage_of(settings).only_writer(timedelta(0)):
            pass


def test_a_warehouse_of_another_policy_is_said_once_and_loaded_into_after_a_rebuild(
    load: Load, inbox: Inbox, settings: WarehouseSettings, query: Query, caplog: pytest.LogCaptureFixture
) -> None:
    load()
    inbox.append([(1, b"{}")])
    caplog.clear()
    by_sum = replace(settings, repeat_policy="sum")

    def refusals() -> list[str]:
        return [record.getMessage() for record in caplog.records if "REPEAT_POLICY" in record.getMessage()]

    with following(by_sum):
        give_up_at = time.monotonic() + 30
        while not refusals() and time.monotonic() < give_up_at:
            time.sleep(0.05)
        time.sleep(0.5)
        [refusal] = refusals()
        assert "'latest', but REPEAT_POLICY is 'sum'" in refusal
        rebuild(by_sum, policy="sum")
        until(query, "SELECT count(*) FROM raw.quarantine", [(1,)])


@pytest.mark.file_only("a lake has no other files in DATA_DIR")
def test_a_log_of_another_client_is_set_aside_although_nothing_is_new(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    with following(settings):
        with open_to_write(settings.warehouse_path, "DELETE FROM time_spent"):
            pass
        give_up_at = time.monotonic() + 30
        while not list(settings.data_dir.glob("warehouse.foreign-*.wal")):
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
