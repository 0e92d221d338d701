"""What a load reads from, and what it tells afterwards: the inbox of this host, or those of many hosts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple, Protocol

from warehouse.inbox.notes import Outcome


class Delivery(NamedTuple):
    """One accepted request. `received_at` is in microseconds since 1970, UTC."""

    delivery_id: int
    received_at: int
    body: bytes


class Readable(Protocol):
    """An inbox that can be read in the order of arrival."""

    def read_after(self, delivery_id: int, *, max_count: int, max_bytes: int) -> list[Delivery]:
        """The next deliveries in order, bounded in count and in bytes, but always at least one if there is any."""


class Source(NamedTuple):
    """What a load reads of one inbox: the deliveries from the one `after` to the one that is `last`."""

    inbox_id: str
    after: int
    last: int
    inbox: Readable


class Loaded(NamedTuple):
    """What a load has done: how far each inbox is read now, and was read by the generation before."""

    positions: Mapping[str, int]
    positions_before: Mapping[str, int]
    duration_seconds: float
    outcomes: Mapping[Outcome, int]


class Inboxes(Protocol):
    """One inbox or several. `positions` always tells how far a warehouse has read each, by its id."""

    def begin_load(self, positions: Mapping[str, int]) -> list[Source]:
        """What the next load reads. What arrives from now on is for the load after it."""

    def is_waiting(self, positions: Mapping[str, int]) -> bool:
        """Whether there is something to load."""

    def waiting_count(self, positions: Mapping[str, int]) -> int:
        """How many deliveries there are to load, roughly."""

    def has_news(self, positions: Mapping[str, int]) -> bool:
        """Whether anything has changed since a load that reached these positions: a cheap look, for a loader."""

    def note_load(self, loaded: Loaded) -> None:
        """Note that a load is published."""

    def forget_loaded(self, loaded: Loaded, retention: timedelta) -> int:
        """Delete deliveries that need not be kept any more; return how many."""
