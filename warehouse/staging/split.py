"""Splitting payloads into the JSON texts of their fields, so that a text that many payloads repeat is parsed once.

A conference of thousands has a few hundred sessions. Each of its payloads describes one of them at length, and an
attendee, whom a dozen other payloads describe too. A description's version is the id of the first delivery of the batch
that carries it.
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


NO_FIELDS = Fields()
# JSON escapes control characters, so that this one occurs in no text.
SEPARATOR = b"\0"


class _Part(NamedTuple):
    """Some payloads, split. The texts of one field are joined: an object for each would take twice as long."""

    faults: list[str | None]
    texts: tuple[bytes, bytes, bytes, bytes]
    session_versions: list[int]
    attendee_versions: list[int]


class Splitter:
    """Splits the payloads of one batch, and collects the distinct descriptions in them."""

    def __init__(self, part_count: int = DEFAULT_LIMITS.split_count) -> None:
        self._part_count = part_count
        self._fields = Decoder(Fields)
        self._json = Decoder(Raw)
        # The two fields that describe, joined, and the id of the first delivery that carries them.
        self._sessions: dict[bytes, int] = {}
        self._attendees: dict[bytes, int] = {}

    def split(self, delivery_ids: Sequence[int], bodies: Sequence[bytes | str]) -> pl.DataFrame:
        """One row per delivery, in order: its own fields as JSON text, and the versions of its descriptions.

        Columns: `fault, action_json, action_id_json, action_created_at_json, minutes_json, session_version,
        attendee_version`. `fault` is null, or says why there are no fields: `not_json`, `not_object` or `too_deep`.
        """
        starts = range(0, len(bodies), self._part_count)
        slices = [slice(start, start + self._part_count) for start in starts]
        parts = [self._part(delivery_ids[part], bodies[part]) for part in slices]
        actions, action_ids, created_ats, minutes = zip(*(part.texts for part in parts), strict=True)
        session_versions = chain.from_iterable(part.session_versions for part in parts)
        attendee_versions = chain.from_iterable(part.attendee_versions for part in parts)
        return pl.DataFrame(
            {
                "fault": pl.Series(chain.from_iterable(part.faults for part in parts), dtype=pl.String),
                "action_json": _separated(actions),
                "action_id_json": _separated(action_ids),
                "action_created_at_json": _separated(created_ats),
                "minutes_json": _separated(minutes),
                "session_version": pl.Series(session_versions, dtype=pl.Int64),
                "attendee_version": pl.Series(attendee_versions, dtype=pl.Int64),
            }
        )

    def session_texts(self) -> pl.DataFrame:
        """One row per description of a session: `session_version, event, session`."""
        return _descriptions(self._sessions, "session_version", "event", "session")

    def attendee_texts(self) -> pl.DataFrame:
        """One row per description of an attendee: `attendee_version, actor, registration`."""
        return _descriptions(self._attendees, "attendee_version", "actor", "registration")

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


def _descriptions(versions: dict[bytes, int], version: str, first: str, second: str) -> pl.DataFrame:
    pairs = [description.split(SEPARATOR) for description in versions]
    return pl.DataFrame(
        {
            version: pl.Series(versions.values(), dtype=pl.Int64),
            first: pl.Series([pair[0] for pair in pairs], dtype=pl.Binary).cast(pl.String),
            second: pl.Series([pair[1] for pair in pairs], dtype=pl.Binary).cast(pl.String),
        }
    )
