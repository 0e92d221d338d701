"""Foreign files: what another DuckDB client leaves beside a generation when it is killed.

A client that opened the file to write has a log beside it, `warehouse.duckdb.wal`. DuckDB applies that log to whatever
file has the name by then, also when it opens the file to read. So our readers never open a file beside such a log, and
a publication sets the log aside. A client that spills has a folder, `warehouse.duckdb.tmp`. Nothing reads it again.
"""

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.file_access import PRIVATE, PRIVATE_FOLDER, give

# DuckDB 1.5 keeps two more logs while it writes a checkpoint.
LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
SPILL = ".tmp"
# A query that only reads spills too, and may still run: it has written to its folder not long ago.
SPILL_AGE = timedelta(hours=1)
ASIDE_PATTERN = "*.foreign-*"

log = logging.getLogger(__name__)


def has_log(generation: Path) -> bool:
    """Whether DuckDB would apply a log to this file."""
    return _beside(generation, LOGS[0]).exists()


def beside(generation: Path) -> list[Path]:
    """The logs, and the folders of spilled rows, that other clients have left beside a file."""
    return [path for suffix in (*LOGS, SPILL) if (path := _beside(generation, suffix)).exists()]


def set_aside(generations: Iterable[Path], spill_age: timedelta = SPILL_AGE) -> list[Path]:
    """Keep foreign files under other names, with a warning that names each; return their new paths.

    A folder of spilled rows stays while somebody has written to it within `spill_age`.
    """
    kept = []
    for generation in generations:
        for path in beside(generation):
            if path.suffix != SPILL or _age(path) > spill_age:
                kept += _keep(path, generation)
    return kept


def _keep(path: Path, generation: Path) -> list[Path]:
    when = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    suffix = path.name.removeprefix(generation.name)
    aside = generation.with_name(f"{generation.stem}.foreign-{when}{generation.suffix}{suffix}")
    try:
        path.rename(aside)
    except FileNotFoundError:  # its client has ended in order, and removed it
        return []
    give(aside, PRIVATE_FOLDER if aside.is_dir() else PRIVATE)
    log.warning(
        "another DuckDB client left %s beside the warehouse; nothing of it is applied; it is kept as %s",
        path,
        aside.name,
    )
    return [aside]


def _age(folder: Path) -> timedelta:
    with suppress(FileNotFoundError):
        latest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
        return timedelta(seconds=time.time() - latest)
    return timedelta(0)


def _beside(generation: Path, suffix: str) -> Path:
    return generation.with_name(generation.name + suffix)
