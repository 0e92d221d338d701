"""The supervisor, with tiny processes in the loader's place: restarts with back-off, and an end in order."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ingest.supervisor import Limits, loader_command, supervise

Lines = Callable[[int], Awaitable[list[str]]]

# Only a supervisor that hangs takes so long.
PATIENCE_SECONDS = 60
# Each program appends lines to the file that it is given.
NOTE = "import os, signal, sys, time; note = lambda text: os.write(file, f'{text}\\n'.encode());"
NOTE += "file = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT);"
ENDS = NOTE + "note(os.getpid()); sys.exit(3)"
STAYS = NOTE + "note(os.getpid()); signal.pause()"
FINISHES = (
    NOTE
    + "signal.signal(signal.SIGTERM, lambda *_: (note('finished'), sys.exit(0))); note(os.getpid()); signal.pause()"
)
IGNORES = NOTE + "signal.signal(signal.SIGTERM, signal.SIG_IGN); note(os.getpid()); time.sleep(600)"


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """The lines that the programs have noted, once there are so many."""

    async def read(count: int) -> list[str]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                noted = (tmp_path / "notes").read_text("ascii").splitlines() if (tmp_path / "notes").exists() else []
                if len(noted) >= count:
                    return noted
                await asyncio.sleep(0.01)

    return read


@asynccontextmanager
async def supervised(tmp_path: Path, program: str, limits: Limits) -> AsyncIterator[None]:
    """Meanwhile the program is kept running; at the end it is ended in order."""
    supervising = asyncio.create_task(supervise((sys.executable, "-c", program, str(tmp_path / "notes")), limits))
    try:
        yield
    finally:
        supervising.cancel()
        with suppress(asyncio.CancelledError):
            await supervising


def back_offs(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The seconds that were waited, as the log says."""
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    return [message.rpartition(" in ")[2] for message in messages]


def is_running(process_id: int) -> bool:
    return Path(f"/proc/{process_id}").exists()


async def test_a_process_that_ends_is_started_again(tmp_path: Path, lines: Lines) -> None:
    async with supervised(tmp_path, ENDS, Limits(first_back_off=0)):
        assert len(set(await lines(3))) >= 3


async def test_a_process_that_is_killed_is_started_again(tmp_path: Path, lines: Lines) -> None:
    async with supervised(tmp_path, STAYS, Limits(first_back_off=0)):
        [first] = await lines(1)
        os.kill(int(first), signal.SIGKILL)
        assert (await lines(2))[1] != first


async def test_the_back_off_doubles_up_to_its_bound(
    tmp_path: Path, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    async with supervised(tmp_path, ENDS, Limits(first_back_off=0.1, max_back_off=0.4)):
        await lines(5)
    assert back_offs(caplog)[:4] == ["0.1 s", "0.2 s", "0.4 s", "0.4 s"]


async def test_a_process_that_was_healthy_starts_with_the_first_back_off(
    tmp_path: Path, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    async with supervised(tmp_path, ENDS, Limits(first_back_off=0.1, max_back_off=0.4, healthy_after=0)):
        await lines(4)
    assert back_offs(caplog)[:3] == ["0.1 s", "0.1 s", "0.1 s"]


async def test_the_log_names_the_status_of_a_process_that_ended(
    tmp_path: Path, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    async with supervised(tmp_path, ENDS, Limits(first_back_off=0)):
        await lines(2)
    assert "the loader ended (status 3); starting it again in 0.0 s" in caplog.messages


async def test_at_the_end_the_process_may_finish(tmp_path: Path, lines: Lines) -> None:
    async with supervised(tmp_path, FINISHES, Limits()):
        [process_id] = await lines(1)
    assert await lines(2) == [process_id, "finished"]
    assert not is_running(int(process_id))


async def test_a_process_that_does_not_finish_in_time_is_killed(
    tmp_path: Path, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    async with supervised(tmp_path, IGNORES, Limits(max_time_to_finish=0)):
        [process_id] = await lines(1)
    assert not is_running(int(process_id))
    assert "did not end in time" in caplog.text


async def test_the_end_during_a_back_off_starts_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with supervised(tmp_path, ENDS, Limits(first_back_off=600)), asyncio.timeout(PATIENCE_SECONDS):
        while not back_offs(caplog):  # noqa: ASYNC110 -- only the log tells
            await asyncio.sleep(0.01)
    assert len((tmp_path / "notes").read_text("ascii").splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="SCHED_IDLE is Linux's")
async def test_the_process_gives_way_and_has_a_group_of_its_own(tmp_path: Path, lines: Lines) -> None:
    """Ctrl-C does not reach its group. It stays in the session: Linux compares priorities within one."""
    async with supervised(tmp_path, STAYS, Limits()):
        process_id = int((await lines(1))[0])
        assert os.getpgid(process_id) != os.getpgid(0)
        assert os.getsid(process_id) == os.getsid(0)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while os.sched_getscheduler(process_id) != os.SCHED_IDLE:  # noqa: ASYNC110 -- only the system tells
                await asyncio.sleep(0.01)


async def test_a_refused_priority_is_one_warning_and_a_killed_process_is_started_again(
    tmp_path: Path, lines: Lines, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd's SystemCallFilter refuses it. The drill does the same to a real receiver, with strace."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    async with supervised(tmp_path, STAYS, Limits(first_back_off=0)):
        for count in (1, 2):
            os.kill(int((await lines(count))[-1]), signal.SIGKILL)
        await lines(3)
    assert len([message for message in caplog.messages if "refuses to lower it" in message]) == 1


async def test_each_restart_is_counted(tmp_path: Path, lines: Lines) -> None:
    restarts: list[None] = []
    command = (sys.executable, "-c", ENDS, str(tmp_path / "notes"))
    supervising = asyncio.create_task(supervise(command, Limits(first_back_off=0), lambda: restarts.append(None)))
    await lines(3)
    assert len(restarts) >= 2
    supervising.cancel()
    with suppress(asyncio.CancelledError):
        await supervising


async def test_a_supervision_that_fails_leaves_no_process_behind(
    tmp_path: Path, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is begun again, and two loaders would get in each other's way."""

    def fail(*_: object) -> None:
        raise ValueError("not foreseen")

    monkeypatch.setattr(os, "sched_setscheduler", fail)
    with pytest.raises(ValueError, match="not foreseen"):
        await supervise((sys.executable, "-c", STAYS, str(tmp_path / "notes")))
    notes = tmp_path / "notes"  # the process may have been ended before it could note anything
    assert not notes.exists() or not is_running(int((await lines(1))[0]))


def test_the_loader_is_told_its_parent() -> None:
    """So it ends when the receiver was killed."""
    assert loader_command()[-2:] == ("--parent", str(os.getpid()))
