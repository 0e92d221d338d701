"""An upgrade under way: how far it is, for everybody who looks at the warehouse meanwhile.

The note is a file in the data directory, which the process that upgrades holds locked. A note that nobody holds is what
a crash has left, and says nothing.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from warehouse import schema
from warehouse.counted import deliveries
from warehouse.file_access import PUBLISHED, give
from warehouse.storage.file import files, reader
from warehouse.storage.protocol import Progress, Upgrade
from warehouse.storage.versions import require_warehouse

NAME = ".upgrading"
# So much of the time the texts are read, which can be counted. The figures are derived in the rest.
READING_PERCENT = 80

# As `make bench` has seen a rebuild of 5,000,000 deliveries on two cores with nothing else to do: 163 seconds, 1.6 GB.
DELIVERIES_PER_SECOND = 30_000
MEMORY = "1.6 GB"
# The new file beside the old one, and what DuckDB spills while it makes it.
DISK_FACTOR = 2

log = logging.getLogger(__name__)


class Estimate(NamedTuple):
    """What an upgrade takes. `free_bytes` are those of the disk."""

    delivery_count: int
    disk_bytes: int
    free_bytes: int

    @property
    def has_room(self) -> bool:
        """Whether the disk has what the upgrade may need."""
        return self.disk_bytes <= self.free_bytes

    def __str__(self) -> str:
        """As people read it."""
        seconds = max(1, round(self.delivery_count / DELIVERIES_PER_SECOND))
        return (
            f"for {deliveries(self.delivery_count)} an upgrade takes about {seconds:,} s on two idle cores, up to "
            f"{MEMORY} of memory, and up to {self.disk_bytes / 1e6:,.0f} MB of disk, where "
            f"{self.free_bytes / 1e6:,.0f} MB are free"
        )


def estimate(warehouse: Path) -> Estimate:
    """What an upgrade of the latest generation will take.

    Raises:
        WarehouseMissing: there is none.
        NoWarehouse: another program made the file.
    """
    latest = files.latest(warehouse) or warehouse
    with reader.connect(latest) as connection:
        require_warehouse(connection)
        [(count,)] = connection.sql(
            "SELECT (SELECT count(*) FROM raw.deliveries) + (SELECT count(*) FROM raw.quarantine)"
        ).fetchall()
    return Estimate(count, DISK_FACTOR * latest.stat().st_size, shutil.disk_usage(latest.parent).free)


@contextmanager
def announced(warehouse: Path, from_version: int) -> Iterator[Progress]:
    """During the block everybody sees that the latest generation is upgraded, and how far it is.

    The generation is kept as `warehouse.v<its schema version>.duckdb`. Gives the function to tell the progress to.
    """
    kept = files.keep_for_the_way_back(warehouse, files.latest(warehouse) or warehouse, from_version)
    expected = estimate(warehouse)
    log.info(
        "upgrading the warehouse, schema version %d → %d: %s; the old file is kept as %s",
        from_version,
        schema.SCHEMA_VERSION,
        expected,
        kept.name,
    )
    if not expected.has_room:
        log.warning("the disk may be too small for the upgrade")
    with noted(warehouse.parent, from_version, schema.SCHEMA_VERSION) as tell:
        yield tell


@contextmanager
def noted(data_dir: Path, from_version: int, to_version: int) -> Iterator[Progress]:
    """During the block a locked file says that the warehouse is upgraded, and how far it is."""
    path = data_dir / NAME
    path.unlink(missing_ok=True)
    with path.open("w", encoding="ascii") as note:
        give(path, PUBLISHED)
        fcntl.flock(note, fcntl.LOCK_EX)

        def tell(done: int, total: int) -> None:
            percent = READING_PERCENT * done // max(1, total)
            os.pwrite(note.fileno(), f"{from_version} {to_version} {percent:2d}".encode("ascii"), 0)

        tell(0, 1)
        try:
            yield tell
        finally:
            path.unlink(missing_ok=True)


def under_way(data_dir: Path) -> Upgrade | None:
    """The upgrade that a process is at now; None where there is none."""
    try:
        with (data_dir / NAME).open(encoding="ascii") as note:
            try:
                fcntl.flock(note, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                from_version, to_version, percent = note.read().split()
                return Upgrade(int(from_version), int(to_version), int(percent))
    except (OSError, ValueError):  # none, or it begins at this moment
        pass
    return None
