"""The pipeline: when it reads ahead, and when it must not."""

import json
import threading
from contextlib import closing

import duckdb

from tests.kinds import Action, Query
from warehouse.commands.load import load
from warehouse.inbox.source import Delivery
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings


class RunsOutOnce(Inbox):
    """An inbox whose first read finds no memory. It knows which threads have read."""

    readers: list[threading.Thread]

    def read_after(self, delivery_id: int, *, max_count: int, max_bytes: int) -> list[Delivery]:
        self.readers.append(threading.current_thread())
        if len(self.readers) == 1:
            raise duckdb.OutOfMemoryException("failed to allocate")
        return super().read_after(delivery_id, max_count=max_count, max_bytes=max_bytes)


def test_a_second_attempt_after_memory_ran_out_starts_no_thread(
    settings: WarehouseSettings, action: Action, query: Query
) -> None:
    """A thread that finds no memory for itself never starts, and the loader would wait for it for ever."""
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        inbox.append([(0, json.dumps(action("ann")).encode())])
    with closing(RunsOutOnce(settings.inbox_path)) as short_of_memory:
        short_of_memory.readers = []
        load(short_of_memory, settings)
    first, *later = short_of_memory.readers
    assert first is not threading.current_thread()
    assert set(later) == {threading.current_thread()}
    assert query("SELECT registration_id FROM time_spent") == [("ann",)]
