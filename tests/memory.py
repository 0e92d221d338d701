"""What the system says of a process's memory."""

import re
from pathlib import Path


def resident_bytes(process_id: int) -> int:
    """Memory that the process holds now.

    Raises:
        OSError: it has ended.
    """
    return _bytes(process_id, "VmRSS")


def max_resident_bytes(process_id: int) -> int:
    """The most that it has held so far; what wait4 tells at its end may be its parent's, at the time of the fork.

    Raises:
        OSError: it has ended.
    """
    return _bytes(process_id, "VmHWM")


def _bytes(process_id: int, field: str) -> int:
    status = Path(f"/proc/{process_id}/status").read_text("utf-8")
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:  # what has ended, and is not yet waited for, has no memory
        raise ProcessLookupError(process_id)
    return int(found[1]) * 1024
