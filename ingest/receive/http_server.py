"""The HTTP server: uvicorn, with the bounds that an open port needs and uvicorn lacks."""

import asyncio
import logging
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, cast

import uvicorn

from ingest.receive.connection import BoundedConnection
from ingest.receive.limits import LIMITS, Limits
from ingest.receive.refusals import Refusals

# The receiver has about 30 open: its inbox's writer, pipes, what /metrics reads.
FILES_OF_OTHER_KINDS = 64


class HttpServer(uvicorn.Server):
    """Serves an application on a listening socket until `should_exit` is set. The caller handles signals."""

    def __init__(
        self,
        app: Any,  # noqa: ANN401 -- an ASGI application
        refusals: Refusals,
        limits: Limits = LIMITS,
        on_listening: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_listening = on_listening
        # uvicorn warns of what a sender does: no log may grow with what a sender chooses.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        # Each connection is an open file. Where the system allows fewer files, connections make room sooner.
        max_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        limits = replace(limits, max_connections=min(limits.max_connections, max_files - FILES_OF_OTHER_KINDS))
        waiting: dict[BoundedConnection, None] = {}
        connection = partial(BoundedConnection, refusals, limits, waiting)
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                http=cast("Any", connection),
                ws="none",
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                backlog=limits.max_not_accepted,
                timeout_keep_alive=limits.max_seconds_idle,  # type: ignore[arg-type]  # it may have a fraction
                timeout_graceful_shutdown=limits.max_seconds_to_finish,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections; answer those that were taken."""
        for server in self.servers:
            server.close()
        # Connections that were taken in this round of the event loop are made known in the next one.
        await asyncio.sleep(0)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


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
