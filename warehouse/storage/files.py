"""The files of a warehouse: the published one, the one before it, and the draft of the next.

Once a warehouse is published, there is a published file at every moment, also after a crash. A process that has a file
open keeps reading it after it is replaced.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from warehouse.fsync import sync
from warehouse.storage.copying import copy_file

DAMAGED_PATTERN = "warehouse.corrupt-*.duckdb"


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


def copy_published(warehouse: Path, folder: Path) -> list[Path]:
    """Copy the published file into a folder; return the copy, or nothing when there is no published file."""
    if not warehouse.exists():
        return []
    copy_file(warehouse, folder / warehouse.name)
    return [folder / warehouse.name]


def remove_old(warehouse: Path) -> list[str]:
    """Remove every file but the published one; return their names, without those of drafts.

    A copy of the published file takes the place of the one before it.
    """
    _remove_drafts(warehouse)
    old = [*sorted(warehouse.parent.glob(DAMAGED_PATTERN)), *warehouse.parent.glob(_previous(warehouse).name)]
    for path in old:
        path.unlink()
    if warehouse.exists():
        copy_file(warehouse, _previous(warehouse))
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
    sync(draft)
    if warehouse.exists():
        # A second name for the published file: a rename would leave a moment without one.
        link = beside(draft, "link")
        os.link(warehouse, link)
        link.replace(_previous(warehouse))
    draft.replace(warehouse)
    sync(warehouse.parent)


def _previous(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.stem}.previous{warehouse.suffix}")


def _remove_drafts(warehouse: Path) -> None:
    """Remove the draft and all that lies beside it, also after a crash; and the spare file of earlier releases."""
    for path in warehouse.parent.glob(f".{warehouse.name}.*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
