"""Attempts at loading: what ended the loader is found by loading less at a time, and is set apart when it is alone.

A native library that finds no memory ends the process, and so does the kernel. No exception tells. So each attempt is
noted in a file before it begins, and the note is removed after it. A process that finds a note knows what the last one
held.
"""

import faulthandler
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

import duckdb
import polars as pl

from warehouse import memory
from warehouse.storage.enough_memory import is_out_of_memory

NAME = ".loading"
# To die is slow, because the supervisor waits longer each time. To load is quick. So a sixteenth is tried next: of
# 61,440 deliveries four deaths find one.
PARTS = 16
# So often must a delivery have ended the loader, alone, until it is set apart. Being killed by somebody does not count.
DEATHS_ALONE = 2
# What the note ends with when the loader ended itself. Python writes the first one when a library gives up or crashes.
CAUSES = ("Fatal Python error", "out of memory")

log = logging.getLogger(__name__)


class StartOver(Exception):
    """Memory ran out. A fresh process has more of it, and tries less at a time."""


@dataclass(frozen=True)
class Attempt:
    """One attempt: up to `max_count` deliveries of an inbox after `position`.

    `deaths_alone` counts the earlier attempts that held this one delivery alone and ended the loader. `kill_count` is
    the kernel's, at the beginning.
    """

    inbox_id: str
    position: int
    max_count: int
    deaths_alone: int = 0
    kill_count: int = 0

    @property
    def is_hopeless(self) -> bool:
        """Whether its one delivery must not be looked into any more."""
        return self.deaths_alone >= DEATHS_ALONE


class Attempts:
    """The attempts of this process; the first one reads what the process before it has left."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / NAME
        self._attempt: Attempt | None = None
        self._note: IO[bytes] | None = None
        self._is_told = False
        self._marks_crashes = False
        # While a culprit is searched: how many deliveries to load at once, and among how many it is.
        self._max_count: int | None = None
        self._suspect_count = 0

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Attempts in the block are forgotten at its end, unless memory runs out or the process dies.

        Raises:
            StartOver: memory ran out.
        """
        try:
            yield
        except (MemoryError, pl.exceptions.PanicException) as error:
            self._leave_note(error)
        except duckdb.Error as error:
            if not is_out_of_memory(error):
                raise
            self._leave_note(error)
        finally:
            self._forget()

    def begin(self, inbox_id: str, position: int, waiting_count: int) -> Attempt:
        """Note on the disk that up to so many deliveries after the position are about to be loaded, or fewer."""
        if self._attempt and (self._attempt.inbox_id, self._attempt.position) == (inbox_id, position):
            return self._attempt  # the same once more, with more memory
        died = _read(self._path)
        deaths_alone = 0
        if died and (died.inbox_id, died.position) == (inbox_id, position):
            self._suspect_count, deaths_alone = died.max_count, died.deaths_alone
            self._max_count = -(-died.max_count // PARTS)
            log.warning("the last load did not end: loading up to %d deliveries at a time", self._max_count)
        max_count = waiting_count if self._max_count is None else min(self._max_count, waiting_count)
        self._attempt = Attempt(inbox_id, position, max_count, deaths_alone, memory.kill_count())
        if max_count:
            self._write(self._attempt)
        return self._attempt

    def succeed(self, delivery_count: int) -> None:
        """So many deliveries are loaded, and none of them is the culprit."""
        self._suspect_count -= delivery_count
        if self._suspect_count <= 0:
            self._max_count = None

    def _write(self, attempt: Attempt) -> None:
        """Note the attempt. Where that can't be done, such as on a full disk, the load goes on without a note."""
        try:
            self._path.unlink(missing_ok=True)  # root may have left it
            # Without a buffer: what can't be written now must not come up again at the end.
            self._note = self._path.open("wb", buffering=0)
            self._note.write(json.dumps(asdict(attempt)).encode() + b"\n")
            os.fsync(self._note.fileno())
        except OSError as error:
            if not self._is_told:
                log.warning("%s: %s, so no culprit is found if the loader dies", self._path, error.strerror)
            self._is_told = True
            self._forget_note()
            return
        self._is_told = False
        self._marks_crashes = not faulthandler.is_enabled()
        if self._marks_crashes:
            faulthandler.enable(self._note)  # it writes without asking for memory

    def _leave_note(self, error: BaseException) -> None:
        """Write the cause into the note, and leave it to a fresh process. Without a note, this is no news."""
        if self._note is None:
            raise error
        self._note.write(CAUSES[1].encode())
        self._close()
        raise StartOver("a load ran out of memory: starting over with fewer deliveries at a time") from error

    def _forget(self) -> None:
        self._attempt = None
        self._forget_note()

    def _forget_note(self) -> None:
        if self._note:
            self._note.truncate(0)  # an empty note says nothing, should the folder be read-only now
            self._close()
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._marks_crashes:
            faulthandler.disable()
        if self._note:
            self._note.close()
        self._note = None


def _read(path: Path) -> Attempt | None:
    """The attempt that did not end. `deaths_alone` counts its death, unless somebody killed the process."""
    try:
        first, *rest = path.read_text("utf-8", errors="replace").splitlines()
        attempt = Attempt(**json.loads(first))
    except (FileNotFoundError, IsADirectoryError, ValueError, TypeError):  # none, or a crash has cut it short
        return None
    is_its_own = any(line.startswith(CAUSES) for line in rest) or memory.kill_count() > attempt.kill_count
    if attempt.max_count == 1 and is_its_own:
        return replace(attempt, deaths_alone=attempt.deaths_alone + 1)
    return attempt
