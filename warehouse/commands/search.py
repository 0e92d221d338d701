"""Finding mail addresses and ids in a text of any form, however they are spelt in it."""

import re
from functools import lru_cache

from warehouse.commands.spellings import folded, readings

ASCII = bytes(range(128))
ASCII_PART = re.compile(r"[\x00-\x7f]*")
# Thai, Japanese and Chinese, which put no blanks between words.
WITHOUT_BLANKS = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
# A word may also follow the JSON of a line break or a tab, which is a backslash and a letter, or several dots. Markdown
# writes _ around what it stresses.
BEFORE_WORD = rf"(?:(?<![\w.+-])|(?<=\\[nrtbf])|(?<=\.\.)|(?<=[{WITHOUT_BLANKS}]))_*"
AFTER_WORD = rf"_*(?!(?![{WITHOUT_BLANKS}])[\w-]|\.\w)"
UNICODE_ESCAPE = re.compile(rb"\\+u([0-9a-fA-F]{4})")


def is_plainly_without(body: bytes, traces: frozenset[str]) -> bool:
    """Whether a look at the bytes tells that no trace is in the body, which is so for most.

    It tells nothing of a body that may spell a letter of a trace in another way.
    """
    if _are_unusual(traces) or b"\0" in body:
        return False
    # One byte is found five times as fast as two.
    if b"\\" in body:
        if b"\\x" in body:
            return False
        if b"\\u" in body:
            body = UNICODE_ESCAPE.sub(_utf_8, body)
    if b"%" in body and b"%" in body.replace(b"%20", b""):
        return False
    if not body.isascii() and not _stay_non_ascii(body.translate(None, ASCII)):
        return False
    text = body.lower()
    return b"xn--" not in text and not any(part in text for part in _ascii_parts(traces))


def holds_word(body: bytes, words: frozenset[str]) -> bool:
    """Whether a text, which need not be JSON, holds one of the words, and not as a part of a longer one."""
    return _holds(body, words, _words(words))


def holds_value(body: bytes, ids: frozenset[str]) -> bool:
    """Whether one of the ids stands in it as a whole text, in quotes."""
    return _holds(body, ids, _values(ids))


def _holds(body: bytes, traces: frozenset[str], pattern: re.Pattern[str]) -> bool:
    # Most bodies hold no trace at all, which is seen ten times as fast without the pattern.
    return bool(traces) and any(
        any(trace in reading for trace in _folded(traces)) and pattern.search(reading) for reading in readings(body)
    )


@lru_cache(8)
def _folded(traces: frozenset[str]) -> list[str]:
    return sorted(map(folded, traces))


@lru_cache(8)
def _words(words: frozenset[str]) -> re.Pattern[str]:
    # A number is an id only where an id belongs: it would be found in almost every body.
    patterns = (rf'"id"\s*:\s*"?{trace}' if trace.isdecimal() else re.escape(trace) for trace in _folded(words))
    return re.compile(rf"{BEFORE_WORD}(?:{'|'.join(patterns)}){AFTER_WORD}")


@lru_cache(8)
def _values(ids: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf'"\s*(?:{"|".join(map(re.escape, _folded(ids)))})\s*"')


@lru_cache(8)
def _ascii_parts(traces: frozenset[str]) -> list[bytes]:
    """The longest ASCII part of each trace, folded. A body that holds the trace holds it."""
    return [max(ASCII_PART.findall(trace), key=len).encode() for trace in _folded(traces)]


@lru_cache(8)
def _are_unusual(traces: frozenset[str]) -> bool:
    """Whether a trace is a number, which may be written `1e3`, or has a character that is escaped without a `u`."""
    return any(_is_number(trace) or not {" ", '"', "/", "\\", "%"}.isdisjoint(trace) for trace in traces)


def _utf_8(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode("utf-8", "surrogatepass")


@lru_cache(4_096)
def _stay_non_ascii(characters: bytes) -> bool:
    """Whether these characters, which are not ASCII, remain so when they are folded."""
    try:
        text = characters.decode()
    except UnicodeDecodeError:
        return False
    if "\N{COMBINING DOT ABOVE}" in text:
        return False
    return all(becomes == " " or (becomes and not any(map(str.isascii, becomes))) for becomes in map(folded, set(text)))


def _is_number(trace: str) -> bool:
    try:
        float(trace)
    except ValueError:
        return False
    return True
