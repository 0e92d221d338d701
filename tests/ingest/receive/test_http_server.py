"""The bounds of a connection, met by raw bytes on a real port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from ingest.receive.http_server import HttpServer, Limits, bind

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"
# The server hangs up after the answer to these.
LAST_GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
LAST_POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
# Only a server that hangs takes so long.
PATIENCE_SECONDS = 60

Exchange = Callable[..., Awaitable[bytes]]


async def echo(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI leaves them open
    """Answers a request with its path and its body."""
    message = {"more_body": True}
    body = b""
    while message["more_body"]:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
    answer = scope["path"].encode() + body
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@asynccontextmanager
async def serving(limits: Limits) -> AsyncIterator[tuple[str, int]]:
    """The address of a server with these limits."""
    listener = bind("127.0.0.1", 0)
    server = HttpServer(echo, limits=limits)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    yield listener.getsockname()
    server.should_exit = True
    await task


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


async def test_a_connection_beyond_the_bound_is_hung_up_on() -> None:
    async with serving(Limits(max_connections=1)) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(GET)
        assert await reader.readexactly(15) == b"HTTP/1.1 200 OK"
        assert await exchange_at(address, GET) == b""
        writer.close()
