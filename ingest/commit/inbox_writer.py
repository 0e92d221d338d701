"""The process that writes the inbox: reads jobs from its stdin, does each, and answers at its stdout.

It is a process and not a thread: a thread shares Python's lock with the event loop, and passing the lock back and forth
takes a sixth of the time of a delivery. It ends when its stdin ends, after all its jobs, and so with the receiver.
"""

import json
import logging
import pickle
import signal
import sqlite3
import sys
from pathlib import Path
from typing import BinaryIO

from ingest.commit.jobs import Answer, Append, Job, ProveWrite, Repair, SetAside
from warehouse.inbox.carry_over import is_damage
from warehouse.inbox.file import Place
from warehouse.inbox.repair import find_damage, finish_repair, put_back, repair
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.logs import log_to_stderr

NONE_DROPPED = (0, 0)

log = logging.getLogger(__name__)


class InboxWriter:
    """Does jobs with the inbox. It opens the file for the first job, and repairs it when a job meets damage.

    After each job it looks whether the file is still the one at the path: SQLite goes on with a file that was removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inbox: Inbox | None = None
        self._place = Place(path)

    def do(self, job: Job) -> Answer:
        """Do a job: what it stores is then on disk, in the file at the path. A job that failed promises nothing."""
        notices: list[str] = []
        dropped, failure, is_put_back = NONE_DROPPED, None, False
        try:
            dropped = self._do(job, notices)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the receiver must not wait for ever
            failure = str(error)
        try:
            # Also after a failure: the disk of the lost file may be full, or gone.
            is_put_back = self._inbox is not None and self._put_back_if_lost(self._inbox, notices)
        except Exception as error:  # noqa: BLE001 -- the same
            failure = str(error)
        return Answer(*dropped, failure, notices, is_put_back)

    def close(self) -> list[str]:
        """Close the file. One that was lost since the last job is put back first. Returns lines for the operator.

        Raises:
            sqlite3.Error, OSError: it can't be put back.
        """
        notices: list[str] = []
        if self._inbox and not self._put_back_if_lost(self._inbox, notices):
            self._release()
        return notices

    def _release(self) -> None:
        if self._inbox:
            self._inbox.close()
            self._inbox = None

    def _do(self, job: Job, notices: list[str]) -> tuple[int, int]:
        if isinstance(job, Repair):
            if damage := find_damage(self._path):
                self._repair(damage, notices)
            return NONE_DROPPED
        try:
            return _write(self._opened(), job)
        except Exception as error:
            if not is_damage(error):
                raise
            self._repair(str(error), notices)
            return _write(self._opened(), job)

    def _repair(self, damage: str, notices: list[str]) -> None:
        self._release()
        # Resolved: a link to another disk stays a link when the file is repaired.
        notices.append(repair(self._path.resolve(), damage))

    def _put_back_if_lost(self, inbox: Inbox, notices: list[str]) -> bool:
        if not self._place.is_lost:
            return False
        notices.append(put_back(inbox, self._place))
        self._inbox = None
        return True

    def _opened(self) -> Inbox:
        if self._inbox is None:
            finish_repair(self._path.resolve())
            self._inbox = Inbox(self._path, create=True)
            self._place = Place(self._path)
        return self._inbox


def _write(inbox: Inbox, job: Append | SetAside | ProveWrite) -> tuple[int, int]:
    """How many unverified deliveries were dropped: plausible ones, and others."""
    match job:
        case Append(rows):
            inbox.append(rows)
        case SetAside(plausible, others, max_plausible_bytes, max_other_bytes):
            return (
                inbox.set_aside.add(plausible, max_plausible_bytes, is_plausible=True),
                inbox.set_aside.add(others, max_other_bytes, is_plausible=False),
            )
        case ProveWrite():
            inbox.prove_write()
    return NONE_DROPPED


def work(writer: InboxWriter, jobs: BinaryIO, answers: BinaryIO) -> None:
    """Do one job after another until there are no more. An answer is a line of JSON."""
    while True:
        try:
            job = pickle.load(jobs)  # noqa: S301 -- from the receiver, which started this process
        except EOFError:
            return
        answers.write(json.dumps(writer.do(job)).encode() + b"\n")
        answers.flush()


def main(path: str) -> None:
    """Work for the process that started this one."""
    # A signal that tells the receiver to end may reach this process too, while the receiver still needs it.
    for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, signal.SIG_IGN)
    writer = InboxWriter(Path(path))
    work(writer, sys.stdin.buffer, sys.stdout.buffer)
    try:
        notices = writer.close()
    except (OSError, sqlite3.Error) as error:
        notices = [f"the inbox was lost and can't be put back: {error}"]
    if notices:
        log_to_stderr()
    for notice in notices:
        log.error(notice)


if __name__ == "__main__":
    main(sys.argv[1])
