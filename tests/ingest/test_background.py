"""Work beside the webhook: whatever ends it, it is logged, counted and begun again."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from ingest.background import Limits, keep_at, watch_callbacks
from ingest.supervisor import supervise

AT_ONCE = Limits(first_back_off=0)


class Work:
    """Fails in each of the given ways, one after another, and then returns."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.begun = 0

    async def __call__(self) -> None:
        self.begun += 1
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture
def counted() -> list[int]:
    return [0]


@pytest.fixture
def count(counted: list[int]) -> Callable[[], None]:
    def add() -> None:
        counted[0] += 1

    return add


async def test_work_that_fails_is_logged_counted_and_begun_again(
    count: Callable[[], None], counted: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(PermissionError("no"), ValueError("neither"))
    await keep_at("the watch", work, count, AT_ONCE)
    assert (work.begun, counted) == (3, [2])
    assert "the watch is begun again in 0.0 s (PermissionError)" in caplog.messages
    assert "the watch is begun again in 0.0 s (ValueError)" in caplog.messages


async def test_work_whose_inner_wait_was_cancelled_is_begun_again(
    count: Callable[[], None], counted: list[int]
) -> None:
    work = Work(asyncio.CancelledError())
    await keep_at("the watch", work, count, AT_ONCE)
    assert (work.begun, counted) == (2, [1])


async def test_supervision_goes_on_when_no_loader_can_be_started(
    count: Callable[[], None], counted: list[int], tmp_path: Path
) -> None:
    """As after an upgrade that has moved Python away. The program comes back, and runs."""
    program = tmp_path / "loader"
    supervising = asyncio.create_task(keep_at("supervision", partial(supervise, [str(program)]), count, AT_ONCE))
    async with asyncio.timeout(60):
        while not counted[0]:  # noqa: ASYNC110 -- only the count tells
            await asyncio.sleep(0)
        program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexec sleep 600\n", "utf-8")
        program.chmod(0o755)
        while not (tmp_path / "ran").exists():  # noqa: ASYNC110 -- only the disk tells
            await asyncio.sleep(0.01)
    supervising.cancel()
    with suppress(asyncio.CancelledError):
        await supervising


async def test_work_that_we_cancel_ends_and_is_no_failure(count: Callable[[], None], counted: list[int]) -> None:
    task = asyncio.create_task(keep_at("the watch", asyncio.Event().wait, count))  # type: ignore[arg-type]  # its True is not looked at
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert counted == [0]


async def test_the_wait_doubles_up_to_its_bound(count: Callable[[], None], caplog: pytest.LogCaptureFixture) -> None:
    await keep_at("the watch", Work(*[ValueError() for _ in range(4)]), count, Limits(0.1, 0.2))
    waits = [message.partition(" again in ")[2] for message in caplog.messages if "begun again" in message]
    assert waits == ["0.1 s (ValueError)", "0.2 s (ValueError)", "0.2 s (ValueError)", "0.2 s (ValueError)"]


async def test_a_callback_that_fails_is_counted_and_logged(
    count: Callable[[], None], counted: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for a timer."""
    loop = asyncio.get_running_loop()
    watch_callbacks(loop, count)

    def fail() -> None:
        raise ValueError("a timer's")

    loop.call_soon(fail)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert counted == [1]
    assert "a timer's" in caplog.text
