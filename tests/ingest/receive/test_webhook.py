"""The webhook's route: what is stored, what is refused, and how it is answered."""

import asyncio
import json
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from httpx._types import HeaderTypes
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingest.commit import group_commit
from ingest.commit.group_commit import GroupCommit, NotStored, TooManyWaiting
from ingest.metrics import Metrics
from ingest.receive import body, refusals
from ingest.receive.app import create_app
from ingest.settings import ReceiverSettings
from ingest.signature import HEADER, sign
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox

Stored = Callable[[], list[bytes]]

SECRET = "secret"
BODY = b'{"action": "LOGIN"}'
URL = "/webhooks/zuddl"


def client_of(settings: ReceiverSettings, commit: GroupCommit) -> AsyncClient:
    """A client of the application, without a server between; the processes are tested in e2e."""
    return AsyncClient(transport=ASGITransport(create_app(settings, commit, Metrics())), base_url="http://receiver")  # type: ignore[arg-type]  # two spellings of ASGI


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
    async with client_of(ReceiverSettings.from_env(env), commit) as opened:
        yield opened


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Bodies in the inbox."""

    def read() -> list[bytes]:
        with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
            return [delivery.body for delivery in inbox.read_after(0, max_count=100, max_bytes=10**9)]

    return read


def writer_of_this_process() -> int:
    """The process id of the inbox's writer, which is the only child."""
    children = [path.read_text("ascii").split() for path in Path("/proc/self/task").glob("*/children")]
    [writer] = [int(child) for its in children for child in its]
    return writer


def fill_disk() -> None:
    """No file of the inbox may grow any more: its writer's writes fail as they do on a full disk."""
    resource.prlimit(writer_of_this_process(), resource.RLIMIT_FSIZE, (40_000, 40_000))


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


