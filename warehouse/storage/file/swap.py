"""Two files exchange their names, in one step: at no moment is a name without a file."""

import ctypes
import errno
import os
from pathlib import Path

# Of the Linux call `renameat2`: paths are taken from the working directory; both names exist and are exchanged.
AT_FDCWD = -100
RENAME_EXCHANGE = 2


def swap(first: Path, second: Path) -> None:
    """Exchange the names of two files of one file system.

    Raises:
        OSError: a file is missing, or the system or the file system cannot exchange names (macOS, NFS).
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        raise OSError(errno.ENOSYS, "no renameat2")
    if rename(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(first), None, str(second))
