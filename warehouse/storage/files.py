"""The files of generations: the published one, those before it, and the draft of the next.

At every moment, also of a crash, there is a published file once there was one, and whoever has it open keeps it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from warehouse.fsync import sync
from warehouse.storage.copying import is_unread

SET_ASIDE_PATTERN = "warehouse.corrupt-*.duckdb"


def previous(warehouse: Path) -> Path:
    """Where the generation before the published one stays, until the next."""
    return warehouse.with_name(f"{warehouse.stem}.previous{warehouse.suffix}")


def spare(warehouse: Path) -> Path:
    """Where the generation before that stays: the next one's draft overwrites it, and writes only what differs."""
    return warehouse.with_name(f".{warehouse.name}.spare")


def latest(warehouse: Path) -> Path | None:
    """The published file, else the one before it, else None."""
    return next((path for path in (warehouse, previous(warehouse)) if path.exists()), None)


def set_aside(generation: Path) -> Path:
    """Keep a damaged file for a closer look, out of the way."""
    aside = generation.with_name(SET_ASIDE_PATTERN.replace("*", f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"))
    generation.rename(aside)
    return aside


@contextmanager
def draft_of(warehouse: Path) -> Iterator[Path]:
    """Path of the next generation's file; nothing of it is there before or after, not even from a crash."""
    draft = warehouse.with_name(f".{warehouse.name}.draft")
    remove(draft)
    try:
        yield draft
    finally:
        remove(draft)


def use_spare(warehouse: Path, draft: Path) -> None:
    """Make the spare the draft, to be overwritten, unless somebody reads it still: then it goes."""
    if not spare(warehouse).exists():
        return
    # Where nobody will open it any more; then see whether somebody had.
    spare(warehouse).rename(draft)
    if not is_unread(draft):
        draft.unlink()


def replace_published(draft: Path, warehouse: Path) -> None:
    """Replace the published file; at every moment there is one, and the one before it stays."""
    sync(draft)
    if warehouse.exists():
        if previous(warehouse).exists():
            _also_name(previous(warehouse), spare(warehouse), _link(draft))
        _also_name(warehouse, previous(warehouse), _link(draft))
    draft.replace(warehouse)
    sync(warehouse.parent)


def _also_name(path: Path, name: Path, link: Path) -> None:
    """Give a file another name, at once also where that name is another file's."""
    os.link(path, link)
    link.replace(name)
    link.unlink(missing_ok=True)  # renaming a file to a name that it has already does nothing


def compacted(draft: Path) -> Path:
    """Where a draft is rewritten, without what was deleted from it."""
    return draft.with_name(f"{draft.name}.compact")


def _link(draft: Path) -> Path:
    return draft.with_name(f"{draft.name}.link")


def spill(draft: Path) -> Path:
    """Directory for what does not fit into memory."""
    return draft.with_name(f"{draft.name}.spill")


def remove(draft: Path) -> None:
    """Remove it and all that belongs to it."""
    for path in (draft, compacted(draft), _link(draft)):
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    shutil.rmtree(spill(draft), ignore_errors=True)
