"""A receiver in this process, on an inbox of the test's own."""

from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from httpx import AsyncClient

from ingest.commit.group_commit import GroupCommit
from ingest.metrics import Metrics
from ingest.receive.app import create_app
from ingest.settings import ReceiverSettings
from tests.ingest.receiver import SECRET, client_of
from warehouse.inbox.sqlite_queue import Inbox


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"ZUDDL_WEBHOOK_SECRET": SECRET, "DATA_DIR": str(tmp_path), "MAX_BODY_BYTES": "1000"}


@pytest.fixture
async def commit(tmp_path: Path) -> AsyncIterator[GroupCommit]:
    opened = GroupCommit(tmp_path / "inbox.sqlite", Metrics(), 100_000)
    await opened.prove_write()  # which makes the file
    yield opened
    await opened.close()


@pytest.fixture
async def client(env: dict[str, str], commit: GroupCommit) -> AsyncIterator[AsyncClient]:
    async with client_of(create_app(ReceiverSettings.from_env(env), commit, Metrics())) as opened:
        yield opened


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[], list[bytes]]:
    """Bodies in the inbox."""

    def read() -> list[bytes]:
        with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
            return [delivery.body for delivery in inbox.read_after(0, max_count=100, max_bytes=10**9)]

    return read
