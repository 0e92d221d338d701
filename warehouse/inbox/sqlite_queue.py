"""The inbox: a durable queue of accepted deliveries, in SQLite.

The receiver appends and the loader reads, each in its own process: in WAL mode neither waits for the other.
"""

import logging
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from warehouse.inbox import set_aside
from warehouse.inbox.transaction import transaction

SCHEMA_VERSION = 1

# AUTOINCREMENT: without it SQLite gives the ids of pruned rows again, and the watermark would hide the new ones.
SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS identity (
    inbox_id TEXT NOT NULL,
    probe_count INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS deliveries (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS last_load (
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_seconds REAL NOT NULL
);
{set_aside.SCHEMA}
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""

# What `ingest` keeps aside when an inbox is damaged, with its companions; see ingest.mending.
DAMAGED_PATTERN = "inbox.damaged-*.sqlite"
BUSY_TIMEOUT = timedelta(seconds=10)
SETTLE_AGAIN = timedelta(seconds=0.02)
PRUNE_CHUNK = 1_000
ROWS_PER_STATEMENT = 500

log = logging.getLogger(__name__)


class Delivery(NamedTuple):
    """One accepted request. `received_at` is in microseconds since 1970, UTC."""

    delivery_id: int
    received_at: int
    body: bytes


# As Delivery._make does, without a call of Python for each of millions.
_DELIVERY: Callable[[tuple[int, int, bytes]], Delivery] = partial(tuple.__new__, Delivery)


class Backlog(NamedTuple):
    """Deliveries that no published warehouse holds yet; the oldest one's receipt in microseconds since 1970, UTC."""

    delivery_count: int
    oldest_received_at: int | None


class LastLoad(NamedTuple):
    """What the loader last published: up to which delivery, when (microseconds since 1970, UTC), in which time."""

    position: int
    at: int
    duration_seconds: float


class InboxTooNew(sqlite3.DatabaseError):
    """The file was made by a newer version of this software."""


class Inbox:
    """An open inbox. One connection, for one thread at a time."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file, or with `create` make it first.

        Raises:
            sqlite3.Error: it is not there, can't be written, or is no inbox.
        """
        self._path = path
        mode = "rwc" if create else "rw"
        self._connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_TIMEOUT.total_seconds(),
            check_same_thread=False,
        )
        try:
            # A commit returns only after its fsync; in WAL mode anything less than FULL skips it.
            self._connection.execute("PRAGMA synchronous = FULL")
            # What retention or an erasure removes leaves no bytes behind in free pages.
            self._connection.execute("PRAGMA secure_delete = ON")
            self._refuse_newer(path)
            if create:
                self._create()
            self.set_aside = set_aside.SetAside(self._connection)
            self.inbox_id: str = self._connection.execute("SELECT inbox_id FROM identity").fetchone()[0]
        except BaseException:
            self.close()
            raise

    def _refuse_newer(self, path: Path) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise InboxTooNew(f"{path} has version {version}; this software knows {SCHEMA_VERSION}: upgrade it")

    def _create(self) -> None:
        # A page of SQLite's usual 4 KiB holds one delivery of 2 KB and is half empty; 16 KiB pages hold seven, which
        # halves a commit and cuts its slowest percent, the checkpoint's, to a third.
        self._connection.execute("PRAGMA page_size = 16384")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA wal_autocheckpoint = 256")
        self._connection.executescript(SCHEMA)
        self._connection.execute(
            "INSERT INTO identity (inbox_id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)",
            [str(uuid.uuid4())],
        )

    def append(self, deliveries: Iterable[tuple[int, bytes]]) -> None:
        """Store (received_at, body) pairs in one transaction; when this returns they are on disk."""
        rows = list(deliveries)
        if len(rows) <= ROWS_PER_STATEMENT:
            # One statement is a transaction by itself. Between two statements a thread waits for Python's lock,
            # which a busy event loop gives away only every few milliseconds.
            self._insert(rows)
            return
        with transaction(self._connection):
            for start in range(0, len(rows), ROWS_PER_STATEMENT):
                self._insert(rows[start : start + ROWS_PER_STATEMENT])

    def _insert(self, rows: list[tuple[int, bytes]]) -> None:
        if rows:
            values = ", ".join(["(?, ?)"] * len(rows))
            self._connection.execute(
                f"INSERT INTO deliveries (received_at, body) VALUES {values}", list(chain.from_iterable(rows))
            )

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
        for delivery in map(_DELIVERY, rows):
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

    def settle(self) -> None:
        """Move what the write-ahead log holds into the file itself, so that a damaged log can't take it back.

        Else ids that a warehouse holds already would come again, and its watermark would hide the new deliveries.
        The receiver may be at it itself, or somebody be reading: then it takes another go.
        """
        give_up_at = time.monotonic() + BUSY_TIMEOUT.total_seconds()
        while not self._is_settled():
            if time.monotonic() > give_up_at:
                log.warning("the inbox's write-ahead log is in use and can't be moved into the file")
                return
            time.sleep(SETTLE_AGAIN.total_seconds())

    def _is_settled(self) -> bool:
        [(is_busy, page_count, moved_count)] = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return not is_busy and page_count == moved_count

    @contextmanager
    def settled(self) -> Iterator[None]:
        """At the end of the block, what the log held at its start is settled: the disk is waited for meanwhile."""

        def settle_beside() -> None:
            with closing(Inbox(self._path)) as beside:
                beside.settle()

        with ThreadPoolExecutor(1) as thread:
            settling = thread.submit(settle_beside)
            yield
            settling.result()

    def note_load(self, load: LastLoad) -> None:
        """Remember what the loader published, for whoever watches the inbox."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM last_load")
            self._connection.execute("INSERT INTO last_load VALUES (?, ?, ?)", load)

    def last_load(self) -> LastLoad | None:
        """What the loader published last, None before its first time."""
        row = self._connection.execute("SELECT position, at, duration_seconds FROM last_load").fetchone()
        return LastLoad._make(row) if row else None

    def backlog(self) -> Backlog:
        """What waits for the loader."""
        load = self.last_load()
        position = load.position if load else 0
        oldest = self._connection.execute(
            "SELECT received_at FROM deliveries WHERE delivery_id > ? ORDER BY delivery_id LIMIT 1", [position]
        ).fetchone()
        return Backlog(self.last_id() - position, oldest[0]) if oldest else Backlog(0, None)

    def prune(self, *, loaded_up_to: int, received_before: int) -> int:
        """Forget deliveries that are both loaded and old; in small steps, so that the receiver never waits long."""
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

    def close(self) -> None:
        """Close the file. Deliveries stay."""
        self._connection.close()
