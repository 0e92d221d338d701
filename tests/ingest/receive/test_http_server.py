"""The bounds of a connection, met by raw bytes on a real port."""

import asyncio
import gc
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest

from ingest.metrics import Metrics
from ingest.receive.connection import BoundedConnection
from ingest.receive.limits import Limits
from tests.ingest.receiver import echo, serving

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"
# The server hangs up after the answer to these.
LAST_GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
LAST_POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
# Only a server that hangs takes so long.
PATIENCE_SECONDS = 60

Exchange = Callable[..., Awaitable[bytes]]


# Long before the end of this body the sender has been refused.
BIG = b"x" * 8_000_000


async def refuse_unread(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG001 -- ASGI leaves them open
    """Answers a request without a look at its body."""
    await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"6")]})
    await send({"type": "http.response.body", "body": b"enough"})


async def exchange_at(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Send these bytes, one piece after another, and read until the server hangs up."""
    answer = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(*address)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                # The pieces should arrive apart. Pieces that arrive together get the same answer.
                await asyncio.sleep(0.02)
            while chunk := await reader.read(65536):
                answer += chunk
        except ConnectionError:  # the server hung up before it had read everything
            pass
    writer.close()
    return answer


async def write_until_hung_up_on(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send these bytes again and again, until the server ends the connection."""
    with suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                writer.write(data)
                await writer.drain()
                await asyncio.sleep(0)
    writer.close()


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with serving(Limits()) as address:
        yield partial(exchange_at, address)


async def test_a_request_in_pieces_is_answered(exchange: Exchange) -> None:
    answer = await exchange(*(bytes([byte]) for byte in LAST_POST[:20]), LAST_POST[20:], b"bo", b"dy")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"/body")


async def test_requests_sent_ahead_are_answered_in_turn(exchange: Exchange) -> None:
    answer = await exchange((POST + b"body") * 3 + LAST_GET)
    assert [part[-5:] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b"/body"] * 3 + [b"\r\n\r\n/"]


async def test_a_head_that_is_too_long_is_400(exchange: Exchange) -> None:
    answer = await exchange(b"GET / HTTP/1.1\r\n", *[b"X: " + b"a" * 30_000 + b"\r\n"] * 4)
    assert answer.startswith(b"HTTP/1.1 400")


async def test_many_long_heads_on_one_connection_are_fine(exchange: Exchange) -> None:
    long = b"X: " + b"a" * 40_000 + b"\r\n\r\n"
    assert (await exchange(GET[:-2] + long, GET[:-2] + long, LAST_GET[:-2] + long)).count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00", b"GET\x00 / HTTP/1.1\r\n\r\n"], ids=["tls", "nul"])
async def test_what_is_no_http_is_400(junk: bytes, exchange: Exchange) -> None:
    assert (await exchange(junk)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "pieces",
    [(), (GET[:10],), (GET, GET[:10]), (b"\r\n", b"\r\n")],
    ids=["nothing at all", "the beginning of a head", "after a request", "only line ends"],
)
async def test_a_sender_that_does_not_finish_a_head_in_time_is_hung_up_on(pieces: tuple[bytes, ...]) -> None:
    async with serving(Limits(max_seconds_for_head=0.2)) as address:
        answer = (await exchange_at(address, *pieces)).partition(b"HTTP/1.1 408")[2]
    assert b"\r\nx-request-id: " in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_a_sender_that_does_not_finish_a_body_in_time_is_hung_up_on() -> None:
    async with serving(Limits(max_seconds_for_body=0.2)) as address:
        assert (await exchange_at(address, POST, b"bo")).startswith(b"HTTP/1.1 408")


async def test_a_sender_that_has_stopped_within_a_body_at_the_servers_end_gets_a_408() -> None:
    async with serving(Limits(max_seconds_for_last_body=0.2)) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(POST + b"bo")
        await asyncio.sleep(0.1)
    assert (await reader.read()).startswith(b"HTTP/1.1 408")
    writer.close()


