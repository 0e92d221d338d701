"""One HTTP request, and its answer as it comes: no redirect is followed."""

import http.client
import json
import ssl
from collections.abc import Mapping
from email.message import Message
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import click

TIMEOUT_SECONDS = 10


class NoAddress(click.UsageError):
    """The text is no web address."""


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
        except ValueError:
            return None
        detail = answer.get("detail") if isinstance(answer, dict) else None
        return detail if isinstance(detail, str) else None


def reason(error: OSError) -> str:
    """Why nobody answered, without the error's number."""
    return error.strerror or str(error) or type(error).__name__


def split(url: str) -> SplitResult:
    """The parts of a web address.

    Raises:
        NoAddress: it is none.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise NoAddress(f"{url!r} is no web address; one looks like https://events.example.org/webhooks/zuddl")
    return parts


def ask(url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask, on a connection of its own.

    Raises:
        OSError: nobody answers, or the certificate is not trusted.
    """
    parts = split(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    except http.client.HTTPException as error:
        raise ConnectionError(f"no HTTP answer ({type(error).__name__})") from None
    finally:
        connection.close()
