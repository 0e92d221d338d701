"""One connection: uvicorn's, within bounds, and without what uvicorn takes out of a sender's bytes."""

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ingest.receive.limits import Limits
from ingest.receive.lingering import LingeringTransport
from ingest.receive.refusals import Refusals

REFUSAL = (
    b"HTTP/1.1 %d %b\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\nx-request-id: %b\r\n\r\n%b"
)
SECONDS_TO_READ_ONCE_MORE = 0.01
TOO_LARGE = "the head of the request is too large"


class HeadTooLarge(Exception):
    """Ends the parser. A head that arrives at once is counted when it is complete."""


class BoundedConnection(HttpToolsProtocol):
    """A connection within limits: on their number, on the time of each request, and on the size of its head.

    The application bounds the size of a body: it knows what it expects, and reads no further.
    """

    transport: LingeringTransport  # type: ignore[assignment]  # it does all that uvicorn asks of a transport
    _is_in_head = False
    _is_last = False  # the next answer, or the one that is being made
    _bytes_outside_bodies = 0
    _deadline: asyncio.TimerHandle | None = None
    _deadline_of_answer: asyncio.TimerHandle | None = None

    def __init__(
        self,
        refusals: Refusals,
        limits: Limits,
        waiting: dict["BoundedConnection", None],
        **arguments: Any,  # noqa: ANN401 -- uvicorn's own
    ) -> None:
        """`waiting`, shared by all connections, has those that can be spared, the one that has waited longest first.

        These wait for a complete head, or linger. Bytes of a head don't change their turn: a hostile sender would send
        one now and then. An honest sender's head arrives at once, so it isn't the one that has waited longest.
        """
        super().__init__(**arguments)
        self._refusals = refusals
        self._limits = limits
        self._waiting = waiting

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin. Beyond the bound, hang up on the connection that has waited longest: this one if no other waits."""
        limits = self._limits
        lingering = LingeringTransport(transport, self._linger, limits.max_bytes_to_discard)
        super().connection_made(cast("asyncio.Transport", lingering))
        self._expect_within(limits.max_seconds_for_head)
        self._spare()
        if len(self.connections) > limits.max_connections:
            longest = next(iter(self._waiting))
            del self._waiting[longest]
            longest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._waiting.pop(self, None)
        self._expect_nothing()
        self.resume_writing()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # uvicorn leaves the timer where the connection was reset
        self.transport.forget_connection()

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's own says nothing, which means False
        """The sender has ended its side. It may still wait for the answer to a complete request."""
        waits = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if waits:
            self.cycle.keep_alive = False
            self.transport.has_ended = True
        return waits

    def shutdown(self) -> None:
        """End a lingering connection at once, and another one after its answer.

        A request may be on its way, or unread in the kernel, while the connection seems idle. So an idle connection may
        bring one more within a bound. Its answer says that the connection ends.
        """
        self._is_last = True
        if self.transport.is_closing():
            self.transport.close_at_once()
        elif self.cycle is None or self.cycle.response_complete:
            self._expect_nothing()
            self._unset_keepalive_if_required()
            self._end_after(self._limits.max_seconds_for_last_head, self.transport.close_at_once)
        else:
            super().shutdown()
            if self.cycle.more_body:
                self._expect_nothing()
                self._expect_within(self._limits.max_seconds_for_last_body)

    def pause_writing(self) -> None:
        """Bound the time that a client takes to read its answers."""
        super().pause_writing()
        self._deadline_of_answer = self.loop.call_later(self._limits.max_seconds_for_answer, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads them."""
        super().resume_writing()
        if self._deadline_of_answer:
            self._deadline_of_answer.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse the data; then bound the time of what is still incomplete, and the size of what is no body."""
        if self.transport.is_closing():
            self.transport.discard(data)
            return
        self._unset_keepalive_if_required()
        self._bytes_outside_bodies += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            is_too_large = isinstance(error.__context__, HeadTooLarge)
            detail = TOO_LARGE if is_too_large else "the request is no HTTP/1.1"
            self._refuse(HTTPStatus.BAD_REQUEST, "bad_request", detail)
            return
        if self._is_in_head or self.cycle is None or self.cycle.response_complete:
            self._expect_within(self._limits.max_seconds_for_head)
        elif self.cycle.more_body:
            self._expect_within(self._limits.max_seconds_for_body)
        else:
            self._expect_nothing()
        if self._bytes_outside_bodies > self._limits.max_bytes_for_head:
            self._refuse(HTTPStatus.BAD_REQUEST, "bad_request", TOO_LARGE)

    def _parse(self, data: bytes) -> None:
        """Parse the data. An offer to switch to another protocol is ignored (RFC 9110, 7.8).

        The parser takes an offer for a demand: it ends the message after the head, and the body would be taken for the
        next request. So the head goes through a new parser without the offer, and the rest follows.
        """
        rest = memoryview(data)
        while rest:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as offer:
                head = self._head_without_offer()
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
                self.parser.feed_data(head)
                rest = rest[offer.args[0] :]
            else:
                break

    def _head_without_offer(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":  # a demand indeed
            raise httptools.HttpParserError
        kept = [b"%b: %b" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([b"%b %b HTTP/%b" % (method, self.url, version), *kept, b"", b""])

    def on_message_begin(self) -> None:
        """Note the first byte of a head."""
        super().on_message_begin()
        self._is_in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take over a header of the head without the blanks around it (RFC 9110, 5.5). A trailer is no header."""
        if self._is_in_head:
            super().on_header(name, value.strip(b" \t"))

    def on_headers_complete(self) -> None:
        """Note the last byte of a head.

        Raises:
            HeadTooLarge: it is too large. The bytes received don't tell, because a body may have come with it.
        """
        self._is_in_head = False
        self._bytes_outside_bodies = 0
        if (
            len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            > self._limits.max_bytes_for_head
        ):
            raise HeadTooLarge
        if self.parser.should_upgrade():
            return
        self._expect_nothing()
        self._waiting.pop(self, None)
        super().on_headers_complete()
        if self._is_last:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take over a part of a body."""
        self._bytes_outside_bodies = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the last byte of a request."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request. An answer before the end of its body ends the connection."""
        if not self.pipeline and self.cycle.more_body:
            self.transport.close()
        super().on_response_complete()
        if self.cycle.response_complete:
            self._spare()

    def _linger(self) -> None:
        """The last answer is given: nobody reads what is left of a request, and the sender has little time to end."""
        self._expect_nothing()
        limits = self._limits
        seconds = limits.max_seconds_for_last_head if self._is_last else limits.max_seconds_to_linger
        self._deadline = self.loop.call_later(seconds, self.transport.abort)
        self._spare()
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _spare(self) -> None:
        """Line up, at the end, with those that can be spared."""
        self._waiting.pop(self, None)
        self._waiting[self] = None

    def _expect_within(self, seconds: float) -> None:
        if self._deadline is None:
            self._end_after(seconds, partial(self._refuse, HTTPStatus.REQUEST_TIMEOUT, "too_slow"))

    def _end_after(self, seconds: float, end: Callable[[], None]) -> None:
        """Set the deadline. When it has passed, what the kernel has is read before the end.

        Timers run before sockets are read. After a pause of the whole process, the request may have arrived in time.
        """
        self._deadline = self.loop.call_later(seconds, self._end_after_reading, end)

    def _end_after_reading(self, end: Callable[[], None]) -> None:
        self._deadline = self.loop.call_later(SECONDS_TO_READ_ONCE_MORE, end)

    def _expect_nothing(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus, outcome: str, detail: str = "") -> None:
        """Answer the request that is incomplete, and hang up. An earlier request must not get this answer."""
        latest = self.cycle
        if self.transport.is_closing():
            return
        if latest and not latest.more_body and not latest.response_complete:
            latest.keep_alive = False  # it is complete: the connection ends after its own answer
        elif self.pipeline or (latest and latest.response_started and not latest.response_complete):
            self.transport.abort()
        else:
            body = f'{{"detail":"{detail}"}}'.encode() if detail else b""
            request_id = self._refusals.note(outcome)
            self.transport.write(REFUSAL % (status, status.phrase.encode(), len(body), request_id, body))
            self.transport.close()
