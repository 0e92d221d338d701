"""Tells whether a delivery is about a person, by the ids and the mail address in its payload."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from warehouse.commands.spellings import folded, folded_mail, readings
from warehouse.staging.batches import rendered
from warehouse.staging.mend import mended

# A dozen deliveries repeat the same description of an attendee, which is then read once.
REMEMBERED_COUNT = 65_536
ABSENT = Raw(b"null")
AT_SIGN = re.compile("[@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}]")


class Fields(Struct, gc=False):
    """The fields of a payload that say whom it is about, each as JSON text."""

    actor: Raw = ABSENT
    registration: Raw = ABSENT


class Mention(NamedTuple):
    """Whom a payload is about: ids, and mail addresses, folded.

    There are several ids where a key is repeated: the warehouse reads one of them.
    """

    registration_ids: frozenset[str]
    actor_ids: frozenset[str]
    mails: frozenset[str]


class JsonObject(tuple[tuple[str, Any], ...]):
    """Keys and values; a repeated key is there each time."""

    __slots__ = ()


FIELDS = Decoder(Fields)
PARSE = json.JSONDecoder(object_pairs_hook=JsonObject).decode


def is_address(text: str) -> bool:
    """Whether the text has an at sign in one of its widths, with something on both of its sides."""
    before, *after = AT_SIGN.split(text)
    return bool(after and before.strip() and after[-1].strip())


@dataclass
class Person:
    """What is known of a person. It grows as their deliveries are found.

    A registration is theirs when it is one of `registration_ids`, or when it carries the mail address. A delivery
    without a registration is theirs when its actor has acted in one of their registrations. `found_ids` are the
    registrations that their deliveries name.
    """

    registration_ids: set[str] = field(default_factory=set)
    email: str | None = None
    actor_ids: set[str] = field(default_factory=set)
    found_ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.registration_ids = {_plain(text) for text in self.registration_ids}
        self.email = folded_mail(self.email) if self.email else None

    @property
    def traces(self) -> set[str]:
        """Ids and mail address. Each of the person's deliveries holds at least one of them."""
        return self.registration_ids | self.actor_ids | ({self.email} if self.email else set())

    def is_in(self, body: bytes | str) -> bool:
        """Whether the delivery is about the person; a text is a body as the warehouse stored it.

        A body that names nobody, or is no JSON object, is theirs when it holds a trace as a word. Remembers the ids of
        a delivery that is theirs.
        """
        # As the warehouse stores it, wherever it lies. The loader takes bytes that are no UTF-8 for no JSON. Read as
        # JSON, the same delivery would be somebody else's in the inbox.
        body = (body if isinstance(body, str) else rendered(body)).encode()
        mention = _mention(body)
        if mention is None:
            return _holds_word(body, self.traces)
        if not mention.registration_ids | mention.actor_ids:
            return _holds_word(body, self.traces - self.actor_ids)
        if not self._is_meant_by(mention):
            return False
        if self.email:
            self.registration_ids |= mention.registration_ids
        self.actor_ids |= mention.actor_ids
        self.found_ids |= mention.registration_ids or mention.actor_ids & self.registration_ids
        return True

    def _is_meant_by(self, mention: Mention) -> bool:
        if self.email in mention.mails or self.registration_ids & mention.registration_ids:
            return True
        return not mention.registration_ids and bool(mention.actor_ids & (self.registration_ids | self.actor_ids))


def _holds_word(body: bytes, words: set[str]) -> bool:
    traces, pattern = _any_of(frozenset(words))
    # Most bodies hold no trace at all, which is seen ten times as fast without the pattern.
    return any(any(trace in reading for trace in traces) and pattern.search(reading) for reading in readings(body))


@lru_cache(2)
def _any_of(words: frozenset[str]) -> tuple[list[str], re.Pattern[str]]:
    traces = sorted(map(folded, words))
    # A number is an id only where an id belongs: it would be found in almost every body.
    patterns = (rf'"id"\s*:\s*"?{trace}' if trace.isdecimal() else re.escape(trace) for trace in traces)
    return traces, re.compile(rf"(?<![\w.+-])(?:{'|'.join(patterns)})(?![\w-]|\.\w)")


def _mention(body: bytes) -> Mention | None:
    """Whom the payload is about; None when the body is no JSON object."""
    try:
        # A repeated field, which only the slow way sees, costs the slow way only.
        fields = FIELDS.decode(body) if body.count(b'"registration"') < 2 and body.count(b'"actor"') < 2 else None  # noqa: PLR2004
    except (DecodeError, RecursionError):
        fields = None
    if fields:
        return _mention_in_parts(bytes(fields.actor), bytes(fields.registration))
    try:
        payload = PARSE(mended(body).decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, JsonObject):
        return None
    return _mention_of(_values(payload, "actor"), _values(payload, "registration"))


@lru_cache(REMEMBERED_COUNT)
def _mention_in_parts(actor: bytes, registration: bytes) -> Mention:
    return _mention_of([PARSE(actor.decode(errors="replace"))], [PARSE(registration.decode(errors="replace"))])


def _mention_of(actors: list[object], registrations: list[object]) -> Mention:
    mails = (folded_mail(text) for text in _texts([*actors, *registrations]) if AT_SIGN.search(text))
    return Mention(_ids(registrations), _ids(actors), frozenset(mails))


def _ids(parts: Iterable[object]) -> frozenset[str]:
    """The ids of JSON objects: a text or a number each. A blank one counts as absent."""
    ids = (value for part in parts if isinstance(part, JsonObject) for value in _values(part, "id"))
    texts = (_plain(value if isinstance(value, str) else json.dumps(value)) for value in ids if _is_scalar(value))
    return frozenset(filter(None, texts))


def _values(payload: JsonObject, name: str) -> list[object]:
    return [value for key, value in payload if key == name]


def _texts(values: list[object]) -> Iterator[str]:
    """All texts in JSON values, however deep they lie."""
    while values:
        value = values.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, JsonObject):
            values += [child for _, child in value]
        elif isinstance(value, list):
            values += value


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, JsonObject | list)


def _plain(text: str) -> str:
    """An id, composed, without blanks around it. Case matters in ids."""
    return unicodedata.normalize("NFC", text.strip())
