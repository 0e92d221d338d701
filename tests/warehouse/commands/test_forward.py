"""A forwarder that is told to end: what waits goes along, within a bound of time."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from tests.e2e.machine import free_port
from warehouse.commands.forward import follow, forward_once
from warehouse.inbox.forward import Limits
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings


@pytest.fixture
def told() -> threading.Event:
    """The forwarder is told to end before it has begun."""
    stop = threading.Event()
    stop.set()
    return stop


def forwarded(lake: LakeSettings) -> list[tuple[int]]:
    with psycopg.connect(lake.catalog) as postgres:
        return postgres.execute("SELECT received_at FROM engagement.inbox ORDER BY 1").fetchall()


def test_what_waits_is_forwarded_before_the_end(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings, told: threading.Event
) -> None:
    inbox.append([(number, b"{}") for number in range(5)])
    follow(at_lake, lake, told, limits=Limits(batch_count=2))
    assert forwarded(lake) == [(0,), (1,), (2,), (3,), (4,)]


def test_the_last_pass_begins_no_batch_after_its_time(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings
) -> None:
    inbox.append([(number, b"{}") for number in range(5)])
    assert forward_once(at_lake, lake, Limits(batch_count=2), max_time=timedelta(0)) == 2


def test_the_end_does_not_wait_for_postgresql_that_is_away(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings, told: threading.Event
) -> None:
    inbox.append([(0, b"{}")])
    away = replace(lake, catalog=f"host=127.0.0.1 port={free_port()} dbname=none")
    began = time.monotonic()
    follow(replace(at_lake, lake=away), away, told)
    assert time.monotonic() - began < 5


def test_a_forwarder_whose_receiver_is_gone_leaves_the_rest_to_the_next_one(
    inbox: Inbox, at_lake: WarehouseSettings, lake: LakeSettings, told: threading.Event
) -> None:
    inbox.append([(0, b"{}")])
    follow(at_lake, lake, told, is_wanted=lambda: False)
    assert forward_once(at_lake, lake) == 1
