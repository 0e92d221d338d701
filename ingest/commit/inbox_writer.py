"""The process that writes the inbox: jobs come in at its stdin, each is done and answered at its stdout.

A process and not a thread, because a thread shares Python's lock with the event loop: to hand that to and fro takes a
sixth of the time of a delivery. It ends when its stdin does, and so with the receiver, once all it was given is done.
"""

import json
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from warehouse.inbox.repair import find_damage, finish_mending, is_damage, mend
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox

T = TypeVar("T")


class InboxWriter:
    """What can be done with the inbox. It is opened when there is something to do, and mended when it is damaged.

    Every method raises sqlite3.Error or OSError when it could not be done; nothing of it was stored then.
    """

    def __init__(self, path: Path) -> None:
        self.notices: list[str] = []
        # Where it really is: a link to another disk stays a link when the file is mended.
        self._path = path.resolve()
        self._inbox: Inbox | None = None

    def append(self, rows: list[tuple[int, bytes]]) -> None:
        """Store deliveries; when this returns they are on disk."""
        self._do(lambda inbox: inbox.append(rows))

    def set_aside(self, deliveries: list[Unverified], max_bytes: int) -> int:
        """Set unverified deliveries aside. Returns how many were dropped beyond the bound."""
        return self._do(lambda inbox: inbox.set_aside.add(deliveries, max_bytes))

    def prove_write(self) -> None:
        """Commit a small write."""
        self._do(lambda inbox: inbox.prove_write())

    def mend_if_damaged(self) -> None:
        """Read all of the inbox, and mend it when it is damaged."""
        if damage := find_damage(self._path):
            self._mend(damage)

    def close(self) -> None:
        """Close the file."""
        if self._inbox:
            self._inbox.close()
            self._inbox = None

    def _do(self, job: Callable[[Inbox], T]) -> T:
        try:
            return job(self._opened())
        except Exception as error:
            if not is_damage(error):
                raise
            self._mend(str(error))
            return job(self._opened())

    def _mend(self, damage: str) -> None:
        self.close()
        self.notices.append(mend(self._path, damage))

    def _opened(self) -> Inbox:
        if self._inbox is None:
            finish_mending(self._path)
            self._inbox = Inbox(self._path, create=True)
        return self._inbox


def answer(writer: InboxWriter, job: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """What the job returned, or why it failed, and what the operator must know."""
    writer.notices.clear()
    try:
        result = getattr(writer, job)(*arguments)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the receiver must not wait for ever
        return {"result": None, "failure": str(error), "notices": writer.notices}
    return {"result": result, "failure": None, "notices": writer.notices}


def work(writer: InboxWriter, jobs: BinaryIO, answers: BinaryIO) -> None:
    """Do one job after another, until there are no more; an answer is a line of JSON."""
    while True:
        try:
            job, arguments = pickle.load(jobs)  # noqa: S301 -- from the receiver, which started this process
        except EOFError:
            return
        answers.write(json.dumps(answer(writer, job, arguments)).encode() + b"\n")
        answers.flush()


def main(path: str) -> None:
    """Work for the process that started this one."""
    # What tells the receiver to end may reach this process as well, which is still needed then.
    for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, signal.SIG_IGN)
    writer = InboxWriter(Path(path))
    work(writer, sys.stdin.buffer, sys.stdout.buffer)
    writer.close()
