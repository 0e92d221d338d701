"""The storage of a warehouse in a DuckLake, for several hosts."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from duckdb import DuckDBPyConnection

from warehouse.settings import LakeSettings
from warehouse.storage.enough_memory import Memory
from warehouse.storage.errors import DamagedWarehouse
from warehouse.storage.lake import forget, lock, maintenance, publish, reader, state
from warehouse.storage.protocol import PATIENCE, Generation, Progress, Upgrade

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LakeStorage:
    """What each method does is said in `protocol.Storage`. Nothing lies beside a lake that had to be set aside."""

    lake: LakeSettings

    @property
    def address(self) -> str:
        """Catalog and data, without a password."""
        return self.lake.address

    def generation(self) -> Generation | None:
        """The latest snapshot."""
        return reader.current_generation(self.lake)

    def connect(self) -> AbstractContextManager[DuckDBPyConnection]:
        """The latest snapshot."""
        return reader.connect(self.lake)

    def attached(
        self, connection: DuckDBPyConnection, generation: Generation | None = None
    ) -> AbstractContextManager[None]:
        """The same."""
        return reader.attached(connection, self.lake, generation)

    def connect_latest(self) -> AbstractContextManager[DuckDBPyConnection]:
        """The same: a snapshot is never lost."""
        return reader.connect(self.lake)

    def describe(self) -> Iterator[tuple[str, str]]:
        """Who loads, the hosts, and the lake's files."""
        return state.describe(self.lake)

    def only_writer(self, patience: timedelta = PATIENCE) -> AbstractContextManager[None]:
        """A lock of PostgreSQL, among all hosts."""
        return lock.only_writer(self.lake, patience)

    def new_generation(self, memory: Memory = "usual") -> AbstractContextManager[DuckDBPyConnection]:
        """One transaction."""
        return publish.new_generation(self.lake, memory)

    def empty_generation(self, memory: Memory = "usual") -> AbstractContextManager[DuckDBPyConnection]:
        """One transaction, which makes all tables again."""
        return publish.empty_generation(self.lake, memory)

    def is_tidy(self) -> bool:
        """Always."""
        return True

    def tidy(self) -> None:
        """Nothing to do."""

    def maintain_if_due(self, load_id: int) -> None:
        """Merge small files, if enough loads were published since that was done."""
        maintenance.maintain_if_due(self.lake, load_id)

    def keep_aside(self, damage: DamagedWarehouse) -> str:
        """A lake is never taken for damaged: its parts are PostgreSQL's and the bucket's to keep."""
        raise damage

    @contextmanager
    def upgrading(self, from_version: int) -> Iterator[Progress]:
        """A row in PostgreSQL, which all hosts see."""
        with state.upgrading(self.lake, from_version) as tell:
            yield tell

    def upgrade_under_way(self) -> Upgrade | None:
        """What the row says, while its writer holds the lock."""
        return state.upgrade_under_way(self.lake)

    def cost_of_an_upgrade(self) -> str:
        """Every delivery is read again, in one transaction."""
        return "an upgrade reads every delivery again, in one transaction; readers see the old tables meanwhile"

    def forget_ways_back(self, kept_for: timedelta) -> list[str]:  # noqa: ARG002 -- the protocol's
        """None is kept: back up the lake before an upgrade."""
        return []

    def ways_back(self) -> list[str]:
        """None."""
        return []

    def is_lost(self) -> bool:
        """Never."""
        return False

    def unsearched(self) -> list[str]:
        """None."""
        return []

    def remove_old(self) -> list[str]:
        """Every snapshot, object and catalog row but the current ones."""
        return forget.forget_history(self.lake)

    def old_version_count(self) -> int | None:
        """Those of the bucket's objects."""
        from warehouse.storage.lake import bucket, old_versions  # noqa: PLC0415 -- HTTP and XML take long to import

        try:
            return old_versions.versions_of(self.lake).old_count
        except bucket.NotSeen as error:
            log.warning("could not see whether the bucket keeps old versions of objects: %s", error)
            return None
