"""Mending a body for JSON readers, which refuse two things whose meaning is plain, and for storage as a text."""

import re
from codecs import BOM_UTF8

# Any escape: a whole surrogate pair, or half of one (group 1), which is left of an emoji that was cut, or another. Each
# is matched as a whole, so that an escaped backslash begins no other escape.
ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def mended(body: bytes | str) -> bytes:
    """The body without a byte order mark before its JSON, and with U+FFFD for each half of a surrogate pair."""
    text = (body.encode() if isinstance(body, str) else body).removeprefix(BOM_UTF8)
    return ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], text)


def rendered(body: bytes) -> str:
    r"""A body as the warehouse stores it: its text, in which bytes that are no UTF-8 are written as \xNN."""
    return body.decode(errors="backslashreplace")
