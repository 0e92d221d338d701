"""One HTTP request, and its answer as it comes: no redirect is followed."""

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from email.message import Message
from typing import NamedTuple
from urllib.parse import SplitResult

from ingest.send.address import split

TIMEOUT_SECONDS = 10
# The longest answer that we ask for is /metrics, with some 20 KB.
MAX_ANSWER_BYTES = 1_048_576


class Answer(NamedTuple):
    """Status, headers and body of an answer."""

    status: int
    headers: Message
    body: bytes

    @property
    def detail(self) -> str | None:
        """What our receiver says in a refusal; None for an answer of anything else."""
        try:
            answer = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        detail = answer.get("detail") if isinstance(answer, dict) else None
        return detail if isinstance(detail, str) else None


def reason(error: OSError) -> str:
    """Why nobody answered, without the error's number."""
    return error.strerror or str(error) or type(error).__name__


def ask(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = TIMEOUT_SECONDS,
) -> Answer:
    """Ask, on a connection of its own. The certificate may be any: a check of its own judges it, and no secret is sent.

    Raises:
        OSError: nobody answers, or the answer does not end.
    """
    parts = split(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with closing(_connection(parts, seconds)) as connection:
            connection.request(method, target, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, _read(answer, time.monotonic() + seconds))
    except http.client.HTTPException as error:
        raise ConnectionError(f"no HTTP answer ({type(error).__name__})") from None


def _connection(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port or http.client.HTTP_PORT, timeout=seconds)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, parts.port or http.client.HTTPS_PORT, timeout=seconds, context=context)


def _read(answer: http.client.HTTPResponse, give_up_at: float) -> bytes:
    """The body. One that comes byte by byte would meet no timeout."""
    body = b""
    while piece := answer.read1(MAX_ANSWER_BYTES):
        body += piece
        if len(body) > MAX_ANSWER_BYTES or time.monotonic() > give_up_at:
            raise ConnectionError("the answer does not end")
    return body
