"""The webhook's route: what is stored, what is refused, and how it is answered."""

import asyncio
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from httpx._types import HeaderTypes
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingest.commit.group_commit import GroupCommit
from ingest.metrics import Metrics
from ingest.receive.app import create_app
from ingest.receive.body import Bodies
from ingest.settings import ReceiverSettings
from ingest.signature import HEADER, sign
from tests.ingest.receiver import BODY, SECRET, URL, client_of, writer_of_this_process
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox

Stored = Callable[[], list[bytes]]


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
    async with client_of(create_app(settings, commit, Metrics())) as client:
        statuses = [
            (await client.post(URL, content=BODY, headers=headers)).status_code
            for headers in (signed, {**signed, "X-Webhook-Token": "abd"}, {**signed, "x-webhook-token": "abc"})
        ]
    assert statuses == [401, 401, 200]
    assert stored() == [BODY]


async def test_a_header_that_comes_twice_matches_nothing(env: dict[str, str], commit: GroupCommit) -> None:
    """Even when both are right: nobody has to choose between two signatures."""
    settings = ReceiverSettings.from_env({**env, "ZUDDL_AUTH_HEADER": "X-Webhook-Token: abc"})
    right, token = (HEADER, sign(SECRET, BODY)), ("X-Webhook-Token", "abc")
    others = [(HEADER.lower(), "sha256=00"), (HEADER, ""), right, token, ("x-webhook-token", "")]
    async with client_of(create_app(settings, commit, Metrics())) as client:
        statuses = [
            (await client.post(URL, content=BODY, headers=headers)).status_code
            for other in others
            for headers in ([right, token, other], [other, right, token])
        ]
        assert (await client.post(URL, content=BODY, headers=[right, token])).status_code == 200
    assert statuses == [401] * 10


async def test_the_webhook_takes_one_trailing_slash(client: AsyncClient, stored: Stored) -> None:
    answer = await client.post(f"{URL}/", content=BODY, headers={HEADER: sign(SECRET, BODY)})
    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})
    assert (await client.get(f"{URL}/")).status_code == 405
    assert stored() == [BODY]


@pytest.mark.parametrize(
    "path",
    ["/", f"{URL}//", f"/{URL}", "/webhooks/Zuddl", "/webhooks", f"{URL}/x", "/health/live", "/metrics", "/schema"],
)
async def test_a_post_anywhere_else_is_404_counted_and_logged(
    path: str, env: dict[str, str], commit: GroupCommit, stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics()
    async with client_of(create_app(ReceiverSettings.from_env(env), commit, metrics)) as client:
        answer = await client.post(f"http://receiver{path}", content=BODY, headers={HEADER: sign(SECRET, BODY)})
    assert (answer.status_code, answer.json()) == (404, {"detail": "deliveries go to /webhooks/zuddl"})
    [record] = [record for record in caplog.records if record.name == "ingest.receive.refusals"]
    assert record.__dict__["outcome"] == "wrong_path"
    assert record.__dict__["request_id"] == answer.headers["x-request-id"]
    assert metrics.registry.get_sample_value("ingest_deliveries_total", {"outcome": "wrong_path"}) == 1
    assert stored() == []


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


async def test_bodies_beyond_the_bound_on_all_are_503_and_the_others_are_stored(
    env: dict[str, str], commit: GroupCommit, stored: Stored
) -> None:
    """The room that a body took, even one that was refused, is free again after it."""
    settings, bodies = ReceiverSettings.from_env(env), Bodies(max_bytes=1000, max_bytes_being_read=1000)
    client = client_of(create_app(settings, commit, Metrics(), bodies=bodies))
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
    # No file of the inbox may grow any more: its writer's writes fail as they do on a full disk.
    resource.prlimit(writer_of_this_process(), resource.RLIMIT_FSIZE, (40_000, 40_000))
    body = b"x" * 1000
    answers = [await client.post(URL, content=body, headers={HEADER: sign(SECRET, body)}) for _ in range(20)]
    refused = answers[-1]
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert len(stored()) == sum(answer.status_code == 200 for answer in answers)


async def test_deliveries_at_the_same_time_are_each_stored_once(client: AsyncClient, stored: Stored) -> None:
    bodies = [b"%d" % number for number in range(50)]
    answers = await asyncio.gather(
        *(client.post(URL, content=body, headers={HEADER: sign(SECRET, body)}) for body in bodies)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(stored()) == sorted(bodies)


@pytest.mark.parametrize(
    "coding", ["gzip", " GZip\t", "br", "zstd", "deflate", "x-gzip", "identity, gzip", "gzip,utf-8"]
)
async def test_a_compressed_body_is_415(coding: str, client: AsyncClient, stored: Stored) -> None:
    headers = {HEADER: sign(SECRET, BODY), "Content-Encoding": coding}
    assert (await client.post(URL, content=BODY, headers=headers)).status_code == 415
    assert stored() == []


async def test_a_compression_in_the_second_header_is_415_too(client: AsyncClient, stored: Stored) -> None:
    headers = [(HEADER, sign(SECRET, BODY)), ("Content-Encoding", "br"), ("Content-Encoding", "identity")]
    assert (await client.post(URL, content=BODY, headers=headers)).status_code == 415
    assert stored() == []


async def test_a_body_compressed_for_the_way_is_415(client: AsyncClient, stored: Stored) -> None:
    headers = {HEADER: sign(SECRET, BODY), "Transfer-Encoding": "gzip, chunked"}
    assert (await client.post(URL, content=BODY, headers=headers)).status_code == 415
    assert stored() == []


@pytest.mark.parametrize(
    "coding",
    ["identity", "Identity", "none", "", " ", "utf-8", "UTF-8", "\tutf8 ", "identity, none", ",", "8bit", "json"],
)
async def test_a_coding_that_compresses_nothing_is_no_reason_to_refuse(
    coding: str, client: AsyncClient, stored: Stored
) -> None:
    headers = {HEADER: sign(SECRET, BODY), "Content-Encoding": coding}
    assert (await client.post(URL, content=BODY, headers=headers)).status_code == 200
    assert stored() == [BODY]


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
