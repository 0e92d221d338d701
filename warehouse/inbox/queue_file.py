"""What an open inbox holds: accepted deliveries in SQLite, in the order of their arrival, and its identity."""

import sqlite3
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Self

from warehouse.inbox.carry_over import carry_over
from warehouse.inbox.file import connect, make_private
from warehouse.inbox.known import Known
from warehouse.inbox.notes import Notes
from warehouse.inbox.set_aside import SetAside
from warehouse.inbox.source import Delivery
from warehouse.inbox.transaction import transaction

PRUNE_CHUNK = 1_000
TAKE_COUNT = 2_000
TAKE_BYTES = 64 * 1024 * 1024


class Backlog(NamedTuple):
    """Deliveries that wait to be loaded. `oldest_received_at` is in microseconds since 1970, UTC."""

    delivery_count: int
    oldest_received_at: int | None


class Rows(NamedTuple):
    """Ids of some of the inbox's rows: accepted deliveries, and those set aside."""

    delivery_ids: list[int]
    set_aside_ids: list[int]


class Queue:
    """An open inbox's file. One connection, for one thread at a time."""

    def __init__(self, path: Path, *, create: bool = False, is_read_only: bool = False) -> None:
        """Open the file to write. With `create` it is made where there is none. A file of an older version is upgraded.

        Raises:
            InboxTooNew: a newer version made the file.
            sqlite3.Error: it is not there, can't be written, or is no inbox.
        """
        self._connection = connect(path, create_missing=create, is_read_only=is_read_only)
        self.set_aside = SetAside(self._connection)
        self.notes = Notes(self._connection)
        try:
            self.inbox_id: str = self._connection.execute("SELECT inbox_id FROM identity").fetchone()[0]
        except BaseException:
            self.close()
            raise

    @classmethod
    def open_read_only(cls, path: Path) -> Self:
        """Open the file to read, also in a directory that can't be written. For short looks.

        Raises:
            InboxTooNew: a newer version made the file.
            InboxTooOld: an older version made the file.
            sqlite3.Error: it is not there, can't be read, or is no inbox.
        """
        return cls(path, is_read_only=True)

    def append(self, deliveries: Iterable[tuple[int, bytes]]) -> None:
        """Store (received_at, body) pairs in one transaction; when this returns they are on disk."""
        with transaction(self._connection):
            self._connection.executemany("INSERT INTO deliveries (received_at, body) VALUES (?, ?)", deliveries)

    def prove_write(self) -> None:
        """Commit a small write, with its fsync, as a delivery would."""
        with transaction(self._connection):
            self._connection.execute("UPDATE identity SET probe_count = probe_count + 1")

    def read_after(self, delivery_id: int, *, max_count: int, max_bytes: int) -> list[Delivery]:
        """The next deliveries in order, bounded in count and in bytes, but always at least one if there is any."""
        deliveries: list[Delivery] = []
        size = 0
        rows = self._connection.execute(
            "SELECT delivery_id, received_at, body FROM deliveries WHERE delivery_id > ? ORDER BY delivery_id LIMIT ?",
            [delivery_id, max_count],
        )
        for delivery in map(Delivery._make, rows):
            deliveries.append(delivery)
            size += len(delivery.body)
            if size >= max_bytes:
                break
        rows.close()
        return deliveries

    def last_id(self) -> int:
        """Id of the newest delivery, 0 when there is none."""
        row = self._connection.execute("SELECT max(delivery_id) FROM deliveries").fetchone()
        return row[0] or 0

    def announce_load(self, last_id: int) -> None:
        """Remember that a load sets out to read up to this delivery. To be called before the load is published."""
        self._connection.execute("UPDATE identity SET load_limit = max(load_limit, ?)", [last_id])

    def is_behind(self, position: int) -> bool:
        """Whether this is an older copy of the inbox of which a warehouse has loaded up to the position.

        Its next ids would be ones that the warehouse counts as loaded. It never heard of the load that reached the
        position, however many deliveries it has taken since.
        """
        (load_limit,) = self._connection.execute("SELECT load_limit FROM identity").fetchone()
        return position > min(int(load_limit), self._last_given_id())

    def renew(self, position: int = 0) -> None:
        """Take a new identity: the loader then reads all of the inbox, and drops repeats as duplicates.

        `position`: what a warehouse will hold of the new identity, if it is told. The loader then reads what follows.
        """
        new_id = str(uuid.uuid4())
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE identity SET inbox_id = ?, load_limit = ?, renewal_count = renewal_count + 1",
                [new_id, position],
            )
            self._connection.execute("DELETE FROM last_load WHERE position <> ?", [position])
        self.inbox_id = new_id

    def _last_given_id(self) -> int:
        """Id of the newest delivery, also when it is pruned; 0 before the first one."""
        row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'").fetchone()
        return int(row[0]) if row else 0

    def backlog(self, watermark: int | None = None) -> Backlog:
        """The deliveries after the watermark. All of them, when the inbox is behind it: a load then reads them all.

        Args:
            watermark: the last delivery id that a warehouse holds. None: the last load's, as noted in the inbox.
        """
        if watermark is None:
            load = self.notes.last_load()
            watermark = load.position if load else 0
        elif self.is_behind(watermark):
            watermark = 0
        oldest = self._connection.execute(
            "SELECT delivery_id, received_at FROM deliveries WHERE delivery_id > ? ORDER BY delivery_id LIMIT 1",
            [watermark],
        ).fetchone()
        return Backlog(self.last_id() - oldest[0] + 1, oldest[1]) if oldest else Backlog(0, None)

    def prune(self, *, loaded_up_to: int, received_before: int) -> int:
        """Delete deliveries that are both loaded and old, in small steps, so that the receiver never waits long.

        Returns how many were deleted.
        """
        kept = self._connection.execute(
            "SELECT delivery_id FROM deliveries WHERE received_at >= ? ORDER BY delivery_id LIMIT 1",
            [received_before],
        ).fetchone()
        last_pruned = min(loaded_up_to, kept[0] - 1 if kept else loaded_up_to)
        count = 0
        while True:
            pruned = self._connection.execute(
                "DELETE FROM deliveries WHERE delivery_id IN "
                "(SELECT delivery_id FROM deliveries WHERE delivery_id <= ? ORDER BY delivery_id LIMIT ?)",
                [last_pruned, PRUNE_CHUNK],
            ).rowcount
            count += pruned
            if pruned < PRUNE_CHUNK:
                return count

    def find(self, is_wanted: Callable[[bytes], bool]) -> Rows:
        """The rows, accepted or set aside, whose body is wanted."""
        deliveries = self._connection.execute("SELECT delivery_id, body FROM deliveries")
        found = [row_id for row_id, body in deliveries if is_wanted(body)]
        set_aside = self._connection.execute("SELECT set_aside_id, body FROM set_aside")
        return Rows(found, [row_id for row_id, body in set_aside if is_wanted(body)])

    def erase(self, rows: Rows) -> None:
        """Delete the rows and their bytes, in the write-ahead log too.

        Raises:
            sqlite3.OperationalError: the log is in use and still holds them; a repeated call completes.
        """
        with transaction(self._connection):
            self._connection.executemany(
                "DELETE FROM deliveries WHERE delivery_id = ?", [(row_id,) for row_id in rows.delivery_ids]
            )
            self._connection.executemany(
                "DELETE FROM set_aside WHERE set_aside_id = ?", [(row_id,) for row_id in rows.set_aside_ids]
            )
        (is_busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise sqlite3.OperationalError("the inbox's write-ahead log is in use and still holds them; try again")

    def carry_over(self, draft: Path) -> str:
        """Copy all of it, with identity and numbering, into an empty inbox. Returns a line for the operator."""
        return carry_over(self._connection, draft)

    def take_over(self, other: "Queue", *, also_loaded: bool = False) -> int:
        """Append what another inbox has not loaded; set aside what it has set aside.

        With `also_loaded`, all that this inbox does not hold yet: the same bytes, received in the same microsecond, are
        the same delivery. Returns how many were appended.
        """
        load = None if also_loaded else other.notes.last_load()
        is_new = Known(self._connection).add if also_loaded else (lambda *_: True)
        position, count = load.position if load else 0, 0
        while deliveries := other.read_after(position, max_count=TAKE_COUNT, max_bytes=TAKE_BYTES):
            new = [(received_at, body) for _, received_at, body in deliveries if is_new(received_at, body)]
            self.append(new)
            position, count = deliveries[-1].delivery_id, count + len(new)
        self.set_aside.take_over(other.set_aside, is_new)
        return count

    def back_up(self, target: Path) -> None:
        """Copy the inbox, consistently, into a new file for the owner alone."""
        make_private(target)
        with closing(sqlite3.connect(target)) as copy:
            self._connection.backup(copy)

    def close(self) -> None:
        """Close the file. Deliveries stay."""
        self._connection.close()
