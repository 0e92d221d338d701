"""The shared inbox of a lake: what the hosts have forwarded to PostgreSQL and the loader has not loaded yet."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, LiteralString, NamedTuple

from warehouse.inbox.notes import Outcome
from warehouse.inbox.source import Delivery, Loaded, Source
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.postgres import in_our_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta
    from pathlib import Path

    from psycopg import Connection

# The first and last delivery of each inbox, by two looks at the index. The inbox that has waited longest is the first.
WAITING: LiteralString = """
SELECT inbox_id, first_row.delivery_id, last_row.delivery_id
FROM engagement.hosts
CROSS JOIN LATERAL (
    SELECT delivery_id, received_at FROM engagement.inbox WHERE inbox_id = hosts.inbox_id ORDER BY delivery_id LIMIT 1
) AS first_row
CROSS JOIN LATERAL (
    SELECT delivery_id FROM engagement.inbox WHERE inbox_id = hosts.inbox_id ORDER BY delivery_id DESC LIMIT 1
) AS last_row
ORDER BY first_row.received_at, inbox_id
"""
# As many of the next rows as have `max_bytes` before the last of them. The size of a body is known without reading it.
READ: LiteralString = """
SELECT delivery_id, received_at, body
FROM (
    SELECT *, sum(octet_length(body)) OVER (ORDER BY delivery_id) - octet_length(body) AS bytes_before
    FROM (
        SELECT delivery_id, received_at, body FROM engagement.inbox
        WHERE inbox_id = %s AND delivery_id > %s ORDER BY delivery_id LIMIT %s
    ) AS next_rows
) AS measured
WHERE bytes_before < %s ORDER BY delivery_id
"""
FORGET: LiteralString = "DELETE FROM engagement.inbox WHERE inbox_id = %s AND delivery_id <= %s"
HOSTS: LiteralString = """
SELECT inbox_id, host, position, waiting_count, extract(epoch FROM clock_timestamp() - forwarded_at)::bigint
FROM engagement.hosts ORDER BY host, inbox_id
"""
NEXT_BODIES: LiteralString = """
SELECT inbox_id, delivery_id, body FROM engagement.inbox
WHERE (inbox_id, delivery_id) > (%s, %s) ORDER BY inbox_id, delivery_id LIMIT %s
"""
# A forwarder changes a row of this table in the transaction of each batch, before it reads the batch.
NO_FORWARDING: LiteralString = "LOCK TABLE engagement.hosts IN EXCLUSIVE MODE"
COUNT: LiteralString = """
INSERT INTO engagement.outcomes AS counted VALUES (%s, %s, %s)
ON CONFLICT (outcome, reason) DO UPDATE SET delivery_count = counted.delivery_count + excluded.delivery_count
"""
FETCH_COUNT = 200


class Host(NamedTuple):
    """A host by its inbox: how far it has forwarded, how many wait there, and when it last said so, in seconds."""

    inbox_id: str
    name: str
    position: int
    waiting_count: int
    seconds_ago: int

    @property
    def label(self) -> str:
        """The host's name, and a part of its inbox's id: two hosts may have one name."""
        return f"{self.name} ({short(self.inbox_id)})"


def short(inbox_id: str) -> str:
    """A part of the id by which people tell inboxes apart."""
    return inbox_id[:8]


class SharedInbox:
    """The inboxes of all hosts, over a session."""

    def __init__(self, postgres: Connection) -> None:
        self._postgres = postgres

    def begin_load(self, positions: Mapping[str, int]) -> list[Source]:
        """What the next load reads: of each inbox what was forwarded by now."""
        return [
            Source(inbox_id, positions.get(inbox_id, 0), last, _Forwarded(self._postgres, inbox_id))
            for inbox_id, _, last in self._waiting()
        ]

    def is_waiting(self, positions: Mapping[str, int]) -> bool:
        """Whether an inbox has more than what is loaded."""
        return any(last > positions.get(inbox_id, 0) for inbox_id, _, last in self._waiting())

    def waiting_count(self, positions: Mapping[str, int]) -> int:
        """How many deliveries wait, by their ids."""
        return sum(
            max(0, last - max(positions.get(inbox_id, 0), first - 1)) for inbox_id, first, last in self._waiting()
        )

    def has_news(self, positions: Mapping[str, int]) -> bool:
        """The same as `is_waiting`: what is loaded is gone."""
        return self.is_waiting(positions)

    def note_load(self, loaded: Loaded) -> None:
        """Delete what is loaded, and count what became of it. After a crash before this, the next load deletes it."""
        with in_our_words(), self._postgres.transaction():
            for outcome, count in loaded.outcomes.items():
                self._postgres.execute(COUNT, [outcome.outcome, outcome.reason, count])
            for inbox_id, position in loaded.positions.items():
                self._postgres.execute(FORGET, [inbox_id, position])

    def forget_loaded(self, loaded: Loaded, retention: timedelta) -> int:  # noqa: ARG002 -- the protocol's
        """Nothing more: each host keeps its own deliveries for the time of their retention."""
        return 0

    def find(self, is_wanted: Callable[[bytes], bool]) -> list[tuple[str, int]]:
        """The inbox and the id of each delivery whose body is wanted."""
        found: list[tuple[str, int]] = []
        after = ("", 0)
        with in_our_words(), self._postgres.cursor(binary=True) as cursor:
            while rows := cursor.execute(NEXT_BODIES, [*after, FETCH_COUNT]).fetchall():
                found += [(inbox_id, delivery_id) for inbox_id, delivery_id, body in rows if is_wanted(body)]
                after = rows[-1][:2]
        return found

    def erase(self, is_wanted: Callable[[bytes], bool]) -> int:
        """Delete each delivery whose body is wanted; return how many. The bytes go when the tables are rewritten.

        What a host is forwarding now is waited for, and searched too.
        """
        with in_our_words(), self._postgres.transaction(), self._postgres.cursor() as cursor:
            cursor.execute(NO_FORWARDING)
            found = self.find(is_wanted)
            cursor.executemany("DELETE FROM engagement.inbox WHERE inbox_id = %s AND delivery_id = %s", found)
        return len(found)

    def outcomes(self) -> dict[Outcome, int]:
        """What became of all deliveries that were ever loaded from here."""
        with in_our_words():
            rows = self._postgres.execute("SELECT outcome, reason, delivery_count FROM engagement.outcomes")
            return {Outcome(outcome, reason): count for outcome, reason, count in rows}

    def hosts(self) -> list[Host]:
        """All hosts that have ever forwarded."""
        with in_our_words():
            return [Host(*row) for row in self._postgres.execute(HOSTS)]

    def other_hosts(self, path: Path) -> list[str]:
        """Labels of all hosts that have ever forwarded, but the one whose inbox is at the path."""
        own = None
        if path.exists():
            with closing(Inbox.open_read_only(path)) as inbox:
                own = inbox.inbox_id
        return [host.label for host in self.hosts() if host.inbox_id != own]

    def _waiting(self) -> list[tuple[str, int, int]]:
        with in_our_words():
            return self._postgres.execute(WAITING).fetchall()


class _Forwarded(NamedTuple):
    """What one host has forwarded."""

    postgres: Connection
    inbox_id: str

    def read_after(self, delivery_id: int, *, max_count: int, max_bytes: int) -> list[Delivery]:
        """The next deliveries in order, bounded in count and in bytes, but always at least one if there is any."""
        with in_our_words(), self.postgres.cursor(binary=True) as cursor:
            rows = cursor.execute(READ, [self.inbox_id, delivery_id, max_count, max(1, max_bytes)])
            return [Delivery(*row) for row in rows]
