"""Who may read our files, and whose they are.

The published warehouse is for its owner's group. Everything else is for the owner alone. Root makes files for the owner
of the folder: after one `sudo warehouse rebuild` the service's own user can still publish.
"""

import errno
import os
from pathlib import Path

PUBLISHED = 0o440
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
# Members of the group may enter, and read the published warehouse.
DATA_FOLDER = 0o750
# Errors by which a file system says that it knows no modes or owners, and by which a system protects another's file.
CANNOT_GIVE = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


def give(path: Path, mode: int) -> None:
    """Set the mode of a file or folder. What root made gets the owner and the group of the folder that it lies in.

    Nothing changes on a file system that knows no modes, such as FAT, and on another user's file.
    """
    try:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.chown(path, folder.st_uid, folder.st_gid)
        path.chmod(mode)
    except OSError as error:
        if error.errno not in CANNOT_GIVE:
            raise


def make_folder(path: Path, mode: int) -> None:
    """Make a folder and those above it, where they are missing. One that is there keeps its mode and its owner."""
    if path.is_dir():
        return
    make_folder(path.parent, mode)
    path.mkdir(exist_ok=True)
    give(path, mode)
