"""How much is worked on at once. Memory is bounded by these, whatever the size of the history."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

# Characters of a text that the marts repeat; the rest is cut. A longer id is not read: cut, two could become one.
MAX_CHARACTERS = 1_000


@dataclass(frozen=True)
class Limits:
    """Bounds of a batch, a load, a pass over the marts, a rebuild, and an upgrade.

    Args:
        batch_count: deliveries in a batch. Two row groups: what DuckDB inserts beyond a full one is compressed at once.
        batch_bytes: their bodies, in bytes. One batch is stored while the next one is parsed.
        batches_per_load: a load ends after so many batches, so that a long backlog shows progress.
        actions_per_pass: the marts are refreshed in slices of about so many actions, attendances or attendees.
        split_count: payloads that are split together. These and their fields fit into the cache of a processor's core:
            6.5 us a delivery instead of 7.6.
        reader_memory: DuckDB's memory for the old file of a rebuild, which is read once and in order.
        way_back: for so long a file of an older release stays after its upgrade, at least until the next load.
    """

    batch_count: int = 61_440
    batch_bytes: int = 128 * 1024 * 1024
    batches_per_load: int = 20
    actions_per_pass: int = 250_000
    split_count: int = 128
    reader_memory: str = "256MB"
    way_back: timedelta = timedelta(days=7)

    @property
    def deliveries_per_load(self) -> int:
        """The most deliveries of a load."""
        return self.batch_count * self.batches_per_load

    def at_most(self, count: int) -> Self:
        """The same for a load of `count` deliveries or fewer, at least one."""
        batch_count = min(self.batch_count, count)
        return replace(self, batch_count=batch_count, batches_per_load=count // batch_count)


DEFAULT_LIMITS = Limits()
