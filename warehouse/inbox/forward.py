"""Forwarding: a host copies its deliveries to the shared inbox, each once and in their order.

How far it has come is in PostgreSQL, and moves in the transaction that stores the deliveries. The row is locked
meanwhile, so that two forwarders of one inbox take turns.

Two hosts may run with copies of one inbox, and both give the next ids to other deliveries. So PostgreSQL also keeps a
fingerprint of the last delivery that was forwarded. A host whose delivery of that id has another fingerprint has a
copy: its inbox takes a new identity, and forwards everything again. The loader drops repeats as duplicates.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, LiteralString, NamedTuple

from warehouse.inbox.notes import LastLoad
from warehouse.postgres import in_our_words

if TYPE_CHECKING:
    from psycopg import Connection

    from warehouse.inbox.source import Delivery
    from warehouse.inbox.sqlite_queue import Inbox

FINGERPRINT_BYTES = 16
KNOWN: LiteralString = "INSERT INTO engagement.hosts VALUES (%s, %s, 0, '', now(), 0) ON CONFLICT DO NOTHING"
POSITION: LiteralString = "SELECT position, fingerprint FROM engagement.hosts WHERE inbox_id = %s FOR UPDATE"
MOVE: LiteralString = """
UPDATE engagement.hosts SET host = %s, position = %s, fingerprint = %s, forwarded_at = now(), waiting_count = %s
WHERE inbox_id = %s
"""
COPY: LiteralString = "COPY engagement.inbox (inbox_id, delivery_id, received_at, body) FROM STDIN (FORMAT binary)"
# PostgreSQL's binary format of COPY: a signature, flags and an empty extension; rows of fields with their lengths.
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
COPY_END = struct.pack("!h", -1)
# Ids without gaps are as good as a count, and cost two looks at the index for each host.
WAITING: LiteralString = """
SELECT coalesce(sum(last_id - first_id + 1), 0) FROM engagement.hosts
CROSS JOIN LATERAL (
    SELECT min(delivery_id) AS first_id, max(delivery_id) AS last_id FROM engagement.inbox
    WHERE inbox_id = hosts.inbox_id
) AS ends
"""
FIRST_WAITING: LiteralString = "SELECT min(delivery_id) FROM engagement.inbox WHERE inbox_id = %s"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """The bounds of a batch, and of the shared inbox: 5,000,000 deliveries take 20 GB there."""

    batch_count: int = 8_000
    batch_bytes: int = 16 * 1024 * 1024
    shared_count: int = 5_000_000


LIMITS = Limits()


class Forwarded(NamedTuple):
    """How many deliveries were forwarded, and whether the shared inbox is full."""

    delivery_count: int = 0
    is_full: bool = False


def forward(inbox: Inbox, postgres: Connection, host: str, limits: Limits = LIMITS) -> Forwarded:
    """Forward the next batch.

    Raises:
        CatalogError: PostgreSQL can't be reached, or refuses; nothing of the batch is stored.
    """
    with in_our_words():
        [(shared_count,)] = postgres.execute(WAITING).fetchall()
        if shared_count >= limits.shared_count:
            return Forwarded(is_full=True)
        started = time.monotonic()
        with postgres.transaction():
            postgres.execute(KNOWN, [inbox.inbox_id, host])
            [(position, fingerprint)] = postgres.execute(POSITION, [inbox.inbox_id]).fetchall()
            if _is_copy(inbox, position, fingerprint):
                log.error(
                    "another copy of this inbox has forwarded deliveries up to %d; this one gets a new identity and "
                    "is forwarded in full, and repeats are dropped as duplicates; does another host run with a copy "
                    "of this DATA_DIR?",
                    position,
                )
                inbox.renew()
                return Forwarded()
            batch = inbox.read_after(position, max_count=limits.batch_count, max_bytes=limits.batch_bytes)
            if not batch:
                _note_what_is_forwarded(inbox, position)
                return Forwarded()
            last = batch[-1]
            inbox.announce_load(last.delivery_id)
            with postgres.cursor().copy(COPY) as copy:
                copy.write(_as_copied(inbox.inbox_id, batch))
            waiting_count = max(0, inbox.last_id() - last.delivery_id)
            moved = [host, last.delivery_id, _fingerprint(last), waiting_count, inbox.inbox_id]
            postgres.execute(MOVE, moved)
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    inbox.notes.add_load(LastLoad(last.delivery_id, now, time.monotonic() - started))
    return Forwarded(len(batch))


def _note_what_is_forwarded(inbox: Inbox, position: int) -> None:
    """As after a crash before the note, or in an inbox that was put back: else its backlog would seem to stay."""
    noted = inbox.notes.last_load()
    if position > (noted.position if noted else 0):
        inbox.notes.add_load(LastLoad(position, int(datetime.now(UTC).timestamp() * 1_000_000), 0.0))


def begin_after(inbox: Inbox, postgres: Connection, host: str, position: int) -> None:
    """Forward what follows this delivery: a warehouse that knows this inbox has moved to the lake."""
    at_position = inbox.read_after(position - 1, max_count=1, max_bytes=1) if position else []
    fingerprint = next((_fingerprint(one) for one in at_position if one.delivery_id == position), "")
    with in_our_words(), postgres.transaction():
        postgres.execute(KNOWN, [inbox.inbox_id, host])
        postgres.execute(MOVE, [host, position, fingerprint, 0, inbox.inbox_id])


def loaded_up_to(inbox: Inbox, postgres: Connection) -> int:
    """How far the inbox is loaded, not only forwarded. The last delivery that was forwarded stays out of this.

    Without it, a copy of this inbox could not be told from it.
    """
    with in_our_words():
        [(first,)] = postgres.execute(FIRST_WAITING, [inbox.inbox_id]).fetchall()
        rows = postgres.execute("SELECT position FROM engagement.hosts WHERE inbox_id = %s", [inbox.inbox_id])
        position = next((int(row[0]) for row in rows), 0)
    return max(0, min(position, first or position + 1) - 1)


def _is_copy(inbox: Inbox, position: int, fingerprint: str) -> bool:
    if inbox.is_behind(position):
        return True
    # It may be gone, by an erasure.
    return any(
        one.delivery_id == position and fingerprint not in ("", _fingerprint(one))
        for one in inbox.read_after(position - 1, max_count=1, max_bytes=1)
    )


def _fingerprint(delivery: Delivery) -> str:
    head = f"{delivery.delivery_id} {delivery.received_at} ".encode()
    return hashlib.blake2b(head + delivery.body, digest_size=FINGERPRINT_BYTES).hexdigest()


def _as_copied(inbox_id: str, batch: list[Delivery]) -> bytes:
    name = inbox_id.encode()
    start = struct.pack(f"!hi{len(name)}s", 4, len(name), name)
    pack = struct.Struct("!iqiqi").pack
    parts = [COPY_HEAD]
    for delivery_id, received_at, body in batch:
        parts += (start, pack(8, delivery_id, 8, received_at, len(body)), body)
    parts.append(COPY_END)
    return b"".join(parts)
