"""Splitting payloads into the JSON texts of their fields, so that a text that many payloads repeat is parsed once.

A conference of thousands has a few hundred sessions. Each of its payloads describes one of them at length, and an
attendee, whom a dozen other payloads describe too. A description's version is the id of the first delivery of the batch
that carries it. Payloads of other actions than time spent in sessions may also describe a target: where the action
happened, or what it is about.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import polars as pl
from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

from warehouse.limits import DEFAULT_LIMITS
from warehouse.staging.mend import mended

ABSENT = Raw(b"null")


class Fields(Struct, gc=False):
    """The fields of a payload that are used, each as JSON text."""

    action: Raw = ABSENT
    actionId: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    actionCreatedAt: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    timeSpentInMinutes: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    actor: Raw = ABSENT
    registration: Raw = ABSENT
    event: Raw = ABSENT
    session: Raw = ABSENT
    booth: Raw = ABSENT
    discussionRoom: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    breakOutRoom: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    stage: Raw = ABSENT
    question: Raw = ABSENT
    poll: Raw = ABSENT
    survey: Raw = ABSENT
    cta: Raw = ABSENT
    lead: Raw = ABSENT
    hub: Raw = ABSENT


NO_FIELDS = Fields()
TIME_SPENT = Raw(b'"TIME_SPENT_IN_SESSION"')
# The fields that each kind of description is made of.
SESSION = ("event", "session")
ATTENDEE = ("actor", "registration")
TARGET = ("booth", "discussionRoom", "breakOutRoom", "stage", "question", "poll", "survey", "cta", "lead", "hub")
# JSON escapes control characters, so that this one occurs in no text.
SEPARATOR = b"\0"
# Time spent in a session has no target. To join ten fields takes as long as to split the rest of a payload.
NO_TARGET = SEPARATOR.join([ABSENT] * len(TARGET))


class _Part(NamedTuple):
    """Some payloads, split. The texts of one field are joined: an object for each would take twice as long."""

    faults: list[str | None]
    texts: tuple[bytes, bytes, bytes, bytes]
    session_versions: list[int]
    attendee_versions: list[int]
    target_versions: list[int]


class Splitter:
    """Splits the payloads of one batch, and collects the distinct descriptions in them."""

    def __init__(self, part_count: int = DEFAULT_LIMITS.split_count) -> None:
        self._part_count = part_count
        self._fields = Decoder(Fields)
        self._json = Decoder(Raw)
        # The fields that describe, joined, and the id of the first delivery that carries them.
        self._sessions: dict[bytes, int] = {}
        self._attendees: dict[bytes, int] = {}
        self._targets: dict[bytes, int] = {}

    def split(self, delivery_ids: Sequence[int], bodies: Sequence[bytes | str]) -> pl.DataFrame:
        """One row per delivery, in order: its own fields as JSON text, and the versions of its descriptions.

        Columns: `fault, action_json, action_id_json, action_created_at_json, minutes_json, session_version,
        attendee_version, target_version`. `fault` is null, or says why there are no fields: `not_json`, `not_object` or
        `too_deep`.
        """
        starts = range(0, len(bodies), self._part_count)
        slices = [slice(start, start + self._part_count) for start in starts]
        parts = [self._part(delivery_ids[part], bodies[part]) for part in slices]
        actions, action_ids, created_ats, minutes = zip(*(part.texts for part in parts), strict=True)
        session_versions = chain.from_iterable(part.session_versions for part in parts)
        attendee_versions = chain.from_iterable(part.attendee_versions for part in parts)
        target_versions = chain.from_iterable(part.target_versions for part in parts)
        return pl.DataFrame(
            {
                "fault": pl.Series(chain.from_iterable(part.faults for part in parts), dtype=pl.String),
                "action_json": _separated(actions),
                "action_id_json": _separated(action_ids),
                "action_created_at_json": _separated(created_ats),
                "minutes_json": _separated(minutes),
                "session_version": pl.Series(session_versions, dtype=pl.Int64),
                "attendee_version": pl.Series(attendee_versions, dtype=pl.Int64),
                "target_version": pl.Series(target_versions, dtype=pl.Int64),
            }
        )

    def session_texts(self) -> pl.DataFrame:
        """One row per description of a session: `session_version, event, session`."""
        return _descriptions(self._sessions, "session_version", SESSION)

    def attendee_texts(self) -> pl.DataFrame:
        """One row per description of an attendee: `attendee_version, actor, registration`."""
        return _descriptions(self._attendees, "attendee_version", ATTENDEE)

    def target_texts(self) -> pl.DataFrame:
        """One row per description of a target: `target_version`, and the fields of `TARGET`."""
        return _descriptions(self._targets, "target_version", TARGET)

    def _part(self, delivery_ids: Sequence[int], bodies: Sequence[bytes | str]) -> _Part:
        faults: list[str | None] = [None] * len(bodies)
        try:
            payloads = [self._fields.decode(body) for body in bodies]
        except (DecodeError, RecursionError):
            bodies = [mended(body) for body in bodies]
            faults = [self._fault(body) for body in bodies]
            payloads = [
                NO_FIELDS if fault else self._fields.decode(body) for body, fault in zip(bodies, faults, strict=True)
            ]
        join, session_version, attendee_version = SEPARATOR.join, self._sessions.setdefault, self._attendees.setdefault
        target_version = self._targets.setdefault
        numbered = list(zip(delivery_ids, payloads, strict=True))
        return _Part(
            faults,
            texts=(
                join([p.action for p in payloads]),
                join([p.actionId for p in payloads]),
                join([p.actionCreatedAt for p in payloads]),
                join([p.timeSpentInMinutes for p in payloads]),
            ),
            session_versions=[session_version(join((p.event, p.session)), delivery_id) for delivery_id, p in numbered],
            attendee_versions=[
                attendee_version(join((p.actor, p.registration)), delivery_id) for delivery_id, p in numbered
            ],
            target_versions=[
                target_version(NO_TARGET if p.action == TIME_SPENT else join(_target(p)), delivery_id)
                for delivery_id, p in numbered
            ],
        )

    def _fault(self, body: bytes | str) -> str | None:
        try:
            self._fields.decode(body)
        except ValidationError:  # its first character begins no object
            return "not_object" if self._is_json(body) else "not_json"
        except DecodeError:
            return "not_json"
        except RecursionError:
            return "too_deep"
        return None

    def _is_json(self, body: bytes | str) -> bool:
        try:
            self._json.decode(body)
        except (DecodeError, RecursionError):
            return False
        return True


def _separated(texts: Iterable[bytes]) -> pl.Series:
    return pl.Series(SEPARATOR.join(texts).split(SEPARATOR), dtype=pl.Binary).cast(pl.String)


def _target(p: Fields) -> tuple[Raw, ...]:
    return (
        *(p.booth, p.discussionRoom, p.breakOutRoom, p.stage),
        *(p.question, p.poll, p.survey, p.cta, p.lead, p.hub),
    )


def _descriptions(versions: dict[bytes, int], version: str, fields: Sequence[str]) -> pl.DataFrame:
    texts = [description.split(SEPARATOR) for description in versions]
    columns = zip(*texts, strict=True) if texts else [()] * len(fields)
    return pl.DataFrame(
        {version: pl.Series(versions.values(), dtype=pl.Int64)}
        | {
            field: pl.Series(column, dtype=pl.Binary).cast(pl.String)
            for field, column in zip(fields, columns, strict=True)
        }
    )