async def test_a_body_that_is_completed_after_the_server_was_told_to_end_is_answered() -> None:
    async with serving(Limits()) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(POST + b"bo")
        await asyncio.sleep(0.1)
        asyncio.get_running_loop().call_later(0.5, writer.write, b"dy")
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"/body")
    writer.close()


async def test_a_400_carries_the_id_of_its_line_in_the_log_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    async with serving(Limits(), metrics=metrics) as address:
        answer = await exchange_at(address, b"no http\r\n\r\n")
    [record] = [record for record in caplog.records if record.name == "ingest.receive.refusals"]
    assert f"x-request-id: {record.__dict__['request_id']}\r\n".encode() in answer
    assert answer.endswith(b'{"detail":"the request is no HTTP/1.1"}')
    assert metrics.registry.get_sample_value("ingest_deliveries_total", {"outcome": "bad_request"}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        b"Transfer-Encoding: chunked\r\nContent-Length: 4",
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        b"Content-Length: 4\r\nContent-Length: 4",
        b"Content-Length: 4\r\nContent-Length: 5",
        b"Content-Length: 4, 4",
        b"Content-Length: +4",
        b"Content-Length: 0x4",
        b"Content-Length : 4",
        b"Content-Length:\r\n 4",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ],
)
async def test_a_body_whose_length_could_be_read_in_two_ways_is_400(headers: bytes, exchange: Exchange) -> None:
    answer = await exchange(b"POST / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n0\r\n\r\n" + LAST_GET)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("target", [b"CONNECT localhost:80", b"CONNECT /", b"POST http://"])
async def test_a_target_without_a_path_is_400(target: bytes, exchange: Exchange) -> None:
    assert (await exchange(target + b" HTTP/1.1\r\nHost: x\r\n\r\n" + LAST_GET)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "offer",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ",
        b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
        b"Upgrade: TLS/1.0, x/2\r\nUpgrade: y\r\nConnection: keep-alive, Upgrade",
        b"Connection: upgrade",
        b"Upgrade: h2c",
    ],
)
async def test_an_offer_of_another_protocol_is_ignored_and_the_body_stays_whole(
    offer: bytes, exchange: Exchange
) -> None:
    request = b"POST / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\nContent-Length: 4\r\n\r\nbody"
    in_chunks = b"POST / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    without_body = b"GET / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n\r\n"
    answer = await exchange(request, request + without_body, in_chunks + b"4\r\nbody\r\n0\r\n\r\n", LAST_GET)
    bodies = [part.rpartition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"/body", b"/body", b"/", b"/body", b"/"]


async def test_an_offer_in_pieces_is_ignored_as_well(exchange: Exchange) -> None:
    request = LAST_POST.replace(b"close", b"upgrade, close\r\nUpgrade: h2c") + b"body"
    assert (await exchange(*(bytes([byte]) for byte in request))).endswith(b"/body")


async def test_thousands_of_offers_sent_ahead_are_each_answered(exchange: Exchange) -> None:
    offer = b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    assert (await exchange(offer * 3000 + LAST_GET)).count(b"HTTP/1.1 200 OK") == 3001


