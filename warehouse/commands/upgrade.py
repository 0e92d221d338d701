"""Upgrading: a rebuild of an older release's file, which is announced, and kept for the way back."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse import schema
from warehouse.storage import files, reader, upgrading

Progress = Callable[[int, int], None]

log = logging.getLogger(__name__)


@contextmanager
def announced(warehouse: Path, latest: Path, progress: Progress) -> Iterator[Progress]:
    """During the block the generation `latest` is made again. Gives the function to tell the progress to.

    Where an older release made it, that is an upgrade: everybody can see how far it is, and the generation is kept as
    `warehouse.v<its schema version>.duckdb`.

    Raises:
        reader.NoWarehouse: another program made the file.
    """
    with reader.connect(latest) as old:
        reader.require_warehouse(old)
        version = schema.version(old)
    if version >= schema.SCHEMA_VERSION:
        yield progress
        return
    kept = files.keep_for_the_way_back(warehouse, latest, version)
    versions = f"{version} → {schema.SCHEMA_VERSION}"
    expected = upgrading.estimate(warehouse)
    log.info(
        "upgrading the warehouse, schema version %s: %s; the old file is kept as %s", versions, expected, kept.name
    )
    if not expected.has_room:
        log.warning("the disk may be too small for the upgrade")
    with upgrading.announced(warehouse.parent, version, schema.SCHEMA_VERSION) as tell:

        def told(done: int, total: int) -> None:
            tell(done, total)
            progress(done, total)

        yield told
