"""The webhook's route: what is stored, what is refused, and how it is answered."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from httpx._types import HeaderTypes

from ingest import group_commit
from ingest.app import create_app
from ingest.group_commit import GroupCommit, TooManyWaiting
from ingest.settings import ReceiverSettings
from ingest.signature import HEADER, sign
from warehouse.inbox import Inbox

Stored = Callable[[], list[bytes]]

SECRET = "secret"
BODY = b'{"action": "LOGIN"}'
URL = "/webhooks/zuddl"


def client_of(settings: ReceiverSettings, commit: GroupCommit) -> AsyncClient:
    """A client of the application, without a server between; the processes are tested in e2e."""
    return AsyncClient(transport=ASGITransport(create_app(settings, commit)), base_url="http://receiver")  # type: ignore[arg-type]  # two spellings of ASGI


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"ZUDDL_WEBHOOK_SECRET": SECRET, "DATA_DIR": str(tmp_path), "MAX_BODY_BYTES": "1000"}


@pytest.fixture
async def commit(tmp_path: Path) -> AsyncIterator[GroupCommit]:
    opened = GroupCommit.open(tmp_path / "inbox.sqlite")
    yield opened
    opened.close()


@pytest.fixture
async def client(env: dict[str, str], commit: GroupCommit) -> AsyncIterator[AsyncClient]:
    async with client_of(ReceiverSettings.from_env(env), commit) as opened:
        yield opened


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Bodies in the inbox."""

    def read() -> list[bytes]:
        with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
            return [delivery.body for delivery in inbox.read_after(0, most=100, most_bytes=10**9)]

    return read


def fill_disk(commit: GroupCommit) -> None:
    """SQLite meets its limit of pages, and answers as it does on a full disk."""
    commit._inbox._connection.execute("PRAGMA max_page_count = 1")  # noqa: SLF001 -- no other way to a real SQLITE_FULL


async def test_a_signed_delivery_is_answered_200_and_is_in_the_inbox_byte_for_byte(
    client: AsyncClient, stored: Stored
) -> None:
    answer = await client.post(URL, content=BODY, headers={HEADER: sign(SECRET, BODY)})
    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})
    assert stored() == [BODY]


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff\x00", b"[]"], ids=["empty", "text", "bytes", "list"])
async def test_a_signed_delivery_is_never_refused_for_its_content(
    body: bytes, client: AsyncClient, stored: Stored
) -> None:
    answer = await client.post(URL, content=body, headers={HEADER: sign(SECRET, body)})
    assert answer.status_code == 200
    assert stored() == [body]


@pytest.mark.parametrize(
    "headers",
    [{}, {HEADER: "sha256=00"}, {HEADER: sign("other", BODY)}, [(HEADER.encode(), "sha256=ü".encode())]],
    ids=["missing", "malformed", "another secret", "non-ascii"],
)
async def test_a_wrong_signature_is_401_and_nothing_is_stored(
    headers: HeaderTypes, client: AsyncClient, stored: Stored
) -> None:
    answer = await client.post(URL, content=BODY, headers=headers)
    assert answer.status_code == 401
    assert stored() == []


async def test_the_static_header_is_demanded_besides(env: dict[str, str], commit: GroupCommit, stored: Stored) -> None:
    settings = ReceiverSettings.from_env({**env, "ZUDDL_AUTH_HEADER": "X-Webhook-Token: abc"})
    signed = {HEADER: sign(SECRET, BODY)}
    async with client_of(settings, commit) as client:
        statuses = [
            (await client.post(URL, content=BODY, headers=headers)).status_code
            for headers in (signed, {**signed, "X-Webhook-Token": "abd"}, {**signed, "x-webhook-token": "abc"})
        ]
    assert statuses == [401, 401, 200]
    assert stored() == [BODY]


async def test_a_body_over_the_limit_is_413(client: AsyncClient, stored: Stored) -> None:
    body = b"x" * 1001
    answer = await client.post(URL, content=body, headers={HEADER: sign(SECRET, body)})
    assert answer.status_code == 413
    assert stored() == []


async def test_a_body_over_the_limit_without_a_length_is_413(client: AsyncClient, stored: Stored) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    answer = await client.post(URL, content=chunks(), headers={HEADER: sign(SECRET, b"x" * 1100)})
    assert answer.status_code == 413
    assert stored() == []


async def test_a_body_of_exactly_the_limit_is_stored(client: AsyncClient, stored: Stored) -> None:
    body = b"x" * 1000
    answer = await client.post(URL, content=body, headers={HEADER: sign(SECRET, body)})
    assert answer.status_code == 200
    assert stored() == [body]


async def test_another_method_is_405(client: AsyncClient) -> None:
    answer = await client.get(URL)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_what_the_full_disk_refuses_is_503_with_retry_after(
    client: AsyncClient, commit: GroupCommit, stored: Stored
) -> None:
    fill_disk(commit)
    body = b"x" * 1000
    answers = [await client.post(URL, content=body, headers={HEADER: sign(SECRET, body)}) for _ in range(20)]
    refused = answers[-1]
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert len(stored()) == sum(answer.status_code == 200 for answer in answers)


async def test_concurrent_deliveries_share_a_transaction_and_each_is_stored_once(
    client: AsyncClient, stored: Stored
) -> None:
    bodies = [json.dumps({"action": "LOGIN", "number": number}).encode() for number in range(50)]
    answers = await asyncio.gather(
        *(client.post(URL, content=body, headers={HEADER: sign(SECRET, body)}) for body in bodies)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(stored()) == sorted(bodies)


async def test_beyond_the_bound_a_delivery_is_refused_at_once(
    commit: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MOST_WAITING_BYTES", 0)
    with pytest.raises(TooManyWaiting):
        commit.store(1, BODY)


async def test_closing_stores_what_still_waits(tmp_path: Path, stored: Stored) -> None:
    commit = GroupCommit.open(tmp_path / "inbox.sqlite")
    futures = [commit.store(number, BODY) for number in range(20)]
    commit.close()
    await asyncio.gather(*futures)
    assert stored() == [BODY] * 20


@pytest.mark.parametrize(("path", "status"), [("/health/live", "live"), ("/health/ready", "ready")])
async def test_health(path: str, status: str, client: AsyncClient) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": status})


async def test_the_schema_describes_the_webhooks_request_and_answers(client: AsyncClient) -> None:
    operation = (await client.get("/schema/openapi.json")).json()["paths"][URL]["post"]
    assert operation["parameters"][0]["name"] == HEADER
    assert sorted(operation["responses"]) == ["200", "401", "413", "503"]
