"""The lock that allows one writer of the warehouse at a time.

The loader takes it for each load and returns it, so that an erasure or a rebuild gets its turn while a loader follows.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from warehouse.storage.errors import LoaderBusy
from warehouse.storage.protocol import PATIENCE

POLL = timedelta(seconds=0.05)


@contextmanager
def only_writer(data_dir: Path, patience: timedelta = PATIENCE) -> Iterator[None]:
    """Hold the lock during the block; wait for it up to `patience`.

    The folder itself is locked. A file could be removed while it is locked, and the next writer would lock another one.

    Raises:
        LoaderBusy: another process still holds it.
        FileNotFoundError: there is no such folder.
    """
    give_up_at = time.monotonic() + patience.total_seconds()
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= give_up_at:
                    raise LoaderBusy(str(data_dir)) from None
                time.sleep(POLL.total_seconds())
        yield
    finally:
        os.close(folder)