async def test_bodies_beyond_the_bound_on_all_together_are_503_and_the_others_are_stored(
    client: AsyncClient, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that a body took, also one that was refused, is free again after it."""
    monkeypatch.setattr(body, "MAX_BYTES_BEING_READ", 1000)
    is_under_way, may_end = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"a" * 600
        is_under_way.set()
        await may_end.wait()
        yield b"a"

    async def in_two_pieces() -> AsyncIterator[bytes]:
        yield b"b" * 300
        yield b"b" * 300

    async def post(content: bytes | AsyncIterator[bytes], whole: bytes) -> tuple[int, str | None]:
        answer = await client.post(URL, content=content, headers={HEADER: sign(SECRET, whole)})
        return answer.status_code, answer.headers.get("retry-after")

    slow = asyncio.create_task(post(slowly(), b"a" * 601))
    await is_under_way.wait()
    assert await post(in_two_pieces(), b"b" * 600) == (503, "5")
    assert await post(b"c" * 300, b"c" * 300) == (200, None)
    may_end.set()
    assert await slow == (200, None)
    assert await post(in_two_pieces(), b"d" * 600) == (401, None)
    assert await post(in_two_pieces(), b"b" * 600) == (200, None)
    assert {b"a" * 601, b"b" * 600, b"c" * 300} == set(stored())


async def test_a_body_of_exactly_the_limit_is_stored(client: AsyncClient, stored: Stored) -> None:
    body = b"x" * 1000
    answer = await client.post(URL, content=body, headers={HEADER: sign(SECRET, body)})
    assert answer.status_code == 200
    assert stored() == [body]


async def test_another_method_is_405(client: AsyncClient) -> None:
    answer = await client.get(URL)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_what_the_full_disk_refuses_is_503_with_retry_after(client: AsyncClient, stored: Stored) -> None:
    fill_disk()
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
    monkeypatch.setattr(group_commit, "MAX_WAITING_BYTES", 0)
    with pytest.raises(TooManyWaiting):
        commit.store(1, BODY)


async def test_closing_stores_what_still_waits(tmp_path: Path, stored: Stored) -> None:
    commit = GroupCommit(tmp_path / "inbox.sqlite", Metrics(), 100_000)
    futures = [commit.store(number, BODY) for number in range(20)]
    await commit.close()
    await asyncio.gather(*futures)
    assert stored() == [BODY] * 20


async def test_a_writer_that_dies_costs_no_acknowledged_delivery_and_is_started_again(
    commit: GroupCommit, stored: Stored
) -> None:
    await commit.store(1, b"before")
    os.kill(writer_of_this_process(), signal.SIGKILL)
    with pytest.raises(NotStored):
        await commit.store(2, b"meanwhile")
    await commit.store(3, b"after")
    assert stored() == [b"before", b"after"]


@pytest.mark.parametrize(("path", "status"), [("/health/live", "live"), ("/health/ready", "ready")])
async def test_health(path: str, status: str, client: AsyncClient) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": status})


async def test_the_schema_describes_the_webhooks_request_and_answers(client: AsyncClient) -> None:
    operation = (await client.get("/schema/openapi.json")).json()["paths"][URL]["post"]
    assert operation["parameters"][0]["name"] == HEADER
    assert sorted(operation["responses"]) == ["200", "401", "408", "413", "415", "503"]


async def test_a_compressed_body_is_415(client: AsyncClient, stored: Stored) -> None:
    headers = {HEADER: sign(SECRET, BODY), "Content-Encoding": "gzip"}
    assert (await client.post(URL, content=BODY, headers=headers)).status_code == 415
    assert stored() == []


def test_no_header_and_no_body_is_worse_than_a_4xx(env: dict[str, str], tmp_path: Path) -> None:
    """Whatever an unauthenticated sender sends, it is refused, and nothing of it is a delivery."""
    metrics = Metrics()

    async def open_inbox() -> GroupCommit:
        return GroupCommit(tmp_path / "inbox.sqlite", metrics, 100_000)

    with asyncio.Runner() as runner:
        commit = runner.run(open_inbox())
        app = create_app(ReceiverSettings.from_env(env), commit, metrics)

        @given(
            headers=st.lists(
                st.tuples(st.from_regex(rb"[A-Za-z-]{1,20}", fullmatch=True), st.binary(max_size=50)), max_size=5
            ),
            signature=st.binary(max_size=100),
            body=st.binary(max_size=1500),
        )
        @hypothesis_settings(max_examples=150)
        def is_refused(headers: list[tuple[bytes, bytes]], signature: bytes, body: bytes) -> None:
            statuses: list[int] = []

            async def receive() -> Any:  # noqa: ANN401 -- an ASGI message
                return {"type": "http.request", "body": body, "more_body": False}

            async def send(message: Any) -> None:  # noqa: ANN401 -- an ASGI message
                statuses.append(message.get("status"))

            async def post() -> None:
                raw = [(HEADER.lower().encode(), signature), *((name.lower(), value) for name, value in headers)]
                scope: Any = {"type": "http", "method": "POST", "path": URL, "headers": raw}
                await app(scope, receive, send)

            runner.run(post())
            assert 400 <= statuses[0] < 500

        is_refused()
        runner.run(commit.close())
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert inbox.last_id() == 0


async def test_a_refused_delivery_is_set_aside_and_accepted_once_it_verifies(
    client: AsyncClient, commit: GroupCommit, stored: Stored, tmp_path: Path
) -> None:
    """A wrong secret costs nothing: the same bytes go through the same door later, once."""
    await client.post(URL, content=BODY, headers={HEADER: sign("right", BODY)})
    await client.post(URL, content=b"forged", headers={HEADER: "sha256=00"})
    await commit.close()
    assert stored() == []
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert inbox.set_aside.count_and_bytes() == (2, len(BODY) + len(b"forged"))

        def is_verified(delivery: Unverified) -> bool:
            return delivery.signature == sign("right", delivery.body).encode()

        assert [inbox.set_aside.accept(is_verified) for _ in range(2)] == [1, 0]
        assert inbox.set_aside.count_and_bytes() == (1, len(b"forged"))
    assert stored() == [BODY]


async def test_what_is_set_aside_at_once_is_bounded_and_the_rest_counted(
    commit: GroupCommit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(group_commit, "SET_ASIDE_MAX_AT_ONCE", 3)
    for number in range(5):
        commit.set_aside(Unverified(number, None, b"x"))
    await commit.close()
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert inbox.set_aside.count_and_bytes() == (3, 3)
    assert commit._metrics.registry.get_sample_value("ingest_set_aside_dropped_total") == 2  # noqa: SLF001 -- its count


async def test_metrics_count_deliveries_by_outcome_and_say_what_waits(env: dict[str, str], tmp_path: Path) -> None:
    metrics, settings = Metrics(), ReceiverSettings.from_env(env)
    commit = GroupCommit(tmp_path / "inbox.sqlite", metrics, 100_000)
    metrics.watch(settings.warehouse, lambda: commit.queue_depth)
    transport = ASGITransport(create_app(settings, commit, metrics))  # type: ignore[arg-type]  # two spellings of ASGI
    async with AsyncClient(transport=transport, base_url="http://receiver") as client:
        await client.post(URL, content=BODY, headers={HEADER: sign(SECRET, BODY)})
        await client.post(URL, content=BODY, headers={HEADER: "sha256=00"})
        text = (await client.get("/metrics")).text
    await commit.close()
    for line in (
        'ingest_deliveries_total{outcome="stored"} 1.0',
        'ingest_deliveries_total{outcome="bad_signature"} 1.0',
        "ingest_commit_deliveries_count 1.0",
        "ingest_queue_deliveries 0.0",
        "ingest_inbox_backlog_deliveries 1.0",
        "ingest_disk_free_bytes",
    ):
        assert line in text


async def test_a_refusals_request_id_stands_in_the_log_and_nothing_of_the_body_does(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.post(URL, content=b"ann@example.org", headers={HEADER: "sha256=secret-looking"})
    [record] = [record for record in caplog.records if record.name == "ingest.receive.refusals"]
    assert record.__dict__["request_id"] == answer.headers["x-request-id"]
    assert "ann@example.org" not in str(record.__dict__)
    assert "secret-looking" not in str(record.__dict__)


async def test_refusals_are_logged_up_to_a_bound(
    client: AsyncClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MAX_LOGGED_A_MINUTE", 3)
    monkeypatch.setattr(refusals, "now", lambda: 1.0)
    for _ in range(10):
        await client.post(URL, content=BODY)
    assert len([record for record in caplog.records if record.name == "ingest.receive.refusals"]) == 4
