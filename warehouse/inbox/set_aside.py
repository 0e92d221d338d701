"""Deliveries whose signature did not verify: set aside in the inbox, so that a wrong secret loses nothing.

Their bytes are bounded. Those whose signature could be one have room for a whole burst. All others share a sixteenth of
it, apart, so that a scanner's megabytes push out no genuine delivery. Nothing loads or shows them. Once the secret is
right, `ingest reverify` accepts those that verify.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from warehouse.inbox.transaction import transaction

# What a row takes beside its body: signature, key, index, and SQLite's own bytes. Without it, tiny bodies would occupy
# a hundred times the bound.
ROW_BYTES = 128
# Accepted in one transaction: the receiver waits for it.
ACCEPT_COUNT = 500
ACCEPT_BYTES = 4 * 1024 * 1024
COLUMNS = "received_at, size, signature, body, reason, is_plausible"
ADD = f"INSERT INTO set_aside ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"


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

    def add(self, deliveries: Iterable[Unverified], max_bytes: int, *, is_plausible: bool = True) -> int:
        """Set deliveries aside, and drop the oldest of this form beyond the bound. Returns how many were dropped.

        `is_plausible`: whether their signatures could be signatures.
        """
        with transaction(self._connection):
            self._connection.executemany(
                ADD,
                [(d.received_at, len(d.body), d.signature, d.body, d.reason, is_plausible) for d in deliveries],
            )
            return self._drop_oldest(max_bytes, is_plausible)

    def take_over(self, other: "SetAside", is_new: Callable[..., bool]) -> None:
        """Add what another inbox has set aside and is new, by `received_at, signature, body`."""
        rows = other._connection.execute(f"SELECT {COLUMNS} FROM set_aside ORDER BY set_aside_id")  # noqa: SLF001 -- of this class
        with transaction(self._connection):
            self._connection.executemany(ADD, (row for row in rows if is_new(row[0], row[2], row[3])))

    def count_and_bytes(self) -> tuple[int, int]:
        """How many there are, and the bytes of their bodies together."""
        count, size = self._connection.execute(
            "SELECT sum(delivery_count), sum(body_bytes) FROM set_aside_totals"
        ).fetchone()
        return count, size

    def latest(self) -> Unverified | None:
        """The one that was received last, None when there is none."""
        row = self._connection.execute(
            "SELECT received_at, signature, body, reason FROM set_aside ORDER BY set_aside_id DESC LIMIT 1"
        ).fetchone()
        return Unverified._make(row) if row else None

    def all(self) -> Iterator[Unverified]:
        """All of them, oldest first."""
        rows = self._connection.execute(
            "SELECT received_at, signature, body, reason FROM set_aside ORDER BY set_aside_id"
        )
        return map(Unverified._make, rows)

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
        """Accept those that verify, in small transactions. Returns how many were accepted."""
        accepted = 0
        last_id = 0
        while some := self._after(last_id):
            last_id = some[-1][0]
            verified = [(set_aside_id, delivery) for set_aside_id, delivery in some if is_verified(delivery)]
            with transaction(self._connection):
                accepted += sum(self._move(set_aside_id, delivery) for set_aside_id, delivery in verified)
        return accepted

    def _after(self, last_id: int) -> list[tuple[int, Unverified]]:
        """The next ones in order, bounded in count and in bytes, but always at least one if there is any."""
        some: list[tuple[int, Unverified]] = []
        size = 0
        rows = self._connection.execute(
            "SELECT set_aside_id, received_at, signature, body, reason FROM set_aside WHERE set_aside_id > ? "
            "ORDER BY set_aside_id LIMIT ?",
            [last_id, ACCEPT_COUNT],
        )
        for set_aside_id, *fields in rows:
            some.append((set_aside_id, Unverified._make(fields)))
            size += len(some[-1][1].body)
            if size >= ACCEPT_BYTES:
                break
        rows.close()
        return some

    def _move(self, set_aside_id: int, delivery: Unverified) -> int:
        # Another reverify, at the same time, may have moved it already.
        removed = self._connection.execute("DELETE FROM set_aside WHERE set_aside_id = ?", [set_aside_id]).rowcount
        if removed:
            self._connection.execute(
                "INSERT INTO deliveries (received_at, body) VALUES (?, ?)", [delivery.received_at, delivery.body]
            )
        return removed

    def _drop_oldest(self, max_bytes: int, is_plausible: bool) -> int:  # noqa: FBT001 -- which of the two shares
        (count, size) = self._connection.execute(
            "SELECT delivery_count, body_bytes FROM set_aside_totals WHERE is_plausible = ?", [is_plausible]
        ).fetchone()
        excess = size + count * ROW_BYTES - max_bytes
        dropped: list[tuple[int]] = []
        rows = self._connection.execute(
            "SELECT set_aside_id, size FROM set_aside WHERE is_plausible = ? ORDER BY set_aside_id", [is_plausible]
        )
        while excess > 0 and (row := rows.fetchone()):
            dropped.append((row[0],))
            excess -= row[1] + ROW_BYTES
        rows.close()
        self._connection.executemany("DELETE FROM set_aside WHERE set_aside_id = ?", dropped)
        return len(dropped)
