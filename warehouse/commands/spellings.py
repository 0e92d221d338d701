"""One text has many spellings: how a sender escapes, encodes, composes and cases it. Here they become one."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote_plus

# `\u00eb`, in JSON inside a JSON string also `\\u00eb`; `\/` and `\"`.
JSON_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|([/\"]))")
# What the warehouse stores for a byte that is no UTF-8.
RENDERED_BYTE = re.compile(rb"\\x([0-9a-f]{2})")
# A label of a domain as browsers send it from a form: `xn--bcher-kva` is `bücher`.
PUNYCODE = re.compile(r"(?<=[@.])xn--([a-z0-9-]+)")


def folded(text: str) -> str:
    """The text without regard to case, composition, width, invisible characters, and punycode.

    `ß` equals `SS`, and `i` equals Turkish's `İ` and its `i` without a dot: programs that change case mix these up.
    """
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        for character in set(text):  # a text repeats its characters
            if unicodedata.category(character) == "Cf":
                text = text.replace(character, "")
        text = text.replace("i\N{COMBINING DOT ABOVE}", "i").replace("\N{LATIN SMALL LETTER DOTLESS I}", "i")
    return PUNYCODE.sub(_label, text) if "xn--" in text else text


def folded_mail(text: str) -> str:
    """A mail address, folded, without blanks around it and without `mailto:`."""
    return folded(text).strip().removeprefix("mailto:").strip()


def readings(body: bytes) -> Iterator[str]:
    """What a body of unknown form may say, folded: in each encoding that it may have, without escapes."""
    body = RENDERED_BYTE.sub(lambda byte: bytes.fromhex(byte[1].decode()), body)
    encodings = ["utf-8"]
    if not body.isascii():
        encodings.append("cp1252")
    if b"\0" in body:
        encodings += ["utf-16-le", "utf-16-be"]
    for encoding in encodings:
        text = body.decode(encoding, "replace")
        if "\\" in text:
            text = JSON_ESCAPE.sub(_character, text)
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins halves of a pair
        yield folded(text)
        if "%" in text:
            yield folded(unquote_plus(text))


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else escape[2]


def _label(punycode: re.Match[str]) -> str:
    try:
        return folded(punycode[1].encode().decode("punycode"))
    except UnicodeError:
        return punycode[0]
