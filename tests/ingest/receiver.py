"""What tests of the receiver share: a secret, a delivery, and a client without a server between."""

from pathlib import Path

from httpx import ASGITransport, AsyncClient
from litestar.types import ASGIApp

SECRET = "secret"
BODY = b'{"action": "LOGIN"}'
URL = "/webhooks/zuddl"


def client_of(app: ASGIApp) -> AsyncClient:
    """A client of the application in this process; the real processes are tested in e2e."""
    return AsyncClient(transport=ASGITransport(app), base_url="http://receiver")  # type: ignore[arg-type]  # two spellings of ASGI


def writer_of_this_process() -> int:
    """The process id of the inbox's writer, which is the only child."""
    children = [path.read_text("ascii").split() for path in Path("/proc/self/task").glob("*/children")]
    [writer] = [int(child) for its in children for child in its]
    return writer
