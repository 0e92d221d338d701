"""What every storage offers. Nothing outside this package knows how a warehouse is stored.

Every connection that a storage gives has the warehouse as its current database, under the name `warehouse`. So the
pipeline, the marts and every query are the same for each storage.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import NamedTuple, Protocol

from duckdb import DuckDBPyConnection

from warehouse.storage.enough_memory import Memory
from warehouse.storage.errors import DamagedWarehouse

# Other commands may load, rebuild or erase for so long.
PATIENCE = timedelta(minutes=10)

Progress = Callable[[int, int], None]


class Generation(NamedTuple):
    """Identity of one published state of the warehouse; each load publishes another one."""

    number: int
    published_ns: int


class Upgrade(NamedTuple):
    """From one schema version to another, and how much of it is done."""

    from_version: int
    to_version: int
    percent: int

    def __str__(self) -> str:
        """As people read it."""
        return f"being upgraded, {self.from_version} → {self.to_version}, {self.percent} %"


class Storage(Protocol):
    """Where a warehouse is stored: its generations, who may write, and what is kept beside them."""

    @property
    def address(self) -> str:
        """Where the warehouse is, as people read it."""

    # To read.

    def generation(self) -> Generation | None:
        """The published generation; None where there is none yet."""

    def connect(self) -> AbstractContextManager[DuckDBPyConnection]:
        """A read-only connection to the published generation.

        Raises:
            WarehouseMissing: nothing has been published yet.
        """

    def attached(
        self, connection: DuckDBPyConnection, generation: Generation | None = None
    ) -> AbstractContextManager[None]:
        """Make the published generation the current database of an in-memory connection, read-only.

        Raises:
            WarehouseMissing: nothing has been published yet.
            Superseded: `generation` is given, and is not the published one.
        """

    def connect_latest(self) -> AbstractContextManager[DuckDBPyConnection]:
        """A read-only connection to the latest generation: the published one, or one before it if that is lost.

        Raises:
            WarehouseMissing: there is none.
        """

    def describe(self) -> Iterator[tuple[str, str]]:
        """What is stored beside the tables: names and values, for people."""

    # To write.

    def only_writer(self, patience: timedelta = PATIENCE) -> AbstractContextManager[None]:
        """Be the only writer during the block; wait up to `patience` for another one.

        Raises:
            LoaderBusy: another process still writes.
        """

    def new_generation(self, memory: Memory = "usual") -> AbstractContextManager[DuckDBPyConnection]:
        """A connection to what becomes the next generation: the latest one, to be changed.

        The caller is the only writer. The next generation is published at the end of the block. An error or a crash
        leaves the published one as it was.

        Raises:
            DamagedWarehouse: the latest generation is damaged.
            OtherVersion: it has another schema version.
        """

    def empty_generation(self, memory: Memory = "usual") -> AbstractContextManager[DuckDBPyConnection]:
        """The same, but the next generation starts with empty tables."""

    def is_tidy(self) -> bool:
        """Whether nothing lies there that a writer has to set aside."""

    def tidy(self) -> None:
        """Set aside what others have left beside the warehouse."""

    def maintain_if_due(self, load_id: int) -> None:
        """After a load of this id: what the loads of some time make necessary. The caller is the only writer."""

    def keep_aside(self, damage: DamagedWarehouse) -> str:
        """Keep a damaged generation under another name, so that somebody can look at it; return the name."""

    # To upgrade.

    def upgrading(self, from_version: int) -> AbstractContextManager[Progress]:
        """During the block everybody sees that an older release's generation is upgraded, and how far it is.

        Gives a function that is told how many texts are read of how many.
        """

    def upgrade_under_way(self) -> Upgrade | None:
        """The upgrade that a process is at now; None where there is none."""

    def cost_of_an_upgrade(self) -> str:
        """What an upgrade takes, for people.

        Raises:
            WarehouseMissing: there is nothing to upgrade.
        """

    def forget_ways_back(self, kept_for: timedelta) -> list[str]:
        """Remove what upgrades were made from, if it was kept for so long; return the names."""

    def ways_back(self) -> list[str]:
        """Names of what upgrades were made from, for the release that made it."""

    # To erase.

    def is_lost(self) -> bool:
        """Whether the published generation is lost, and one before it is still there."""

    def unsearched(self) -> list[str]:
        """Names of what is damaged: nobody can search it, and it may hold anybody."""

    def remove_old(self) -> list[str]:
        """Remove everything that is not the published generation; return the names of what was removed."""

    def old_version_count(self) -> int | None:
        """How many old versions of its files are kept where no command removes them. None: that can't be seen."""
