"""A transport that closes so that its last answer arrives: a lingering close, as nginx calls it."""

import asyncio
from collections.abc import Callable
from typing import Any


class LingeringTransport:
    """The transport of a connection, with another way to close.

    A sender may get its refusal while it still sends the body. If the socket is closed then, the kernel answers the
    rest of the body with a reset. A reset takes the refusal away from the sender: it sees a broken connection, and a
    proxy says 502. So `close` ends our side alone, and what still arrives is thrown away until the sender ends its
    side. The transport closes by itself then. `on_close` is called when this begins, and must bound its time.
    """

    def __init__(self, transport: asyncio.Transport, on_close: Callable[[], None], max_bytes_to_discard: int) -> None:
        self._transport = transport
        self._on_close = on_close
        self._bytes_left = max_bytes_to_discard
        self._is_lingering = False
        self.has_ended = False  # the sender's side
        self.write = transport.write
        self.abort = transport.abort
        self.close_at_once = transport.close

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the transport has
        """Everything else is the transport's own."""
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether the last answer has been given."""
        return self._is_lingering or self._transport.is_closing()

    def close(self) -> None:
        """End our side. Nobody lingers when the other side has ended already."""
        if self.has_ended:
            self._transport.close()
        elif not self.is_closing():
            self._is_lingering = True
            self._transport.resume_reading()
            self._transport.write_eof()
            self._on_close()

    def forget_connection(self) -> None:
        """The connection is gone. Without this the two would keep each other in memory."""
        del self._on_close

    def discard(self, data: bytes) -> None:
        """Throw away what arrived after the last answer. Beyond the bound, end both sides."""
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self.abort()
