"""The HTTP server: uvicorn, with the bounds that an open port needs and uvicorn lacks."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ingest.receive.refusals import Refusals

# More than any burst of a sender's needs; each costs a file descriptor and a few kilobytes.
MAX_CONNECTIONS = 2048
# Long enough for the slowest honest sender, short enough that a hostile one can't hold a connection for long.
MAX_SECONDS_FOR_HEAD = 10
MAX_SECONDS_FOR_BODY = 30
MAX_BYTES_FOR_HEAD = 64 * 1024
# For a sender that stopped in the middle of a body when the receiver is told to end.
MAX_SECONDS_TO_FINISH = 10
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\nx-request-id: %b\r\n\r\n"


class HttpServer(uvicorn.Server):
    """Serves an application on a listening socket until `should_exit` is set; what a signal means is the caller's."""

    def __init__(self, app: Any, refusals: Refusals | None = None) -> None:  # noqa: ANN401 -- an ASGI application
        # Its warnings come one per malformed request: no log may grow with what a sender chooses.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                http=cast("type[asyncio.Protocol]", partial(BoundedConnection, refusals or Refusals())),
                ws="none",
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                backlog=MAX_CONNECTIONS,
                timeout_graceful_shutdown=MAX_SECONDS_TO_FINISH,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class BoundedConnection(HttpToolsProtocol):
    """One of so many connections, each of which must bring its requests in time, and their heads in size.

    The size of a body is bounded by the application, which knows what it expects and reads no further.
    """

    _is_in_head = False
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def __init__(self, refusals: Refusals, **arguments: Any) -> None:  # noqa: ANN401 -- uvicorn's own
        super().__init__(**arguments)
        self._refusals = refusals

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin, or hang up when there are too many already."""
        super().connection_made(cast("asyncio.Transport", JoinedWrites(transport, self.loop)))
        if len(self.connections) > MAX_CONNECTIONS:
            transport.close()
        else:
            self._expect_within(MAX_SECONDS_FOR_HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; what is still incomplete after it may not last, and a head may not grow."""
        super().data_received(data)
        if self._is_in_head or self.cycle is None or self.cycle.response_complete:
            self._head_bytes += len(data)
            self._expect_within(MAX_SECONDS_FOR_HEAD)
            if self._head_bytes > MAX_BYTES_FOR_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")
        elif self.cycle.more_body:
            self._expect_within(MAX_SECONDS_FOR_BODY)
        else:
            self._expect_nothing()

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """The last byte of a head."""
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


class JoinedWrites:
    """A transport that sends what is written to it at one moment at once.

    uvicorn writes the head and the body of an answer apart; to send them apart takes a tenth of the time of a delivery.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self.is_closing = transport.is_closing
        self._loop = loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- all else is the transport's
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send soon."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """Send what was written, then hang up."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._written:
            self._transport.write(b"".join(self._written))
            self._written.clear()


def bind(host: str, port: int) -> socket.socket:
    """A socket for the server to listen at; until it does, connections are refused.

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
