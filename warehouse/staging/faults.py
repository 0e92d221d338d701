"""Faults: the fields whose values are not in the tables as they were sent.

The queries of `parse` mark the few rows that may have one. Here those are looked at again, one by one.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import polars as pl

from warehouse.blanks import BLANKS
from warehouse.limits import MAX_CHARACTERS
from warehouse.staging.batches import Batch
from warehouse.staging.fields import (
    ATTENDEE_FIELDS,
    DELIVERY_FIELDS,
    LEAD_FIELDS,
    NAMES,
    PLACES,
    SESSION_FIELDS,
    SUBJECTS,
    Field,
)
from warehouse.staging.parse import Parsed
from warehouse.staging.reading import MAX_PARTS

UNREADABLE, CUT = "unreadable", "cut"

Row = dict[str, Any]
Fault = tuple[str, str]

# Numbers stay texts: Python refuses to read one of many thousand digits. Of a repeated key the first counts, as in SQL.
_read = partial(json.loads, parse_int=str, parse_float=str, object_pairs_hook=lambda pairs: dict(reversed(pairs)))


def field_faults(batch: Batch, parsed: Parsed, accepted: pl.DataFrame) -> pl.DataFrame:
    """The faults of the accepted deliveries and of the descriptions that count: `delivery_id, field, fault`.

    Args:
        batch: the deliveries as they came.
        parsed: what they say.
        accepted: the rows of `parsed.deliveries` that are stored as usable.
    """
    own = batch.deliveries.select("delivery_id", *(field.json for field in DELIVERY_FIELDS))
    deliveries = accepted.filter("is_suspect").join(own, on="delivery_id")
    sessions = _used(parsed.sessions, batch.session_texts, accepted, "session_version")
    attendees = _used(parsed.attendees, batch.attendee_texts, accepted, "attendee_version")
    targets = _used(parsed.targets, batch.target_texts, accepted, "target_version")
    found = [
        *_found(deliveries, "delivery_id", _of_delivery),
        *_found(sessions, "session_version", _of_session),
        *_found(attendees, "attendee_version", _of_attendee),
        *_found(targets, "target_version", _of_target),
    ]
    return pl.DataFrame(found, {"delivery_id": pl.Int64, "field": pl.String, "fault": pl.String}, orient="row")


def _used(described: pl.DataFrame, texts: pl.DataFrame, accepted: pl.DataFrame, version: str) -> pl.DataFrame:
    return described.filter("is_suspect").join(accepted, on=version, how="semi").join(texts, on=version)


def _found(suspects: pl.DataFrame, key: str, of: Callable[[Row], Iterator[Fault]]) -> Iterator[tuple[int, str, str]]:
    for row in suspects.iter_rows(named=True):
        try:
            yield from ((row[key], *fault) for fault in list(of(row)))
        except RecursionError:  # nested so deeply that Python does not say which field it is
            yield row[key], "(nested too deeply to tell)", UNREADABLE


def _of_delivery(row: Row) -> Iterator[Fault]:
    for field in DELIVERY_FIELDS:
        if _is_unreadable(_read(row[field.json]), row[field.column]):
            yield field.name, UNREADABLE


def _of_session(row: Row) -> Iterator[Fault]:
    sent = {"event": _read(row["event"]), "session": _read(row["session"])}
    session = sent["session"] if isinstance(sent["session"], dict) else {}
    if isinstance(session.get("location"), list):  # the first counts
        session["location"] = next(iter(session["location"]), None)
    yield from _of_objects(sent, ["event", "session", "session.location"])
    yield from _of_fields(sent, SESSION_FIELDS, row)
    yield from _of_people(session, "speaker", row["speakers"])
    yield from _of_people(session, "sponsor", row["sponsors"])
    yield from _of_tags(session.get("tags"))


def _of_attendee(row: Row) -> Iterator[Fault]:
    sent = {"actor": _read(row["actor"]), "registration": _read(row["registration"])}
    yield from _of_objects(sent, ["actor", "registration", "registration.profile"])
    yield from _of_objects(sent, ["registration.ticketDetails", "registration.source", "registration.source.utmParams"])
    yield from _of_fields(sent, ATTENDEE_FIELDS, row)
    yield from _of_custom_fields(_at(sent, "registration.customFieldsData"))


def _of_target(row: Row) -> Iterator[Fault]:
    sent = {name: _read(row[name]) for name in (*PLACES, *SUBJECTS)}
    yield from _of_objects(sent, sent)
    yield from _of_fields(sent, LEAD_FIELDS, row)
    for name in sent.keys() - {"lead"}:
        if _is_no_text(_at(sent, f"{name}.id")) or _is_long(_at(sent, f"{name}.id")):
            yield f"{name}.id", UNREADABLE
    for name, title in NAMES.items():
        if _is_no_text(_at(sent, f"{name}.{title}")):
            yield f"{name}.{title}", UNREADABLE
        elif _is_long(_at(sent, f"{name}.{title}")):
            yield f"{name}.{title}", CUT


def _of_fields(sent: Row, fields: Iterable[Field], row: Row) -> Iterator[Fault]:
    for field in fields:
        value = _at(sent, field.name)
        if _is_unreadable(value, row[field.column]):
            yield field.name, UNREADABLE
        elif field.is_cut_when_long and _is_long(value):
            yield field.name, CUT


def _of_objects(sent: Row, names: Iterable[str]) -> Iterator[Fault]:
    for name in names:
        value = _at(sent, name)
        if not isinstance(value, dict) and _is_unreadable(value, None):
            yield name, UNREADABLE


def _of_people(session: Row, kind: str, people: list[Row] | None) -> Iterator[Fault]:
    """Of a session's speakers or sponsors, which were read as `people`."""
    sent: Any = session.get(f"{kind}s")
    if people is None:
        if _is_unreadable(sent, None):
            yield f"session.{kind}s", UNREADABLE
        return
    pairs = list(zip(sent, people, strict=False))
    if any(not isinstance(one, dict) and _is_unreadable(one, None) for one, _ in pairs):
        yield f"session.{kind}s", UNREADABLE
    elif len(sent) > MAX_PARTS:
        yield f"session.{kind}s", CUT
    for name, column in ((f"{kind}Id", f"{kind}_id"), ("url", f"{kind}_url")):
        if any(_is_unreadable(_at(one, name), read[column]) for one, read in pairs):
            yield f"session.{kind}s.{name}", UNREADABLE


