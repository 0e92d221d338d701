"""Deliveries whose signature did not verify: set aside in the inbox, so that a wrong secret loses nothing.

Their count and bytes are bounded. Nothing loads or shows them. Once the secret is right, `ingest reverify` accepts
those that verify.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from warehouse.inbox.transaction import transaction

MAX_COUNT = 50_000


class Unverified(NamedTuple):
    """A refused delivery.

    `received_at` is in microseconds since 1970, UTC; `signature` is the header's value; `reason` is why it was refused.
    """

    received_at: int
    signature: bytes | None
    body: bytes
    reason: str | None = None


class SetAside:
    """The unverified deliveries of an open inbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, deliveries: Iterable[Unverified], max_bytes: int, max_count: int = MAX_COUNT) -> int:
        """Set deliveries aside, and drop the oldest beyond the bounds. Returns how many were dropped."""
        with transaction(self._connection):
            self._connection.executemany(
                "INSERT INTO set_aside (received_at, size, signature, body, reason) VALUES (?, ?, ?, ?, ?)",
                [(d.received_at, len(d.body), d.signature, d.body, d.reason) for d in deliveries],
            )
            return self._drop_oldest(max_bytes, max_count)

    def count_and_bytes(self) -> tuple[int, int]:
        """How many there are, and the bytes of their bodies together."""
        count, size = self._connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM set_aside").fetchone()
        return count, size

    def latest(self) -> Unverified | None:
        """The one that was received last, None when there is none."""
        row = self._connection.execute(
            "SELECT received_at, signature, body, reason FROM set_aside ORDER BY set_aside_id DESC LIMIT 1"
        ).fetchone()
        return Unverified._make(row) if row else None

    def newest(self, max_count: int, max_bytes: int, is_wanted: Callable[[bytes | None], bool]) -> Iterator[Unverified]:
        """The newest whose signature is wanted, newest first: so many, and none after these have so many bytes."""
        signatures = self._connection.execute(
            "SELECT set_aside_id, signature FROM set_aside ORDER BY set_aside_id DESC"
        )
        wanted = islice((set_aside_id for set_aside_id, signature in signatures if is_wanted(signature)), max_count)
        for set_aside_id in wanted:
            row = self._connection.execute(
                "SELECT received_at, signature, body, reason FROM set_aside WHERE set_aside_id = ?", [set_aside_id]
            ).fetchone()
            if row is None:  # another process has just accepted or dropped it
                continue
            yield Unverified._make(row)
            max_bytes -= len(row[2])
            if max_bytes <= 0:
                return

    def accept(self, is_verified: Callable[[Unverified], bool]) -> int:
        """Accept those that verify, each in a transaction of its own. Returns how many were accepted."""
        accepted = 0
        last_id = 0
        while row := self._connection.execute(
            "SELECT set_aside_id, received_at, signature, body, reason FROM set_aside WHERE set_aside_id > ? "
            "ORDER BY set_aside_id LIMIT 1",
            [last_id],
        ).fetchone():
            last_id = row[0]
            delivery = Unverified._make(row[1:])
            if is_verified(delivery):
                accepted += self._move(last_id, delivery)
        return accepted

    def _move(self, set_aside_id: int, delivery: Unverified) -> int:
        with transaction(self._connection):
            # Another reverify, at the same time, may have moved it already.
            removed = self._connection.execute("DELETE FROM set_aside WHERE set_aside_id = ?", [set_aside_id]).rowcount
            if removed:
                self._connection.execute(
                    "INSERT INTO deliveries (received_at, body) VALUES (?, ?)", [delivery.received_at, delivery.body]
                )
        return removed

    def _drop_oldest(self, max_bytes: int, max_count: int) -> int:
        count, size = self.count_and_bytes()
        dropped = 0
        last_dropped = 0
        for set_aside_id, its_size in self._connection.execute(
            "SELECT set_aside_id, size FROM set_aside ORDER BY set_aside_id"
        ):
            if count <= max_count and size <= max_bytes:
                break
            count, size, dropped, last_dropped = count - 1, size - its_size, dropped + 1, set_aside_id
        self._connection.execute("DELETE FROM set_aside WHERE set_aside_id <= ?", [last_dropped])
        return dropped
