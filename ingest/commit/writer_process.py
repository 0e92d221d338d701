"""The inbox's writer as the event loop sees it: it takes one job at a time, and is started again when it dies."""

import asyncio
import json
import logging
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import cast

from ingest.commit.jobs import Answer, Job

# -P: a folder `ingest` in the working directory is not our code.
COMMAND = (sys.executable, "-P", "-m", "ingest.commit.inbox_writer")

log = logging.getLogger(__name__)


class JobFailed(Exception):
    """The job was not done. When the process died over it, the job may have been done all the same."""


class WriterProcess:
    """Does jobs on the inbox at a path, in a process that runs `inbox_writer`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: Process | None = None

    async def do(self, job: Job) -> Answer:
        """Have a job done; the answer says whether it was. To be awaited before the next job.

        Raises:
            JobFailed: no process could do it, or the process died over it.
        """
        if self._process is None or self._process.returncode is not None:
            try:
                self._process = await asyncio.create_subprocess_exec(*COMMAND, str(self._path), stdin=PIPE, stdout=PIPE)
            except OSError as error:
                raise JobFailed(f"its writer can't be started: {error}") from None
        line = await _answer(self._process, job)
        if not line.endswith(b"\n"):
            raise JobFailed(f"its writer ended (status {await self._process.wait()})")
        answer = Answer(*json.loads(line))
        for notice in answer.notices:
            log.error(notice)
        return answer

    def seconds_of_work(self) -> float:
        """Seconds of processor time that the process has used; 0 when there is none."""
        if self._process is None:
            return 0
        try:
            # man 5 proc: the command's name is in brackets; user and system time are the fields 14 and 15.
            fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:  # it has ended, or the system is no Linux
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def close(self) -> None:
        """Let the process do its jobs and end, and wait for that. A second call does nothing."""
        if self._process:
            _stdin(self._process).close()
            await self._process.wait()


async def _answer(process: Process, job: Job) -> bytes:
    """The process's line for a job; an incomplete one when the process has died."""
    try:
        _stdin(process).write(pickle.dumps(job))
    except (OSError, RuntimeError):  # uvloop closes the pipe of a dead process before it knows that the process ended
        return b""
    return await cast("asyncio.StreamReader", process.stdout).readline()


def _stdin(process: Process) -> asyncio.StreamWriter:
    return cast("asyncio.StreamWriter", process.stdin)
