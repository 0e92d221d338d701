"""The webhook: verify over the raw bytes, limit their size, store, answer.

Written against ASGI itself and called before Litestar's own routing, because it is called 100,000 times within
minutes: that spares about a third of the time a delivery takes (`make bench`).
"""

import hmac
import logging
import secrets
import time
from http import HTTPStatus
from itertools import count
from time import monotonic as now
from typing import Any

from litestar.types import Receive, Scope, Send

from ingest.group_commit import GroupCommit, NotStored, TooManyWaiting
from ingest.metrics import Metrics
from ingest.settings import AuthHeader, ReceiverSettings
from ingest.signature import HEADER, SignatureMismatch
from warehouse.set_aside import Unverified

PATH = "/webhooks/zuddl"
SIGNATURE_HEADER = HEADER.lower().encode()
RETRY_AFTER_SECONDS = b"5"
# So many refusals are logged a minute; no log may grow with what a sender chooses.
MOST_LOGGED_A_MINUTE = 60

Headers = dict[bytes, bytes]

log = logging.getLogger(__name__)


class Refused(Exception):  # noqa: N818 -- names what happened
    """A delivery is answered with another status than 200, for a reason of the sender's own.

    BodyTooLarge, BodyEncoded, WrongMethod, AuthHeaderMismatch: see each.
    """


class BodyTooLarge(Refused):
    """The body exceeds MAX_BODY_BYTES; it was not read to its end."""


class BodyEncoded(Refused):
    """The body is compressed: signed bytes are taken as they are, and none can expand."""


class WrongMethod(Refused):
    """A webhook is a POST."""


class AuthHeaderMismatch(Refused):
    """The static header is missing or has another value."""


class Incomplete(Exception):  # noqa: N818 -- names what happened
    """The sender hung up, or was hung up on for its slowness, before the body was complete."""


# Every exception that a delivery can meet, its outcome as counted, and its answer: the one place that says so.
ANSWERS: dict[type[Exception], tuple[str, HTTPStatus, str]] = {
    SignatureMismatch: ("bad_signature", HTTPStatus.UNAUTHORIZED, f"{HEADER} is missing or does not match"),
    AuthHeaderMismatch: (
        "bad_auth_header",
        HTTPStatus.UNAUTHORIZED,
        "the static header is missing or does not match",
    ),
    WrongMethod: ("wrong_method", HTTPStatus.METHOD_NOT_ALLOWED, "send a POST"),
    BodyTooLarge: ("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large"),
    BodyEncoded: ("encoded", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body without a content-encoding"),
    TooManyWaiting: ("busy", HTTPStatus.SERVICE_UNAVAILABLE, "too many deliveries are waiting"),
    NotStored: ("not_stored", HTTPStatus.SERVICE_UNAVAILABLE, "the delivery could not be stored"),
}
# What is refused before its body was read ends the connection, or an endless body would keep it.
UNREAD = (b"connection", b"close")
MORE_HEADERS = {
    HTTPStatus.METHOD_NOT_ALLOWED: [(b"allow", b"POST"), UNREAD],
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: [UNREAD],
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: [UNREAD],
    HTTPStatus.SERVICE_UNAVAILABLE: [(b"retry-after", RETRY_AFTER_SECONDS)],
}
STORED = b'{"status":"stored"}'
STORED_START: Any = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(STORED)).encode())],
}
STORED_BODY: Any = {"type": "http.response.body", "body": STORED, "more_body": False}


class Webhook:
    """The endpoint, for these settings and this inbox; an ASGI application for one path."""

    def __init__(self, settings: ReceiverSettings, commit: GroupCommit, metrics: Metrics) -> None:
        self._settings = settings
        self._commit = commit
        self._metrics = metrics
        self._refusals = _Refusals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Headers = dict(scope["headers"])
        try:
            if scope["method"] != "POST":  # type: ignore[typeddict-item]  # called for HTTP only
                raise WrongMethod
            body = await read_body(headers, receive, self._settings.max_body_bytes)
            await self._store(headers, body)
        except Incomplete:
            self._metrics.outcomes["incomplete"].inc()
        except tuple(ANSWERS) as error:
            outcome, status, detail = ANSWERS[type(error)]
            self._metrics.outcomes[outcome].inc()
            await refuse(send, status, detail, self._refusals.note(outcome))
        else:
            await send(STORED_START)
            await send(STORED_BODY)

    async def _store(self, headers: Headers, body: bytes) -> None:
        received_at = time.time_ns() // 1_000
        signature = headers.get(SIGNATURE_HEADER)
        try:
            check_auth_header(headers, self._settings.auth_header)
            self._settings.scheme.verify(self._settings.secrets, body, signature)
        except (SignatureMismatch, AuthHeaderMismatch):
            # Perhaps it is our own secret that is wrong: then this delivery will never be sent again.
            self._commit.set_aside(Unverified(received_at, signature, body))
            raise
        await self._commit.store(received_at, body)


class _Refusals:
    """A line in the log for each refusal, up to a bound, with the id that its answer carries."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._process = secrets.token_hex(4)
        self._minute = 0
        self._logged = 0

    def note(self, outcome: str) -> bytes:
        """The id of this request."""
        request_id = f"{self._process}-{next(self._numbers)}"
        minute = int(now() // 60)
        if minute != self._minute:
            self._minute, self._logged = minute, 0
        self._logged += 1
        if self._logged <= MOST_LOGGED_A_MINUTE:
            log.warning("refused a delivery", extra={"request_id": request_id, "outcome": outcome})
        elif self._logged == MOST_LOGGED_A_MINUTE + 1:
            log.warning("more refusals this minute are counted in /metrics, not logged")
        return request_id.encode()


async def read_body(headers: Headers, receive: Receive, most: int) -> bytes:
    """The whole body.

    Raises:
        BodyTooLarge: it is announced or found to be longer than `most` bytes; the rest is not read.
        BodyEncoded: it is compressed.
        Incomplete: it never came to its end.
    """
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise BodyEncoded
    announced = headers.get(b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > most:
        raise BodyTooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Incomplete
        chunk = message.get("body", b"")
        if len(body) + len(chunk) > most:
            raise BodyTooLarge
        is_last = not message.get("more_body", False)
        if is_last and not body:
            return chunk
        body += chunk
        if is_last:
            return bytes(body)


def check_auth_header(headers: Headers, expected: AuthHeader | None) -> None:
    """Compare the static header, where one is demanded, in constant time.

    Raises:
        AuthHeaderMismatch: it is missing or has another value.
    """
    if expected and not hmac.compare_digest(headers.get(expected.name, b""), expected.value):
        raise AuthHeaderMismatch


async def refuse(send: Send, status: HTTPStatus, detail: str, request_id: bytes) -> None:
    """Answer with another status than 200."""
    body = f'{{"detail":"{detail}"}}'.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id),
        *MORE_HEADERS.get(status, []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
