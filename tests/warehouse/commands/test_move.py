"""Moving between the file and a lake: what is refused, and what the next load goes on with."""

import json
from contextlib import closing
from dataclasses import replace

import pytest

from tests.kinds import Action
from warehouse.commands.forward import forward_once
from warehouse.commands.inboxes import opened
from warehouse.commands.load import load
from warehouse.commands.move import CannotMove, move
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.errors import WarehouseMissing

pytestmark = pytest.mark.file_only("each test has a file and a lake")


def arrive(settings: WarehouseSettings, *payloads: object) -> None:
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        inbox.append([(0, json.dumps(payload).encode()) for payload in payloads])


def load_all(settings: WarehouseSettings) -> None:
    if settings.lake:
        forward_once(settings, settings.lake)
    with opened(settings) as inboxes:
        assert inboxes
        load(inboxes, settings)


def deliveries(settings: WarehouseSettings) -> list[tuple[int, str]]:
    with storage_of(settings).connect() as connection:
        return connection.sql("SELECT delivery_id, action_id FROM raw.deliveries ORDER BY 1").fetchall()


def test_each_warehouse_goes_on_where_the_other_was(
    settings: WarehouseSettings, lake: LakeSettings, action: Action
) -> None:
    at_lake = replace(settings, lake=lake)
    arrive(settings, action("ann"))
    load_all(settings)
    move(settings, lake, to_lake=True)
    arrive(settings, action("bob"))
    load_all(at_lake)
    with storage_of(at_lake).connect() as connection:
        assert connection.sql("SELECT sum(delivery_count), sum(duplicate_count) FROM raw.loads").fetchall() == [(2, 0)]
    settings.warehouse_path.unlink()
    moved = move(settings, lake, to_lake=False)
    assert (moved.address, moved.other_hosts) == (str(settings.warehouse_path), [])
    arrive(settings, action("cat"))
    load_all(settings)
    assert [number for number, _ in deliveries(settings)] == [1, 2, 3]


def test_a_warehouse_is_not_moved_over_another_one(
    settings: WarehouseSettings, lake: LakeSettings, action: Action
) -> None:
    arrive(settings, action("ann"))
    load_all(settings)
    load_all(replace(settings, lake=lake))
    with pytest.raises(CannotMove, match="there is a warehouse already"):
        move(settings, lake, to_lake=True)


def test_a_lake_that_a_loader_has_only_made_may_be_moved_to(
    settings: WarehouseSettings, lake: LakeSettings, action: Action
) -> None:
    arrive(settings)
    load_all(replace(settings, lake=lake))
    arrive(settings, action("ann"))
    load_all(settings)
    assert move(settings, lake, to_lake=True).row_count > 0
    assert len(deliveries(replace(settings, lake=lake))) == 1


def test_a_lake_is_not_left_while_deliveries_wait_there(
    settings: WarehouseSettings, lake: LakeSettings, action: Action
) -> None:
    arrive(settings, action("ann"))
    load_all(at_lake := replace(settings, lake=lake))
    arrive(settings, action("bob"))
    forward_once(at_lake, lake)
    with pytest.raises(CannotMove, match="the shared inbox still holds 1 delivery"):
        move(settings, lake, to_lake=False)


def test_nothing_is_moved_where_nothing_is(settings: WarehouseSettings, lake: LakeSettings) -> None:
    with pytest.raises(WarehouseMissing):
        move(settings, lake, to_lake=True)
