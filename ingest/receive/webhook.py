"""The webhook: verify over the raw bytes, limit their size, store, answer.

It is written against ASGI itself and called before Litestar's routing, because an event brings 100,000 deliveries
within minutes: without Litestar's routing a delivery takes about a third less time (`make bench`).
"""

import hmac
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ingest.commit.group_commit import GroupCommit, NotStored, TooManyWaiting
from ingest.metrics import Metrics
from ingest.receive.body import Bodies, BodyEncoded, BodyTooLarge, Headers, Incomplete, TooManyBodies
from ingest.receive.refusals import Refusals
from ingest.settings import AuthHeader, ReceiverSettings
from ingest.signature import HEADER, SignatureMismatch
from warehouse.inbox.set_aside import Unverified

if TYPE_CHECKING:  # Litestar takes most of the time that a start would take
    from litestar.types import Receive, Scope, Send

PATH = "/webhooks/zuddl"
PATHS = (PATH, PATH + "/")
SIGNATURE_HEADER = HEADER.lower().encode()
RETRY_AFTER_SECONDS = b"5"


class WrongMethod(Exception):
    """A webhook is a POST."""


class WrongPath(Exception):
    """Deliveries that are sent anywhere else would be lost without a word."""


class AuthHeaderMismatch(Exception):
    """The static header is missing or has another value."""


# For each exception that a delivery can meet: its outcome in /metrics, and its answer. No other place says so.
ANSWERS: dict[type[Exception], tuple[str, HTTPStatus, str]] = {
    SignatureMismatch: ("bad_signature", HTTPStatus.UNAUTHORIZED, f"{HEADER} is missing or does not match"),
    AuthHeaderMismatch: ("bad_auth_header", HTTPStatus.UNAUTHORIZED, "the static header is missing or does not match"),
    WrongPath: ("wrong_path", HTTPStatus.NOT_FOUND, f"deliveries go to {PATH}"),
    WrongMethod: ("wrong_method", HTTPStatus.METHOD_NOT_ALLOWED, "send a POST"),
    BodyTooLarge: ("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large"),
    BodyEncoded: ("encoded", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body without a content-encoding"),
    TooManyBodies: ("busy", HTTPStatus.SERVICE_UNAVAILABLE, "too many deliveries are being received"),
    TooManyWaiting: ("busy", HTTPStatus.SERVICE_UNAVAILABLE, "too many deliveries are waiting"),
    NotStored: ("not_stored", HTTPStatus.SERVICE_UNAVAILABLE, "the delivery could not be stored"),
}
# A refusal before the body was read ends the connection: an endless body would keep it.
UNREAD = (b"connection", b"close")
MORE_HEADERS = {
    HTTPStatus.NOT_FOUND: [UNREAD],
    HTTPStatus.METHOD_NOT_ALLOWED: [(b"allow", b"POST"), UNREAD],
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: [UNREAD],
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
    """The endpoint: an ASGI application for its path, and for each POST that misses it."""

    def __init__(
        self, settings: ReceiverSettings, commit: GroupCommit, metrics: Metrics, refusals: Refusals, bodies: Bodies
    ) -> None:
        self._settings = settings
        self._bodies = bodies
        self._commit = commit
        self._metrics = metrics
        self._refusals = refusals

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        headers = read_headers(list(scope["headers"]))
        try:
            if scope["path"] not in PATHS:
                raise WrongPath
            if scope["method"] != "POST":  # type: ignore[typeddict-item]  # called for HTTP only
                raise WrongMethod
            body = await self._bodies.read(headers, receive)
            await self._store(headers, body)
        except Incomplete:
            self._metrics.outcomes["incomplete"].inc()
        except tuple(ANSWERS) as error:
            outcome, status, detail = ANSWERS[type(error)]
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
        except (SignatureMismatch, AuthHeaderMismatch) as error:
            # Our own secret may be the wrong one, and Zuddl never sends a delivery again.
            self._commit.set_aside(Unverified(received_at, signature, body, ANSWERS[type(error)][0]))
            raise
        await self._commit.store(received_at, body)


def read_headers(sent: Sequence[tuple[bytes, bytes]]) -> Headers:
    """The headers by name, in lower case. Those of one name are one list with commas (RFC 9110, 5.3).

    So a delivery with two signatures has one that matches nothing, and nobody has to choose between the two.
    """
    headers: Headers = dict(sent)
    if len(headers) == len(sent):
        return headers
    values: dict[bytes, list[bytes]] = {name: [] for name in headers}
    for name, value in sent:
        values[name].append(value)
    return {name: b", ".join(its) for name, its in values.items()}


def check_auth_header(headers: Headers, expected: AuthHeader | None) -> None:
    """Check the static header, in constant time, where the settings demand one.

    Raises:
        AuthHeaderMismatch: it is missing or has another value.
    """
    if expected and not hmac.compare_digest(headers.get(expected.name, b""), expected.value):
        raise AuthHeaderMismatch


async def refuse(send: "Send", status: HTTPStatus, detail: str, request_id: bytes) -> None:
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
