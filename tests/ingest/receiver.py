"""What tests of the receiver share: a secret, a delivery, a client without a server between, and a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from httpx import ASGITransport, AsyncClient
from litestar.types import ASGIApp

from ingest.metrics import Metrics
from ingest.receive.http_server import HttpServer, bind
from ingest.receive.limits import Limits
from ingest.receive.refusals import Refusals
from tests.e2e.machine import command_of

SECRET = "secret"
BODY = b'{"action": "LOGIN"}'
URL = "/webhooks/zuddl"


def client_of(app: ASGIApp) -> AsyncClient:
    """A client of the application in this process; the real processes are tested in e2e."""
    return AsyncClient(transport=ASGITransport(app), base_url="http://receiver")  # type: ignore[arg-type]  # two spellings of ASGI


def writer_of_this_process() -> int:
    """The process id of the inbox's writer. A database for other tests may be another child."""
    children = [path.read_text("ascii").split() for path in Path("/proc/self/task").glob("*/children")]
    [writer] = [int(child) for its in children for child in its if b"inbox_writer" in b" ".join(command_of(int(child)))]
    return writer


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
async def serving(limits: Limits, app: Any = echo, metrics: Metrics | None = None) -> AsyncIterator[tuple[str, int]]:  # noqa: ANN401 -- ASGI
    """The address of a server with these limits."""
    listener = bind("127.0.0.1", 0)
    server = HttpServer(app, Refusals(metrics or Metrics()), limits)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        await task
