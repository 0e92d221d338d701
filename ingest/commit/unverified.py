"""Unverified deliveries that wait to be set aside, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.commit.jobs import SetAside
from ingest.signature import is_plausible
from warehouse.inbox.set_aside import Unverified

# Deliveries that carry nothing like a signature have this share of each bound, apart from the others' bounds.
SHARE = 16
# A header may have 64 KiB, and no signature has so many. With them, tiny bodies would occupy 500 times the bound.
MAX_SIGNATURE_BYTES = 512


@dataclass
class Share:
    """Waiting deliveries of one form, and the bounds of those that wait and of those that are kept in the inbox."""

    max_kept_bytes: int
    max_count: int
    max_bytes: int
    deliveries: list[Unverified] = field(default_factory=list)
    size: int = 0

    def has_added(self, delivery: Unverified) -> bool:
        """Whether there was room for the delivery."""
        is_full = len(self.deliveries) >= self.max_count or self.size >= self.max_bytes
        if is_full or len(delivery.body) > self.max_kept_bytes:
            return False
        self.deliveries.append(delivery)
        self.size += len(delivery.body)
        return True


class WaitingUnverified:
    """Those with a plausible signature, and the others."""

    def __init__(self, max_kept_bytes: int, max_count: int, max_bytes: int) -> None:
        self._bounds = (max_kept_bytes, max_count, max_bytes)
        self._plausible, self._others = self._shares()

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
        """All that wait; none waits after that."""
        plausible, others = self._plausible, self._others
        self._plausible, self._others = self._shares()
        return SetAside(plausible.deliveries, others.deliveries, plausible.max_kept_bytes, others.max_kept_bytes)

    def _shares(self) -> Iterator[Share]:
        max_kept_bytes, max_count, max_bytes = self._bounds
        yield Share(max_kept_bytes, max_count, max_bytes)
        yield Share(max_kept_bytes // SHARE, max(1, max_count // SHARE), max(1, max_bytes // SHARE))
