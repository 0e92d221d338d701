"""The inbox's writer process may die at any moment: nobody waits for ever, and the next job has a new process."""

import asyncio
import os
import signal
from pathlib import Path

import uvloop

from ingest.commit.jobs import ProveWrite
from ingest.commit.writer_process import JobFailed, WriterProcess


def process_of(writer: WriterProcess) -> asyncio.subprocess.Process:
    """The process that does the jobs now."""
    process = writer._process  # noqa: SLF001 -- to break it
    assert process
    return process


async def outcomes_of_jobs_after_kills(inbox: Path, count: int) -> list[str]:
    """Kill the process, give it a job at once, and give the next process one: `failed` or `done`, for each job."""
    writer = WriterProcess(inbox)
    outcomes = []
    for _ in range(count):
        await writer.do(ProveWrite())
        os.kill(process_of(writer).pid, signal.SIGKILL)
        # The pipe's end and the process's end reach the event loop in either order.
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(writer.do(ProveWrite()), 30)
            outcomes.append("done")
        except JobFailed:
            outcomes.append("failed")
    await writer.close()
    return outcomes


def test_a_job_for_a_killed_process_fails_or_is_done_by_the_next_one(tmp_path: Path) -> None:
    outcomes = uvloop.run(outcomes_of_jobs_after_kills(tmp_path / "inbox.sqlite", 12))
    assert set(outcomes) <= {"failed", "done"}
    assert len(outcomes) == 12


def test_a_closed_pipe_is_a_failed_job_and_the_next_job_is_done(tmp_path: Path) -> None:
    """Uvloop closes the pipe of a dead process before it knows that the process has ended."""

    async def close_pipe_and_go_on() -> None:
        writer = WriterProcess(tmp_path / "inbox.sqlite")
        await writer.do(ProveWrite())
        stdin = process_of(writer).stdin
        assert stdin
        stdin.close()
        try:
            await asyncio.wait_for(writer.do(ProveWrite()), 30)
        except JobFailed:
            await writer.do(ProveWrite())
        else:
            raise AssertionError("the job was answered through a closed pipe")
        await writer.close()

    uvloop.run(close_pipe_and_go_on())
