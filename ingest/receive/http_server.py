"""The HTTP server: uvicorn, with the bounds that an open port needs and uvicorn lacks."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ingest.receive.refusals import Refusals

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\nx-request-id: %b\r\n\r\n"


@dataclass(frozen=True)
class Limits:
    """Bounds on connections. The times suit the slowest honest sender; a hostile one can't hold a connection long."""

    # More than any burst of a sender needs. Each connection costs a file descriptor and a few kilobytes.
    max_connections: int = 2048
    max_seconds_for_head: float = 10
    max_seconds_for_body: float = 30
    max_bytes_for_head: int = 64 * 1024
    # For a sender that stopped in the middle of a body when the receiver is told to end.
    max_seconds_to_finish: int = 10


LIMITS = Limits()


class HttpServer(uvicorn.Server):
    """Serves an application on a listening socket until `should_exit` is set. The caller handles signals."""

    def __init__(self, app: Any, refusals: Refusals | None = None, limits: Limits = LIMITS) -> None:  # noqa: ANN401 -- an ASGI application
        # uvicorn warns once per malformed request: no log may grow with what a sender chooses.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        connection = partial(BoundedConnection, refusals or Refusals(), limits)
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                http=cast("type[asyncio.Protocol]", connection),
                ws="none",
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                backlog=limits.max_connections,
                timeout_graceful_shutdown=limits.max_seconds_to_finish,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class BoundedConnection(HttpToolsProtocol):
    """A connection within limits: on their number, on the time of each request, and on the size of its head.

    The application bounds the size of a body: it knows what it expects, and reads no further.
    """

    _is_in_head = False
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def __init__(self, refusals: Refusals, limits: Limits, **arguments: Any) -> None:  # noqa: ANN401 -- uvicorn's own
        super().__init__(**arguments)
        self._refusals = refusals
        self._limits = limits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin, or hang up when there are too many already."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.max_connections:
            transport.close()
        else:
            self._expect_within(self._limits.max_seconds_for_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data; then bound the time of what is still incomplete, and the size of a head."""
        super().data_received(data)
        if self._is_in_head or self.cycle is None or self.cycle.response_complete:
            self._head_bytes += len(data)
            self._expect_within(self._limits.max_seconds_for_head)
            if self._head_bytes > self._limits.max_bytes_for_head and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")
        elif self.cycle.more_body:
            self._expect_within(self._limits.max_seconds_for_body)
        else:
            self._expect_nothing()

    def on_message_begin(self) -> None:
        """Note the first byte of a head."""
        super().on_message_begin()
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """Note the last byte of a head."""
        self._is_in_head = False
        self._head_bytes = 0
        self._expect_nothing()
        super().on_headers_complete()

    def _expect_within(self, seconds: float) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self._hang_up)

    def _expect_nothing(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        is_answering = self.cycle and self.cycle.response_started and not self.cycle.response_complete
        if not self.transport.is_closing() and not is_answering:
            self.transport.write(TOO_SLOW % self._refusals.note("too_slow"))
        self.transport.close()


def bind(host: str, port: int) -> socket.socket:
    """A socket for the server to listen at. Connections are refused until the server listens.

    Raises:
        OSError: the address is taken, or none of this machine.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener
