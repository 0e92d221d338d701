"""Backing up: consistent copies of everything in the data directory, taken while all of it runs."""

import shutil
from contextlib import closing
from pathlib import Path

from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage.copying import copy_file
from warehouse.storage.lock import only_writer


def back_up(settings: WarehouseSettings, target: Path) -> list[Path]:
    """Copy what there is into `target`, which must be empty or not there; return the copies.

    The warehouse is copied before the inbox: so its watermark is never ahead of the inbox beside it, which would
    hide the deliveries that arrive after a restore.

    Raises:
        FileExistsError: `target` holds something.
        LoaderBusy: another process is writing the warehouse, and did not end in time.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    copies: list[Path] = []
    with only_writer(settings.data_dir):
        if settings.warehouse_path.exists():
            copies.append(target / settings.warehouse_path.name)
            copy_file(settings.warehouse_path, copies[-1])
        if settings.inbox_path.exists():
            copies.append(target / settings.inbox_path.name)
            with closing(Inbox(settings.inbox_path)) as inbox:
                inbox.back_up(copies[-1])
    if settings.speakers_path.exists():
        copies.append(Path(shutil.copy2(settings.speakers_path, target)))
    return copies
