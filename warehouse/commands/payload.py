"""A payload, taken apart to see whom it names: who it is about, what it says, and what many deliveries repeat."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

from warehouse.commands.search import holds_word, is_plainly_without
from warehouse.commands.spellings import folded, folded_mail
from warehouse.staging.fields import PLACES
from warehouse.staging.mend import mended, rendered

# A dozen deliveries repeat the same description of an attendee, which is then read once.
REMEMBERED_COUNT = 65_536
AT_SIGN = re.compile("[@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}]")
NAMED_ADDRESS = re.compile("<([^<>]+)>")  # as in `Ann <ann@example.org>`
# A key of an answer. Zuddl documents none, and a page that was seen had `response`.
ANSWER = re.compile("response|answer", re.IGNORECASE)
# What the deliveries of many people repeat. It names nobody, but for the answers in it.
SHARED = frozenset(["event", "session", *PLACES, "poll", "survey", "cta", "hub"])
# Fields that are searched on their own, and remembered.
PEOPLE = frozenset(["registration", "actor"])
# What people do by themselves. In other actions, such as `APPROVED`, the actor may be staff.
OWN_ACTIONS = ("TIME_SPENT_", "JOINED_", "ASKED_", "ANSWERED_", "QUESTION_", "CTA_", "WATCHED_")


class JsonObject(tuple[tuple[str, Any], ...]):
    """Keys and values; a repeated key is there each time."""

    __slots__ = ()


class Named(NamedTuple):
    """The ids of a registration, an actor, a lead or an event, and its own mail addresses, folded.

    There are several ids where a key is repeated: the warehouse reads one of them.
    """

    ids: frozenset[str]
    mails: frozenset[str]


NOBODY = Named(frozenset(), frozenset())


class Payload(NamedTuple):
    """The JSON text of each field, several where the key is repeated; and the body without `SHARED` and `PEOPLE`."""

    fields: dict[str, list[bytes]]
    rest: bytes

    def named(self, field: str) -> Named:
        """Whom or what the field names."""
        texts = self.fields.get(field)
        if not texts:
            return NOBODY
        if len(texts) == 1:
            return _named(texts[0])
        found = [_named(text) for text in texts]
        return Named(frozenset(chain(*(each.ids for each in found))), frozenset(chain(*(each.mails for each in found))))

    def ids_in(self, field: str, key: str) -> frozenset[str]:
        """The ids that the object `field` has under `key`."""
        return frozenset(chain(*(_ids(_parsed(text), key) for text in self.fields.get(field, ()))))

    @property
    def is_own_action(self) -> bool:
        """Whether the actor is the person whom the delivery is about. Without an action, nothing speaks against it."""
        return all(map(_is_own, self.fields.get("action", ())))

    @property
    def people(self) -> Iterator[bytes]:
        """The JSON texts of `PEOPLE`."""
        return chain.from_iterable(self.fields[name] for name in PEOPLE & self.fields.keys())

    @property
    def answers(self) -> bytes:
        """What was answered to a poll or a survey, as JSON."""
        asked = [_parsed(text) for name in ("poll", "survey") for text in self.fields.get(name, ())]
        return json.dumps(list(_texts(list(_responses(asked))))).encode()


FIELDS = Decoder(dict[str, Raw])
PARSE = json.JSONDecoder(object_pairs_hook=JsonObject).decode


def as_stored(body: bytes | str) -> bytes:
    """A body as the warehouse stores it, wherever it lies; a text is one that it has stored.

    The loader takes bytes that are no UTF-8 for no JSON. Read as JSON, the same delivery would be somebody else's in
    the inbox.
    """
    return (body if isinstance(body, str) else rendered(body)).encode()


def is_about(body: bytes | str, traces: frozenset[str], is_in_payload: Callable[[bytes, Payload], bool]) -> bool:
    """What `is_in_payload` says of a body as the warehouse stores it, and of its payload.

    Most bodies hold no trace at all, which a look at the bytes tells. A body that is no JSON object, or that is nested
    too deeply to be read, is searched for the traces as words.
    """
    body = as_stored(body)
    if is_plainly_without(body, traces):
        return False
    payload = read(body)
    try:
        return holds_word(body, traces) if payload is None else is_in_payload(body, payload)
    except RecursionError:  # a part of it is nested too deeply to be read
        return holds_word(body, traces)


def read(body: bytes) -> Payload | None:
    """The payload; None when the body is no JSON object."""
    # A repeated field, which only the slow way sees, costs the slow way only.
    is_repeated = any(body.count(key) > 1 for key in (b'"registration"', b'"actor"', b'"lead"', b'"event"'))
    fields = None if is_repeated else fields_of(body)
    if fields is None:
        return _read_slowly(body)
    rest = body
    for name in (SHARED | PEOPLE) & fields.keys():
        if fields[name].startswith(b"{"):  # another text may stand elsewhere, too
            rest = rest.replace(fields[name], b"", 1)
    return Payload({name: [text] for name, text in fields.items()}, rest)


def fields_of(text: bytes) -> dict[str, bytes] | None:
    """The JSON text of each field of a JSON object; None when it is no object, or needs the slow way."""
    try:
        return {name: bytes(value) for name, value in FIELDS.decode(text).items()}
    except (DecodeError, RecursionError):
        return None


def _read_slowly(body: bytes) -> Payload | None:
    try:
        payload = PARSE(mended(body).decode())
        if not isinstance(payload, JsonObject):
            return None
        fields: dict[str, list[bytes]] = {}
        for name, value in payload:
            fields.setdefault(name, []).append(_written(value).encode())
        rest = JsonObject(
            (name, value) for name, value in payload if name not in SHARED | PEOPLE or not isinstance(value, JsonObject)
        )
        return Payload(fields, _written(rest).encode())
    except (ValueError, RecursionError):
        return None


def _written(value: object) -> str:
    if isinstance(value, JsonObject):
        return f"{{{', '.join(f'{json.dumps(name)}: {_written(child)}' for name, child in value)}}}"
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, list) else json.dumps(value)


@lru_cache(REMEMBERED_COUNT)
def _named(text: bytes) -> Named:
    value = _parsed(text)
    if not isinstance(value, JsonObject):
        return NOBODY
    profiles = _values(value, "profile")
    emails = _values(value, "email") + [email for profile in profiles for email in _values(profile, "email")]
    mails = {folded_mail(text) for text in _texts(emails + profiles) if AT_SIGN.search(text)}
    mails |= {folded_mail(address) for text in _texts(emails) for address in NAMED_ADDRESS.findall(folded(text))}
    return Named(_ids(value, "id"), frozenset(mails))


def _ids(value: object, key: str) -> frozenset[str]:
    """The ids under a key of a JSON object: texts or numbers. A blank one counts as absent."""
    found = [child for child in _values(value, key) if _is_scalar(child)]
    return frozenset(filter(None, (plain(child if isinstance(child, str) else json.dumps(child)) for child in found)))


def _values(value: object, key: str) -> list[object]:
    """What a JSON object has under a key, more than once where the key is repeated."""
    return [child for name, child in value if name == key] if isinstance(value, JsonObject) else []


@lru_cache(REMEMBERED_COUNT)
def _is_own(action: bytes) -> bool:
    value = _parsed(action)
    return not isinstance(value, str) or value.startswith(OWN_ACTIONS)


def _parsed(text: bytes) -> object:
    parsed: object = PARSE(text.decode(errors="replace"))
    return parsed


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


def _responses(values: list[object]) -> Iterator[object]:
    """What stands in JSON values under a key that names a response or an answer, however deep it lies."""
    while values:
        value = values.pop()
        if isinstance(value, JsonObject):
            yield from (child for name, child in value if ANSWER.search(name))
            values += [child for _, child in value]
        elif isinstance(value, list):
            values += value


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, JsonObject | list)


def plain(text: str) -> str:
    """An id, composed, without blanks around it. Case matters in ids."""
    return unicodedata.normalize("NFC", text.strip())
