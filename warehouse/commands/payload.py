"""A payload, taken apart to see whom it names: who it is about, what many deliveries repeat, and the rest."""

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

from warehouse.commands.spellings import folded_mail
from warehouse.staging.fields import PLACES
from warehouse.staging.mend import mended

# A dozen deliveries repeat the same description of an attendee, which is then read once.
REMEMBERED_COUNT = 65_536
AT_SIGN = re.compile("[@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}]")
# What the deliveries of many people repeat.
SHARED = frozenset(["event", "session", *PLACES, "poll", "survey", "cta", "hub"])
# Fields that are searched on their own, and remembered. What is left of the body is searched as one text.
APART = frozenset(["registration", "actor", *SHARED])
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
    """The JSON text of each field, several where the key is repeated; and the body without what stands `APART`."""

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

    def texts_of(self, names: frozenset[str]) -> Iterator[bytes]:
        """The JSON texts of these fields."""
        return chain.from_iterable(self.fields[name] for name in names & self.fields.keys())


FIELDS = Decoder(dict[str, Raw])
PARSE = json.JSONDecoder(object_pairs_hook=JsonObject).decode


def read(body: bytes) -> Payload | None:
    """The payload; None when the body is no JSON object."""
    # A repeated field, which only the slow way sees, costs the slow way only.
    is_repeated = any(body.count(key) > 1 for key in (b'"registration"', b'"actor"', b'"lead"', b'"event"'))
    fields = None if is_repeated else fields_of(body)
    if fields is None:
        return _read_slowly(body)
    rest = body
    for name in APART & fields.keys():
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
        rest = JsonObject((name, value) for name, value in payload if name not in APART)
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
    own = _texts([child for key, child in value if key in {"email", "profile"}])
    return Named(_ids(value, "id"), frozenset(folded_mail(each) for each in own if AT_SIGN.search(each)))


def _ids(value: object, key: str) -> frozenset[str]:
    """The ids under a key of a JSON object: texts or numbers. A blank one counts as absent."""
    children = [child for name, child in value if name == key] if isinstance(value, JsonObject) else []
    ids = (plain(child if isinstance(child, str) else json.dumps(child)) for child in children if _is_scalar(child))
    return frozenset(filter(None, ids))


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


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, JsonObject | list)


def plain(text: str) -> str:
    """An id, composed, without blanks around it. Case matters in ids."""
    return unicodedata.normalize("NFC", text.strip())
