"""The inbox's writer as the event loop sees it: it takes one job at a time, and is started again when it dies."""

import asyncio
import json
import logging
import pickle
import sys
from pathlib import Path
from typing import cast

from ingest.commit.jobs import Answer, Job

COMMAND = (sys.executable, "-m", "ingest.commit.inbox_writer")

log = logging.getLogger(__name__)


class JobFailed(Exception):
    """The job was not done. When the process died over it, the job may have been done all the same."""


class WriterProcess(asyncio.SubprocessProtocol):
    """Does jobs on the inbox at a path, in a process that runs `inbox_writer`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: asyncio.SubprocessTransport | None = None
        self._ended = asyncio.Event()
        self._answer: asyncio.Future[bytes] | None = None
        self._received = b""

    async def do(self, job: Job) -> int:
        """Do a job. Returns how many unverified deliveries were dropped. To be awaited before the next job.

        Raises:
            JobFailed: with the reason.
        """
        try:
            process = self._process or await self._start()
        except OSError as error:
            raise JobFailed(f"its writer can't be started: {error}") from None
        self._answer = asyncio.get_running_loop().create_future()
        _stdin(process).write(pickle.dumps(job))
        answer = Answer(*json.loads(await self._answer))
        for notice in answer.notices:
            log.error(notice)
        if answer.failure is not None:
            raise JobFailed(answer.failure)
        return answer.dropped_count

    async def close(self) -> None:
        """Let the process do its jobs and end, and wait for that. A second call does nothing."""
        if self._process:
            _stdin(self._process).close()
            await self._ended.wait()

    async def _start(self) -> asyncio.SubprocessTransport:
        self._ended.clear()
        self._received = b""
        loop = asyncio.get_running_loop()
        self._process, _ = await loop.subprocess_exec(lambda: self, *COMMAND, str(self._path), stderr=None)
        return self._process

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:  # noqa: ARG002 -- only its stdout is a pipe
        """Gather an answer, which may come in parts."""
        self._received += cast("bytes", data)
        if self._received.endswith(b"\n") and self._answer:
            received, self._received = self._received, b""
            self._answer.set_result(received)

    def process_exited(self) -> None:
        """Note that the process has ended, and fail the job that it was doing."""
        process, self._process = cast("asyncio.SubprocessTransport", self._process), None
        process.close()
        self._ended.set()
        if self._answer and not self._answer.done():
            self._answer.set_exception(JobFailed(f"its writer ended (status {process.get_returncode()})"))


def _stdin(process: asyncio.SubprocessTransport) -> asyncio.WriteTransport:
    return cast("asyncio.WriteTransport", process.get_pipe_transport(0))
