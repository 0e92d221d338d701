"""The inbox: a durable queue of accepted deliveries, in SQLite.

The receiver appends and the loader reads, each in its own process: in WAL mode neither waits for the other.
"""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from warehouse.inbox.notes import LastLoad
from warehouse.inbox.queue_file import Queue
from warehouse.inbox.source import Loaded, Source

SETTLE_AGAIN = timedelta(seconds=0.02)
SETTLE_PATIENCE = timedelta(seconds=0.5)

log = logging.getLogger(__name__)


class Inbox(Queue):
    """The inbox of this host, with what a load asks of it: it is `source.Inboxes` of one."""

    def settle(self, patience: timedelta = SETTLE_PATIENCE) -> None:
        """Move what the write-ahead log holds into the file itself, so that a damaged log can't take it back.

        While the receiver moves the log itself, or somebody reads, this tries again. Then it gives up: a reader may
        stay for hours. If the log is lost after that, the inbox is behind the warehouse, and the next load renews it.
        """
        give_up_at = time.monotonic() + patience.total_seconds()
        while not self._is_settled() and time.monotonic() < give_up_at:
            time.sleep(SETTLE_AGAIN.total_seconds())

    def _is_settled(self) -> bool:
        [(is_busy, page_count, moved_count)] = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return not is_busy and page_count == moved_count

    def begin_load(self, positions: Mapping[str, int]) -> list[Source]:
        """What the next load reads. An older copy of the inbox, which somebody put back, is read again in full."""
        position = positions.get(self.inbox_id, 0)
        if self.is_behind(position):
            log.error(
                "the inbox is an older copy: the warehouse has read it up to delivery %d, which it never gave to a "
                "load; it gets a new identity and is read in full, and repeats are dropped as duplicates",
                position,
            )
            self.renew()
            position = 0
        elif self.inbox_id not in positions and (noted := self.notes.last_load()):
            log.error(
                "this inbox was loaded up to delivery %d before, into a warehouse that is not here; a new warehouse is "
                "begun with what the inbox still keeps; was a file removed, or is WAREHOUSE not set on a lake's host?",
                noted.position,
            )
        last = self.last_id()
        self.announce_load(last)
        self.settle()
        return [Source(self.inbox_id, position, last, self)]

    def is_waiting(self, positions: Mapping[str, int]) -> bool:
        """Whether there is something to load."""
        position = positions.get(self.inbox_id, 0)
        return self.last_id() > position or self.is_behind(position)

    def waiting_count(self, positions: Mapping[str, int]) -> int:
        """How many deliveries a load would read."""
        return self.backlog(positions.get(self.inbox_id, 0)).delivery_count

    def has_news(self, positions: Mapping[str, int]) -> bool:
        """Whether anything has changed since a load that reached these positions.

        An inbox that was removed during the last load, and put back, has not noted that load.
        """
        position = positions.get(self.inbox_id)
        noted = self.notes.last_load()
        return position is None or self.last_id() > position or (noted is not None and noted.position != position)

    def note_load(self, loaded: Loaded) -> None:
        """Note that a load is published, for whoever watches the inbox."""
        now = int(datetime.now(UTC).timestamp() * 1_000_000)
        self.notes.add_load(LastLoad(loaded.positions[self.inbox_id], now, loaded.duration_seconds), loaded.outcomes)

    def forget_loaded(self, loaded: Loaded, retention: timedelta) -> int:
        """Delete what is older than `retention` and loaded twice over; return how many."""
        received_before = int((datetime.now(UTC) - retention).timestamp() * 1_000_000)
        position = loaded.positions_before.get(self.inbox_id, 0)
        return self.prune(loaded_up_to=position, received_before=received_before)
