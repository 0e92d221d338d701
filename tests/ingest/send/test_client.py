"""Posting deliveries, against a real server on a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ingest.send.address import NoAddress
from ingest.send.client import SenderError, post_all
from ingest.signature import INFERRED
from warehouse.inbox.payload_file import NotPayloads

SECRET = "secret"


@dataclass
class Receiver:
    """Answers each delivery with the status that is its body, after noting it."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[tuple[str, ...]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(body)
        self.headers.append((request.headers["Content-Type"], request.headers.get("X-Webhook-Token", "")))
        self.signatures.append(request.headers["X-Webhook-Signature"])
        self.connections.add(request.transport)
        match body:
            case b"hang up":
                assert request.transport
                request.transport.close()
            case b"hang":
                await asyncio.Event().wait()
        return web.Response(status=int(body) if body.isdigit() else 200, headers={"Location": "/elsewhere"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks/zuddl", receiver.take)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/webhooks/zuddl"))
        yield receiver


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens: the port is taken, so that nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/webhooks/zuddl"


async def test_each_body_is_posted_once_and_byte_for_byte(receiver: Receiver) -> None:
    """No other connection than those allowed carries them, and none is lost between the workers."""
    bodies = [b"%d \xff" % number for number in range(100)]
    report = await post_all(bodies, url=receiver.url, secret=SECRET, concurrency=4)
    assert sorted(receiver.bodies) == sorted(bodies)
    assert (report.sent, report.accepted, report.is_all_accepted) == (100, 100, True)
    assert len(receiver.connections) <= 4


async def test_the_receiver_can_verify_the_signature(receiver: Receiver) -> None:
    """Over the exact bytes, with the secret's bytes."""
    await post_all([b'{"a": 1}'], url=receiver.url, secret="sécret")
    INFERRED.verify(["sécret".encode()], receiver.bodies[0], receiver.signatures[0].encode())


async def test_the_static_header_goes_along(receiver: Receiver) -> None:
    """With the content type, as Zuddl sends it."""
    await post_all([b"{}"], url=receiver.url, secret=SECRET, extra_header=("x-webhook-token", "abc123"))
    assert receiver.headers == [("application/json", "abc123")]


async def test_refusals_are_counted_by_status_and_never_tried_again(receiver: Receiver) -> None:
    """Zuddl promises no retry, so there is none here; nor is a redirect followed."""
    bodies = [b"200", b"401", b"503", b"503", b"413", b"302", b"204"]
    report = await post_all(bodies, url=receiver.url, secret=SECRET)
    assert sorted(receiver.bodies) == sorted(bodies)
    assert (report.sent, report.accepted, report.connection_errors) == (7, 1, 0)
    assert report.refused == {204: 1, 302: 1, 401: 1, 413: 1, 503: 2}
    assert not report.is_all_accepted


async def test_a_connection_that_breaks_is_a_failure_of_that_delivery_only(receiver: Receiver) -> None:
    """The others go on."""
    report = await post_all([b"{}", b"hang up", b"{}"], url=receiver.url, secret=SECRET, concurrency=1)
    assert (report.sent, report.accepted, report.connection_errors) == (3, 2, 1)
    assert not report.is_all_accepted


async def test_a_receiver_that_can_not_be_reached_is_named(nobody: str) -> None:
    """Before the first body is taken."""
    bodies = iter([b"{}"])
    with pytest.raises(SenderError, match=f"Nobody answers at {nobody}"):
        await post_all(bodies, url=nobody, secret=SECRET)
    assert list(bodies) == [b"{}"]


async def test_a_receiver_that_starts_late_is_waited_for() -> None:
    """`make demo` starts both at the same time."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/", receiver.take)
    has_asked = asyncio.Event()

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        has_asked.set()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as starting:
        port = starting.sockets[0].getsockname()[1]
        sending = asyncio.create_task(
            post_all([b"{}"], url=f"http://127.0.0.1:{port}/", secret=SECRET, wait_seconds=30)
        )
        await has_asked.wait()
    async with TestServer(app, port=port):
        report = await sending
    assert report.accepted == 1


@pytest.mark.parametrize("url", ["", "localhost:8000/x", "/webhooks/zuddl", "ftp://host/", "http://host:port/"])
async def test_what_is_no_web_address_is_named(url: str) -> None:
    """Rather than failing delivery by delivery."""
    with pytest.raises(NoAddress, match="is no web address"):
        await post_all([b"{}"], url=url, secret=SECRET)


async def test_an_address_with_a_password_is_refused_without_a_word_of_it() -> None:
    with pytest.raises(NoAddress, match="names a user") as refused:
        await post_all([b"{}"], url="https://ann:s3cret@events.example.org/", secret=SECRET)
    assert "s3cret" not in str(refused.value)


async def test_cancelling_reports_what_was_sent(receiver: Receiver) -> None:
    """Ctrl-C cancels; the delivery under way counts neither way."""
    two_are_sent = asyncio.Event()
    bodies = iter([b"{}", b"{}", b"hang", b"{}"])
    sending = asyncio.create_task(
        post_all(
            bodies,
            url=receiver.url,
            secret=SECRET,
            concurrency=1,
            on_sent=lambda sent: two_are_sent.set() if sent == 2 else None,
        )
    )
    await two_are_sent.wait()
    sending.cancel()
    report = await sending
    assert (report.sent, report.accepted, report.is_interrupted) == (2, 2, True)
    assert not report.is_all_accepted


async def test_progress_is_told_from_nothing_to_all(receiver: Receiver) -> None:
    """Refused deliveries are progress too."""
    told: list[int] = []
    await post_all([b"200", b"401", b"200"], url=receiver.url, secret=SECRET, rate=1000, on_sent=told.append)
    assert told == [0, 1, 2, 3]


async def test_nothing_to_send_is_all_accepted(receiver: Receiver) -> None:
    """An empty file is no failure, and has no latency."""
    report = await post_all([], url=receiver.url, secret=SECRET)
    assert (report.sent, report.is_all_accepted, report.latency_ms(0.5, 1)) == (0, True, [0.0, 0.0])


async def test_what_was_read_before_a_fault_of_the_file_is_sent_and_reported(receiver: Receiver) -> None:
    def bodies() -> Iterator[bytes]:
        yield from (b"{}", b"{}")
        raise NotPayloads("a.gz can't be read after payload 2")

    report = await post_all(bodies(), url=receiver.url, secret=SECRET)
    assert (report.sent, report.accepted, report.is_all_accepted) == (2, 2, False)
    assert report.fault
    assert "a.gz" in report.fault.message


async def test_it_gives_up_after_so_many_in_a_row_without_an_answer(receiver: Receiver) -> None:
    """One that is under way is not waited for: it counts as unanswered."""
    bodies = [b"200", b"hang", *[b"hang up"] * 100]
    report = await post_all(bodies, url=receiver.url, secret=SECRET, concurrency=2, give_up_after=5)
    assert (report.accepted, report.connection_errors, report.unanswered) == (1, 5, 6)


async def test_an_answer_in_between_is_a_new_beginning(receiver: Receiver) -> None:
    bodies = [b"hang up", b"503"] * 5
    report = await post_all(bodies, url=receiver.url, secret=SECRET, concurrency=1, give_up_after=2)
    assert report.sent == 10
