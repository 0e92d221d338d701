"""The files of a warehouse: the published one, the one before it, and the draft of the next.

Once a warehouse is published, there is a published file at every moment, also after a crash. A process that has a file
open keeps reading it after it is replaced.
"""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile

from warehouse.file_access import PUBLISHED, give
from warehouse.fsync import sync
from warehouse.storage.file import foreign
from warehouse.storage.file.copying import copy_file
from warehouse.storage.file.swap import swap

DAMAGED_PATTERN = "warehouse.corrupt-*.duckdb"
# What an upgrade was made from, by its schema version.
WAY_BACK_PATTERN = "warehouse.v[0-9]*.duckdb"
# Errors by which a system or a file system says that two files can't exchange their names.
CANNOT_SWAP = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}


def generations(warehouse: Path) -> list[Path]:
    """The published file and the one before it, where they exist."""
    return [path for path in (warehouse, _previous(warehouse)) if path.exists()]


def latest(warehouse: Path) -> Path | None:
    """The published file, else the one before it, else None."""
    return next(iter(generations(warehouse)), None)


def keep_aside(generation: Path) -> Path:
    """Keep a damaged file under another name, so that somebody can look at it; return its new path."""
    aside = generation.with_name(DAMAGED_PATTERN.replace("*", f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"))
    generation.rename(aside)
    return aside


def keep_for_the_way_back(warehouse: Path, generation: Path, version: int) -> Path:
    """Keep the generation also as that of this schema version, for the release that made it; return its new path.

    The name is a second one for the same file, so it takes no room until the generation is replaced.
    """
    kept = warehouse.with_name(f"{warehouse.stem}.v{version}{warehouse.suffix}")
    kept.unlink(missing_ok=True)
    try:
        kept.hardlink_to(generation)
    except OSError as error:
        if error.errno not in (*CANNOT_SWAP, errno.EMLINK):
            raise
        copy_published(generation, kept)
    return kept


def ways_back(warehouse: Path) -> list[Path]:
    """The generations of older releases that upgrades have kept."""
    return sorted(warehouse.parent.glob(WAY_BACK_PATTERN))


def forget_ways_back(warehouse: Path, kept_for: timedelta) -> list[Path]:
    """Remove those that have been kept for so long; return them.

    A file's status last changed when its other name, that of the generation before, went: with the next publication.
    """
    oldest = time.time() - kept_for.total_seconds()
    old = [path for path in ways_back(warehouse) if path.stat().st_ctime <= oldest]
    for path in old:
        path.unlink()
    return old


@contextmanager
def nameless_copy(warehouse: Path) -> Iterator[Path]:
    """Path of a copy of the published file that has no name on the disk; it is gone when nobody has it open.

    Nobody else can have locked it, and no other client's log lies beside it.
    """
    folder = warehouse.parent if os.access(warehouse.parent, os.W_OK) else None
    with TemporaryFile(dir=folder) as copy:
        path = Path(f"/dev/fd/{copy.fileno()}")
        copy_file(warehouse, path)
        yield path


def copy_published(warehouse: Path, target: Path) -> None:
    """Copy the published file to another path."""
    copy_file(warehouse, target)
    give(target, PUBLISHED)


def set_foreign_aside(warehouse: Path) -> None:
    """Keep what other DuckDB clients left beside the published file and the one before it, under other names."""
    foreign.set_aside((warehouse, _previous(warehouse)))


def remove_old(warehouse: Path) -> list[str]:
    """Remove every file but the published one; return their names, without those of drafts.

    A copy of the published file takes the place of the one before it.
    """
    _remove_drafts(warehouse)
    previous = _previous(warehouse)
    patterns = (DAMAGED_PATTERN, WAY_BACK_PATTERN, f"{warehouse.stem}{foreign.ASIDE_PATTERN}", previous.name)
    old = [path for pattern in patterns for path in sorted(warehouse.parent.glob(pattern))]
    old += [*foreign.beside(warehouse), *foreign.beside(previous)]
    for path in old:
        _remove(path)
    if warehouse.exists():
        _copy_to_previous(warehouse)
    return [path.name for path in old]


@contextmanager
def draft_of(warehouse: Path) -> Iterator[Path]:
    """Path of the next file; neither it nor anything beside it exists before or after the block."""
    _remove_drafts(warehouse)
    try:
        yield warehouse.with_name(f".{warehouse.name}.draft")
    finally:
        _remove_drafts(warehouse)


def beside(draft: Path, purpose: str) -> Path:
    """Path of a file or folder that is removed with the draft."""
    return draft.with_name(f"{draft.name}.{purpose}")


def replace_published(draft: Path, warehouse: Path) -> None:
    """Make the draft the published file; the one published until now becomes the one before it."""
    give(draft, PUBLISHED)
    sync(draft)
    set_foreign_aside(warehouse)
    if warehouse.exists():
        _keep_as_previous(draft, warehouse)
    else:
        draft.replace(warehouse)
    sync(warehouse.parent)


def _keep_as_previous(draft: Path, warehouse: Path) -> None:
    try:
        swap(draft, warehouse)
    except OSError as error:
        if error.errno not in CANNOT_SWAP:
            raise
        _copy_to_previous(warehouse)
        draft.replace(warehouse)
        return
    previous = _previous(warehouse)
    draft.replace(previous)
    give(previous, PUBLISHED)  # an earlier release made it for everybody


def _copy_to_previous(warehouse: Path) -> None:
    """Under another name until it is complete: a full disk leaves no half of a file."""
    copy = warehouse.with_name(f".{warehouse.name}.previous")
    copy_published(warehouse, copy)
    sync(copy)
    copy.replace(_previous(warehouse))


def _previous(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.stem}.previous{warehouse.suffix}")


def _remove_drafts(warehouse: Path) -> None:
    """Remove the draft and all that lies beside it, also after a crash; and the spare file of earlier releases."""
    for path in warehouse.parent.glob(f".{warehouse.name}.*"):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
