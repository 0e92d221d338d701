"""Copying a file as cheaply as can be: shared blocks, only what differs, a copy inside the kernel, or byte by byte."""

import errno
import fcntl
import os
import shutil
import signal
from pathlib import Path

FICLONE = 0x40049409  # from <linux/fs.h>: the copy shares the original's blocks until either is written to
CHUNK = 1 << 30
# As large as DuckDB's blocks, and two of them fit a processor's cache.
PIECE = 256 * 1024

# What a file system says that can't do it: try the next way.
CANNOT = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.EXDEV, errno.ENOSYS, errno.EPERM, errno.EBADF}


def copy_file(source: Path, target: Path) -> None:
    """Give `target` the content of `source`.

    Of an older copy, only what differs is written over: nobody may be reading it, see `is_unread`.
    """
    target.touch()
    for copy in (_share_blocks, _write_differences, _copy_in_kernel):
        try:
            copy(source, target)
        except OSError as error:
            if error.errno not in CANNOT:
                raise
        else:
            return
    shutil.copyfile(source, target)


def is_unread(path: Path) -> bool:
    """Whether nobody has the file open or mapped, and it has no other name; False where the system can't tell."""
    if not hasattr(fcntl, "F_SETLEASE"):  # macOS
        return False
    try:
        with path.open("r+b") as file:
            # Who opens it just now must not end this process, as the usual signal would.
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
            # Linux gives a write lease on what nobody else has open; closing the file returns it.
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            return os.fstat(file.fileno()).st_nlink == 1
    except OSError:  # it is open elsewhere, another user's, or on a file system without leases
        return False


def _share_blocks(source: Path, target: Path) -> None:
    with source.open("rb") as original, target.open("r+b") as copy:
        fcntl.ioctl(copy.fileno(), FICLONE, original.fileno())
        copy.truncate(os.fstat(original.fileno()).st_size)


def _write_differences(source: Path, target: Path) -> None:
    if not target.stat().st_size:
        raise OSError(errno.EINVAL, "nothing to compare with")
    with source.open("rb") as original, target.open("r+b") as copy:
        size = 0
        while piece := os.pread(original.fileno(), PIECE, size):
            if os.pread(copy.fileno(), PIECE, size) != piece:
                copy.seek(size)
                copy.write(piece)
            size += len(piece)
        copy.truncate(size)


def _copy_in_kernel(source: Path, target: Path) -> None:
    if not hasattr(os, "copy_file_range"):  # macOS
        raise OSError(errno.ENOSYS, "no copy_file_range")
    with source.open("rb") as original, target.open("wb") as copy:
        while os.copy_file_range(original.fileno(), copy.fileno(), CHUNK):
            pass