async def test_blanks_around_a_headers_value_are_no_part_of_it() -> None:
    async def show(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI leaves them open
        await refuse_unread(scope, receive, send)
        seen.append(dict(scope["headers"]))

    seen: list[dict[bytes, bytes]] = []
    async with serving(Limits(), show) as address:
        await exchange_at(address, b"GET / HTTP/1.1\r\nA: \t v \t \r\nB:x y\t\r\nC: \t\r\nConnection: close\r\n\r\n")
    assert seen == [{b"a": b"v", b"b": b"x y", b"c": b"", b"connection": b"close"}]


async def test_a_trailer_is_no_header() -> None:
    async def show(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI leaves them open
        await echo(scope, receive, send)
        seen.append([name for name, _ in scope["headers"]])

    seen: list[list[bytes]] = []
    head = b"POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving(Limits(), show) as address:
        answer = await exchange_at(address, head + b"4\r\nbody\r\n0\r\nX-Webhook-Signature: a\r\n\r\n")
    assert answer.endswith(b"/body")
    assert seen == [[b"connection", b"transfer-encoding"]]


async def test_a_trailer_that_is_too_long_is_400(exchange: Exchange) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n"
    answer = await exchange(head, *[b"X: " + b"a" * 30_000 + b"\r\n"] * 4)
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7a1200\r\n",
        b"POST / HTTP/1.0\r\nContent-Length: 8000000\r\n\r\n",
    ],
    ids=["length", "chunks", "http/1.0"],
)
async def test_a_sender_that_reads_only_after_its_whole_body_sees_why_it_was_refused(head: bytes) -> None:
    async with serving(Limits(), refuse_unread) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(head + BIG)
        await writer.drain()
        assert (await reader.read()).endswith(b"enough")
        writer.close()


async def test_a_sender_of_what_is_no_http_sees_the_400_after_all_of_it(exchange: Exchange) -> None:
    assert (await exchange(b"\x16\x03\x01" + BIG)).startswith(b"HTTP/1.1 400")


async def test_a_sender_whose_body_comes_too_late_sees_the_408_after_all_of_it() -> None:
    async with serving(Limits(max_seconds_for_body=0.1)) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.write(BIG)
        await writer.drain()
        assert (await reader.read()).endswith(b"\r\n\r\n")
        writer.close()


