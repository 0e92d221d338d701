"""Backing up: consistent copies of everything in the data directory, while receiver and loader run."""

import shutil
import time
from contextlib import closing
from pathlib import Path

from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import files
from warehouse.storage.lock import only_writer


def back_up(settings: WarehouseSettings, target: Path) -> list[Path]:
    """Copy warehouse, inbox and speakers.csv into the folder `target`; return the copies.

    The warehouse is copied before the inbox, so that its watermark is never ahead of the inbox beside it. A watermark
    ahead would hide the deliveries that arrive after a restore.

    Raises:
        FileExistsError: `target` is not empty.
        LoaderBusy: another process is writing the warehouse, and did not end in time.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    copies: list[Path] = []
    with only_writer(settings.data_dir):
        copies += files.copy_published(settings.warehouse_path, target)
        if settings.inbox_path.exists():
            copies.append(target / settings.inbox_path.name)
            with closing(Inbox(settings.inbox_path)) as inbox:
                inbox.back_up(copies[-1])
    if settings.speakers_path.exists():
        copies.append(Path(shutil.copy2(settings.speakers_path, target)))
    if settings.inbox_path.exists():
        with closing(Inbox(settings.inbox_path)) as inbox:
            inbox.notes.add_backup(time.time_ns() // 1000)
    return copies
