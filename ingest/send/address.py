"""A web address that an operator typed."""

from urllib.parse import SplitResult, urlsplit

import click
from yarl import URL


class NoAddress(click.UsageError):
    """The text is no web address."""


def split(url: str) -> SplitResult:
    """The parts of a web address, in ASCII, as a request has them.

    Raises:
        NoAddress: it is none, or names a user.
    """
    try:
        parts = urlsplit(str(URL(url.strip())))
        (parts.hostname or "").encode("idna")  # as the resolver does: a part of the name may be empty or too long
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if is_address and parts.username is not None:
        raise NoAddress("the address names a user; a webhook's address has none, and logs would show the password")
    if not is_address:
        raise NoAddress(f"{url!r} is no web address; one looks like https://events.example.org/webhooks/zuddl")
    return parts
