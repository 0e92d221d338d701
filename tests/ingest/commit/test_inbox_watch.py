"""Watching the inbox: when its loader is stuck, and that damage is repaired."""

import asyncio
import os
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ingest.commit.group_commit import GroupCommit
from ingest.commit.inbox_watch import SECONDS_FOR_THE_LOADER, is_loader_stuck, watch_inbox
from ingest.metrics import Metrics
from warehouse.inbox.notes import LastLoad
from warehouse.inbox.repair import kept_aside
from warehouse.inbox.sqlite_queue import Inbox


def microseconds_ago(seconds: float) -> int:
    """A time of receipt."""
    return int((time.time() - seconds) * 1e6)


@pytest.mark.parametrize(
    ("position", "waited_seconds", "is_stuck"),
    [
        (0, SECONDS_FOR_THE_LOADER + 1, True),
        (1, SECONDS_FOR_THE_LOADER + 1, False),
        (0, 0, False),
    ],
    ids=["waits for long", "is loaded", "waits for a moment"],
)
def test_the_loader_is_stuck_when_a_delivery_waits_for_long(
    position: int, waited_seconds: float, is_stuck: bool, tmp_path: Path
) -> None:
    with closing(Inbox(tmp_path / "inbox.sqlite", create=True)) as inbox:
        inbox.append([(microseconds_ago(waited_seconds), b"{}")])
        inbox.notes.add_load(LastLoad(position, 1, 1.0))
    assert is_loader_stuck(tmp_path / "inbox.sqlite") == is_stuck


async def test_damage_that_nobody_meets_is_found_at_the_start_and_repaired(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    with closing(Inbox(path, create=True)) as inbox:
        inbox.append([(number, b"x" * 2000) for number in range(1000)])
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 16_384 * 16_384)
        file.write(os.urandom(16_384))
    commit = GroupCommit(path, Metrics(), 1000)
    watching = asyncio.create_task(watch_inbox(path, commit))
    async with asyncio.timeout(30):
        while not kept_aside(path):  # noqa: ASYNC110 -- only the disk tells
            await asyncio.sleep(0.05)
    await commit.store(1, b"new")
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await commit.close()
    with closing(Inbox(path)) as inbox:
        assert inbox.last_id() == 1001
        assert 980 < len(inbox.read_after(0, max_count=2000, max_bytes=10**9)) <= 1000


async def test_an_inbox_removed_while_nothing_arrives_is_put_back_at_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    commit = GroupCommit(path, Metrics(), 1000)
    await commit.store(1, b"a")
    path.unlink()
    watching = asyncio.create_task(watch_inbox(path, commit))
    async with asyncio.timeout(30):
        while not path.exists():  # noqa: ASYNC110 -- only the disk tells
            await asyncio.sleep(0.05)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await commit.close()
    with closing(Inbox(path)) as inbox:
        assert [delivery.body for delivery in inbox.read_after(0, max_count=9, max_bytes=9)] == [b"a"]


@pytest.mark.parametrize("folder", ["gone", "x" * 300], ids=["an error of SQLite's", "an error of the system's"])
async def test_a_folder_that_is_gone_does_not_end_the_watch(
    folder: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    commit = GroupCommit(tmp_path, Metrics(), 1)
    watching = asyncio.create_task(watch_inbox(tmp_path / folder / "inbox.sqlite", commit))
    async with asyncio.timeout(30):
        while "could not be checked" not in caplog.text:  # noqa: ASYNC110 -- only the log tells
            await asyncio.sleep(0.05)
    assert not watching.done()
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await commit.close()
