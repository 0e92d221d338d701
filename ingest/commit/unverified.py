"""Unverified deliveries that wait to be set aside, in bounded memory."""

from collections import deque
from typing import NamedTuple

from ingest.commit.jobs import SetAside
from ingest.signature import is_plausible
from warehouse.inbox.set_aside import Unverified

# Deliveries that carry nothing like a signature have this share of each bound, apart from the others' bounds.
SHARE = 16
# A header may have 64 KiB, and no signature has so many. With them, tiny bodies would occupy 500 times the bound.
MAX_SIGNATURE_BYTES = 512


class Bound(NamedTuple):
    """So many deliveries, whose bodies have so many bytes together. The one that reaches a bound is within it."""

    max_count: int
    max_bytes: int

    def allows_more_than(self, count: int, body_bytes: int) -> bool:
        """Whether one more may come to these."""
        return count < self.max_count and body_bytes < self.max_bytes

    def share(self) -> "Bound":
        """That of the deliveries that carry nothing like a signature."""
        return Bound(max(1, self.max_count // SHARE), max(1, self.max_bytes // SHARE))


class Share:
    """Waiting deliveries of one form, with their bounds."""

    def __init__(self, waiting: Bound, at_once: Bound, max_kept_bytes: int) -> None:
        """Bounds of those that wait, of those that are written at once, and of the bytes that the inbox keeps."""
        self.max_kept_bytes = max_kept_bytes
        self._waiting = waiting
        self._at_once = at_once
        self.deliveries = deque[Unverified]()
        self._size = 0

    def has_added(self, delivery: Unverified) -> bool:
        """Whether there was room for the delivery."""
        is_full = not self._waiting.allows_more_than(len(self.deliveries), self._size)
        if is_full or len(delivery.body) > self.max_kept_bytes:
            return False
        self.deliveries.append(delivery)
        self._size += len(delivery.body)
        return True

    def take(self) -> list[Unverified]:
        """The oldest ones, as many as are written at once. They wait no longer."""
        taken, size = list[Unverified](), 0
        while self.deliveries and self._at_once.allows_more_than(len(taken), size):
            taken.append(self.deliveries.popleft())
            size += len(taken[-1].body)
        self._size -= size
        return taken


class WaitingUnverified:
    """Those with a plausible signature, and the others."""

    def __init__(self, max_kept_bytes: int, waiting: Bound, at_once: Bound) -> None:
        self._plausible = Share(waiting, at_once, max_kept_bytes)
        self._others = Share(waiting.share(), at_once.share(), max_kept_bytes // SHARE)

    @property
    def is_empty(self) -> bool:
        """Whether none waits."""
        return not self._plausible.deliveries and not self._others.deliveries

    def add(self, delivery: Unverified) -> tuple[int, int]:
        """Let the delivery wait. Returns how many were dropped for want of room: plausible ones, and others."""
        if delivery.signature:
            delivery = delivery._replace(signature=delivery.signature[:MAX_SIGNATURE_BYTES])
        if is_plausible(delivery.signature):
            return int(not self._plausible.has_added(delivery)), 0
        return 0, int(not self._others.has_added(delivery))

    def take(self) -> SetAside:
        """The oldest ones of each form. They wait no longer."""
        plausible, others = self._plausible, self._others
        return SetAside(plausible.take(), others.take(), plausible.max_kept_bytes, others.max_kept_bytes)
