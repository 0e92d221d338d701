"""The bounds of a connection, met by raw bytes on a real port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from ingest.receive import http_server
from ingest.receive.http_server import HttpServer, bind

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"

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


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    """Send these bytes, one piece after another, and read until the server hangs up or says nothing for a while."""
    listener = bind("127.0.0.1", 0)
    address = listener.getsockname()
    server = HttpServer(echo)
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers a flag, no event
        await asyncio.sleep(0.01)

    async def send(*pieces: bytes, read_for: float = 1.0) -> bytes:
        reader, writer = await asyncio.open_connection(*address)
        answer = b""
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
            async with asyncio.timeout(read_for):
                while chunk := await reader.read(65536):
                    answer += chunk
            answer += b"[hung up]"
        except TimeoutError:
            pass
        except ConnectionError:
            answer += b"[hung up]"
        writer.close()
        return answer

    yield send
    server.should_exit = True
    await serving


async def test_a_request_in_pieces_is_answered(exchange: Exchange) -> None:
    answer = await exchange(*(bytes([byte]) for byte in POST[:20]), POST[20:], b"bo", b"dy")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"/body")


async def test_requests_sent_ahead_are_answered_in_turn(exchange: Exchange) -> None:
    answer = await exchange((POST + b"body") * 3 + GET)
    assert [part[-5:] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [b"/body"] * 3 + [b"\r\n\r\n/"]


async def test_a_head_that_is_too_long_is_400(exchange: Exchange) -> None:
    answer = await exchange(b"GET / HTTP/1.1\r\n", *[b"X: " + b"a" * 30_000 + b"\r\n"] * 4)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.endswith(b"[hung up]")


async def test_many_long_heads_on_one_connection_are_fine(exchange: Exchange) -> None:
    head = GET[:-2] + b"X: " + b"a" * 40_000 + b"\r\n\r\n"
    assert (await exchange(head, head, head)).count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00", b"GET\x00 / HTTP/1.1\r\n\r\n"], ids=["tls", "nul"])
async def test_what_is_no_http_is_400(junk: bytes, exchange: Exchange) -> None:
    assert (await exchange(junk)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "pieces",
    [(), (GET[:10],), (GET, GET[:10]), (b"\r\n", b"\r\n")],
    ids=["nothing at all", "the beginning of a head", "after a request", "only line ends"],
)
async def test_who_does_not_finish_a_head_in_time_is_hung_up_on(
    pieces: tuple[bytes, ...], exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_SECONDS_FOR_HEAD", 0.2)
    answer = (await exchange(*pieces, read_for=10)).partition(b"HTTP/1.1 408")[2]
    assert b"\r\nx-request-id: " in answer
    assert answer.endswith(b"\r\n\r\n[hung up]")


async def test_who_does_not_finish_a_body_in_time_is_hung_up_on(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "MAX_SECONDS_FOR_BODY", 0.2)
    assert (await exchange(POST, b"bo", read_for=10)).startswith(b"HTTP/1.1 408")


async def test_a_connection_beyond_the_bound_is_hung_up_on(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MAX_CONNECTIONS", 0)
    assert await exchange(GET) == b"[hung up]"