def _of_tags(tags: object) -> Iterator[Fault]:
    if not isinstance(tags, list):
        if _is_unreadable(tags, None):
            yield "session.tags", UNREADABLE
    elif any(isinstance(tag, list | dict) for tag in tags[:MAX_PARTS]):
        yield "session.tags", UNREADABLE
    elif len(tags) > MAX_PARTS or any(_is_long(tag) for tag in tags):
        yield "session.tags", CUT


def _of_custom_fields(sent: object) -> Iterator[Fault]:
    """Of the custom fields of a registration. One without a value has nothing that could be lost."""
    if not isinstance(sent, list):
        if _is_unreadable(sent, None):
            yield "registration.customFieldsData", UNREADABLE
        return
    used = sent[:MAX_PARTS]
    if any(not isinstance(field, dict) for field in used):
        yield "registration.customFieldsData", UNREADABLE
    elif len(sent) > MAX_PARTS or any(_is_long(text) for field in used for text in field.values()):
        yield "registration.customFieldsData", CUT


def _at(sent: object, name: str) -> object:
    """What stands there; null where something on the way is no object."""
    value: Any = sent
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _is_unreadable(sent: object, read: object) -> bool:
    """Whether something was there, and it was read as null. Blank text is nothing."""
    return read is None and sent is not None and not (isinstance(sent, str) and not sent.strip(BLANKS))


def _is_no_text(sent: object) -> bool:
    """Whether an object or a list stands where a text is expected."""
    return isinstance(sent, list | dict)


def _is_long(sent: object) -> bool:
    return isinstance(sent, str) and len(sent.strip(BLANKS)) > MAX_CHARACTERS
