"""The storage of a warehouse in one DuckDB file, with the files that lie beside it in the data directory."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from duckdb import DuckDBPyConnection

from warehouse.storage.enough_memory import Memory
from warehouse.storage.errors import DamagedWarehouse
from warehouse.storage.file import files, foreign, lock, publish, reader, upgrading
from warehouse.storage.protocol import PATIENCE, Generation, Progress, Upgrade


@dataclass(frozen=True)
class FileStorage:
    """The published file is `path`. What each method does is said in `protocol.Storage`."""

    path: Path

    @property
    def address(self) -> str:
        """The path."""
        return str(self.path)

    def generation(self) -> Generation | None:
        """The file's inode, and when it was written."""
        return reader.current_generation(self.path)

    def connect(self) -> AbstractContextManager[DuckDBPyConnection]:
        """The published file; a copy of it where another client disturbs it."""
        return reader.connect(self.path)

    def attached(
        self, connection: DuckDBPyConnection, generation: Generation | None = None
    ) -> AbstractContextManager[None]:
        """The same."""
        return reader.attached(connection, self.path, generation)

    def connect_latest(self) -> AbstractContextManager[DuckDBPyConnection]:
        """The published file, else the one before it."""
        return reader.connect(files.latest(self.path) or self.path)

    def describe(self) -> Iterator[tuple[str, str]]:
        """The files with their sizes."""
        for path in (*files.generations(self.path), *files.ways_back(self.path)):
            yield path.name, f"{path.stat().st_size / 1e6:,.1f} MB"
        for path in foreign.beside(self.path):
            yield path.name, "left by another DuckDB client; nothing of it is applied"

    def only_writer(self, patience: timedelta = PATIENCE) -> AbstractContextManager[None]:
        """A lock on the data directory."""
        return lock.only_writer(self.path.parent, patience)

    def new_generation(self, memory: Memory = "usual") -> AbstractContextManager[DuckDBPyConnection]:
        """A copy of the latest file, which replaces the published one."""
        return publish.new_generation(self.path, memory)

    def empty_generation(self, memory: Memory = "usual") -> AbstractContextManager[DuckDBPyConnection]:
        """An empty file, which replaces the published one."""
        return publish.empty_generation(self.path, memory)

    def is_tidy(self) -> bool:
        """No other client's log lies beside the file."""
        return not foreign.has_log(self.path)

    def tidy(self) -> None:
        """Set other clients' logs aside."""
        files.set_foreign_aside(self.path)

    def maintain_if_due(self, load_id: int) -> None:
        """Nothing: a file is compacted while it is published."""

    def keep_aside(self, damage: DamagedWarehouse) -> str:
        """Rename the damaged file."""
        return files.keep_aside(Path(damage.address)).name

    def upgrading(self, from_version: int) -> AbstractContextManager[Progress]:
        """A note in the data directory; the file is kept under another name."""
        return upgrading.announced(self.path, from_version)

    def upgrade_under_way(self) -> Upgrade | None:
        """What the note says."""
        return upgrading.under_way(self.path.parent)

    def cost_of_an_upgrade(self) -> str:
        """As estimated from the number of deliveries and the size of the file."""
        return str(upgrading.estimate(self.path))

    def forget_ways_back(self, kept_for: timedelta) -> list[str]:
        """Files of older releases."""
        return [path.name for path in files.forget_ways_back(self.path, kept_for)]

    def ways_back(self) -> list[str]:
        """Files of older releases."""
        return [path.name for path in files.ways_back(self.path)]

    def is_lost(self) -> bool:
        """The file before the published one is there, and the published one is not."""
        return files.latest(self.path) not in (None, self.path)

    def unsearched(self) -> list[str]:
        """Damaged files that were kept aside."""
        return [path.name for path in self.path.parent.glob(files.DAMAGED_PATTERN)]

    def remove_old(self) -> list[str]:
        """Every file of the warehouse but the published one."""
        return files.remove_old(self.path)

    def old_version_count(self) -> int | None:
        """None of which we know."""
        return 0
