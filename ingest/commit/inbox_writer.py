"""The process that writes the inbox: reads jobs from its stdin, does each, and answers at its stdout.

It is a process and not a thread: a thread shares Python's lock with the event loop, and passing the lock back and forth
takes a sixth of the time of a delivery. It ends when its stdin ends, after all its jobs, and so with the receiver.
"""

import json
import pickle
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from ingest.commit.jobs import Answer, Append, Job, ProveWrite, Repair, SetAside
from warehouse.inbox.repair import find_damage, finish_repair, is_damage, repair
from warehouse.inbox.sqlite_queue import Inbox


class InboxWriter:
    """Does jobs with the inbox. It opens the file for the first job, and repairs it when a job meets damage."""

    def __init__(self, path: Path) -> None:
        # Resolved: a link to another disk stays a link when the file is repaired.
        self._path = path.resolve()
        self._inbox: Inbox | None = None

    def do(self, job: Job) -> Answer:
        """Do a job: what it stores is then on disk. A job that failed has stored nothing."""
        notices: list[str] = []
        try:
            return Answer(self._do(job, notices), None, notices)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the receiver must not wait for ever
            return Answer(0, str(error), notices)

    def close(self) -> None:
        """Close the file."""
        if self._inbox:
            self._inbox.close()
            self._inbox = None

    def _do(self, job: Job, notices: list[str]) -> int:
        if isinstance(job, Repair):
            if damage := find_damage(self._path):
                self._repair(damage, notices)
            return 0
        try:
            return _write(self._opened(), job)
        except Exception as error:
            if not is_damage(error):
                raise
            self._repair(str(error), notices)
            return _write(self._opened(), job)

    def _repair(self, damage: str, notices: list[str]) -> None:
        self.close()
        notices.append(repair(self._path, damage))

    def _opened(self) -> Inbox:
        if self._inbox is None:
            finish_repair(self._path)
            self._inbox = Inbox(self._path, create=True)
        return self._inbox


def _write(inbox: Inbox, job: Append | SetAside | ProveWrite) -> int:
    """How many unverified deliveries were dropped."""
    match job:
        case Append(rows):
            inbox.append(rows)
        case SetAside(deliveries, max_bytes):
            return inbox.set_aside.add(deliveries, max_bytes)
        case ProveWrite():
            inbox.prove_write()
    return 0


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
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1])
