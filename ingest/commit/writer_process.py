"""The inbox's writer as the event loop sees it: it takes one job at a time, and is started again should it die."""

import asyncio
import json
import logging
import pickle
import sys
from pathlib import Path
from typing import Any, cast

COMMAND = (sys.executable, "-c", "import sys; from ingest.commit.inbox_writer import main; main(sys.argv[1])")

log = logging.getLogger(__name__)


class JobFailed(Exception):
    """The job was not done; or perhaps it was, when the process died over it."""


class WriterProcess(asyncio.SubprocessProtocol):
    """Does the jobs that are methods of `inbox_writer.InboxWriter`, on the inbox at a path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: asyncio.SubprocessTransport | None = None
        self._ended = asyncio.Event()
        self._answer: asyncio.Future[bytes] | None = None
        self._received = b""

    async def do(self, job: str, *arguments: object) -> Any:  # noqa: ANN401 -- whatever the job returns
        """What the job returns. Not to be called again before that.

        Raises:
            JobFailed: with the reason.
        """
        try:
            process = self._process or await self._start()
        except OSError as error:
            raise JobFailed(f"its writer can't be started: {error}") from None
        self._answer = asyncio.get_running_loop().create_future()
        _stdin(process).write(pickle.dumps((job, arguments)))
        answer = json.loads(await self._answer)
        for notice in answer["notices"]:
            log.error(notice)
        if answer["failure"] is not None:
            raise JobFailed(answer["failure"])
        return answer["result"]

    async def close(self) -> None:
        """Wait until the process has ended, which it does in order. Once more does nothing."""
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
        """A part of an answer."""
        self._received += cast("bytes", data)
        if self._received.endswith(b"\n") and self._answer:
            received, self._received = self._received, b""
            self._answer.set_result(received)

    def process_exited(self) -> None:
        """It has ended, in order or not."""
        process, self._process = cast("asyncio.SubprocessTransport", self._process), None
        process.close()
        self._ended.set()
        if self._answer and not self._answer.done():
            self._answer.set_exception(JobFailed(f"its writer ended (status {process.get_returncode()})"))


def _stdin(process: asyncio.SubprocessTransport) -> asyncio.WriteTransport:
    return cast("asyncio.WriteTransport", process.get_pipe_transport(0))