@pytest.mark.parametrize("bounds", [{"max_bytes_to_discard": 1_000_000}, {"max_seconds_to_linger": 0.1}])
async def test_a_body_without_end_is_hung_up_on_after_its_refusal(bounds: dict[str, Any]) -> None:
    async with serving(Limits(**bounds), refuse_unread) as address:
        _, writer = await asyncio.open_connection(*address)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        await write_until_hung_up_on(writer, b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


async def test_a_client_that_reads_no_answers_is_hung_up_on() -> None:
    async def tell_much(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG001 -- ASGI leaves them open
        body = b"x" * 100_000_000
        headers = [(b"content-length", b"100000000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async with serving(Limits(max_seconds_for_answer=0.2), tell_much) as address:
        _, writer = await asyncio.open_connection(*address, limit=1000)
        writer.write(LAST_POST)
        await write_until_hung_up_on(writer, b"\r\n")


async def test_a_sender_that_ends_its_side_after_the_request_is_answered() -> None:
    async def slowly(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI leaves them open
        await asyncio.sleep(0.1)  # the end arrives before the answer
        await echo(scope, receive, send)

    async with serving(Limits(), slowly) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(POST + b"body" + POST + b"body")
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_SECONDS / 10):
            assert (await reader.read()).count(b"/body") == 2
        writer.close()


async def test_what_follows_a_complete_request_takes_nothing_from_its_answer(exchange: Exchange) -> None:
    """The request is answered, and only then is the connection closed. No other answer comes before."""
    answer = await exchange(POST + b"body\x00junk" + GET)
    assert answer.endswith(b"/body")
    assert answer.count(b"HTTP/1.1 ") == 1


class Connections:
    """Connections to one server, which stay open."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._opened: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def send(self, name: str, data: bytes) -> None:
        """Send these bytes on the connection of that name. The server has taken note of them."""
        if name not in self._opened:
            self._opened[name] = await asyncio.open_connection(*self._address)
        self._opened[name][1].write(data)
        await asyncio.sleep(0.05)

    async def is_answered(self, name: str) -> bool:
        """Whether the next that comes on it is an answer of 200; else it is the end."""
        try:
            line = await asyncio.wait_for(self._opened[name][0].readline(), PATIENCE_SECONDS)
        except ConnectionError:
            return False
        assert line in {b"", b"HTTP/1.1 200 OK\r\n"}
        if line:
            await self._opened[name][0].readuntil(b"\r\n\r\n/")
        return bool(line)

    def close(self) -> None:
        """Close all."""
        for _, writer in self._opened.values():
            writer.close()


@asynccontextmanager
async def at_most_two(**bounds: Any) -> AsyncIterator[Connections]:  # noqa: ANN401 -- numbers of all kinds
    """Connections to a server that has room for two of them."""
    async with serving(Limits(max_connections=2, **bounds)) as address:
        connections = Connections(address)
        yield connections
        connections.close()


async def test_beyond_the_bound_the_connection_that_has_been_idle_longest_is_hung_up_on() -> None:
    async with at_most_two() as connections:
        for name in ("a", "b", "a"):
            await connections.send(name, GET)
            assert await connections.is_answered(name)
        await connections.send("c", GET)
        assert await connections.is_answered("c")
        assert not await connections.is_answered("b")
        await connections.send("a", GET)
        assert await connections.is_answered("a")


async def test_a_connection_in_the_middle_of_a_request_is_not_idle() -> None:
    async with at_most_two() as connections:
        await connections.send("a", POST + b"bo")
        for name in ("b", "c", "d"):
            await connections.send(name, GET)
            assert await connections.is_answered(name)
        await connections.send("a", b"dy")
        assert await connections.is_answered("a")


async def test_when_none_is_idle_the_newest_connection_is_hung_up_on() -> None:
    async with at_most_two() as connections:
        for name in ("a", "b"):
            await connections.send(name, POST + b"bo")
        await connections.send("c", GET)
        assert not await connections.is_answered("c")
        for name in ("a", "b"):
            await connections.send(name, b"dy")
            assert await connections.is_answered(name)


async def test_a_byte_of_a_head_now_and_then_keeps_no_connection_from_being_idle() -> None:
    async with at_most_two() as connections:
        await connections.send("a", GET[:10])
        await connections.send("b", GET)
        await connections.send("a", GET[10:11])
        await connections.send("c", GET)
        assert await connections.is_answered("c")
        assert not await connections.is_answered("a")
        assert await connections.is_answered("b")


async def test_a_connection_that_lingers_after_its_refusal_makes_room() -> None:
    async with at_most_two(max_seconds_for_body=0.01) as connections:
        for name in ("a", "b"):
            await connections.send(name, POST + b"bo")
        for name in ("c", "d"):
            await connections.send(name, GET)
            assert await connections.is_answered(name)


@pytest.mark.parametrize("way", ["closed", "reset", "refused", "lingering", "offered"])
async def test_a_connection_that_is_gone_takes_no_memory(way: str) -> None:
    """No cycle of references is left to the garbage collector, which the receiver runs seldom, and no timer."""
    requests = {
        "refused": b"no http\r\n",
        "lingering": POST + b"bo",
        "offered": GET[:-2] + b"Connection: upgrade\r\nUpgrade: x\r\n\r\n",
    }
    async with serving(Limits(max_seconds_for_body=0.01, max_seconds_to_linger=0.05)) as address:
        gc.collect()
        gc.disable()
        reader, writer = await asyncio.open_connection(*address)
        writer.write(requests.get(way, GET))
        await reader.readuntil(b"\r\n\r\n")
        if way == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if way != "lingering":
            writer.close()
        for _ in range(100):
            await asyncio.sleep(0.02)
            left = sum(isinstance(thing, BoundedConnection) for thing in gc.get_objects())
            if left == 0:
                break
        gc.enable()
        writer.close()
    assert left == 0


async def test_an_idle_connection_is_kept_for_its_time_and_then_closed() -> None:
    async with serving(Limits(max_seconds_idle=0.3, max_seconds_for_head=0.1)) as address:
        assert (await exchange_at(address, GET)).count(b"HTTP/1.1 ") == 1


def test_an_idle_connection_is_kept_longer_than_the_usual_proxies_keep_it() -> None:
    assert Limits().max_seconds_idle > 120
