"""Splitting deliveries into the texts of their members, so that what many of them repeat is parsed once.

A conference of thousands has a few hundred sessions: each of its deliveries describes one of them, at length, and an
attendee, whom a dozen others describe too. A description's number is that of the first delivery that carries it.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import polars as pl
import pyarrow as pa
from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

ABSENT = Raw(b"null")


class Members(Struct, gc=False):
    """What staging reads of a payload, each as JSON text."""

    action: Raw = ABSENT
    actionId: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    actionCreatedAt: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    timeSpentInMinutes: Raw = ABSENT  # noqa: N815 -- Zuddl's name
    actor: Raw = ABSENT
    registration: Raw = ABSENT
    event: Raw = ABSENT
    session: Raw = ABSENT


NO_MEMBERS = Members()
# Occurs in no JSON: control characters are escaped there.
SEPARATOR = b"\0"
# So many bodies, and what is taken from them, stay in a core's own cache from one look at them to the next.
PART_COUNT = 128


class _Part(NamedTuple):
    """Some deliveries, split: each member's texts are joined, as to make an object of each would take twice as long."""

    faults: list[str | None]
    texts: tuple[bytes, bytes, bytes, bytes]
    sessions: list[int]
    attendees: list[int]


class Splitter:
    """Splits the deliveries of one batch, part by part."""

    def __init__(self) -> None:
        self._members = Decoder(Members)
        self._json = Decoder(Raw)
        # The two members that describe, joined, and the number of the first delivery that carries them.
        self._sessions: dict[bytes, int] = {}
        self._attendees: dict[bytes, int] = {}

    def split(self, delivery_ids: Sequence[int], bodies: Sequence[bytes | str]) -> pl.DataFrame:
        """One row per delivery, in order: its own members as JSON text, and which descriptions it has.

        `fault` says why a delivery has none: it is `not_json`, `not_object`, or `too_deep` to be read.
        """
        parts = [
            self._part(delivery_ids[start : start + PART_COUNT], bodies[start : start + PART_COUNT])
            for start in range(0, len(bodies), PART_COUNT)
        ]
        actions, action_ids, created_ats, minutes = zip(*(part.texts for part in parts), strict=True)
        return pl.DataFrame(
            {
                "fault": pl.Series(chain.from_iterable(part.faults for part in parts), dtype=pl.String),
                "action_json": _series(actions),
                "action_id_json": _series(action_ids),
                "action_created_at_json": _series(created_ats),
                "minutes_json": _series(minutes),
                "session_version": pl.Series(chain.from_iterable(part.sessions for part in parts), dtype=pl.Int64),
                "attendee_version": pl.Series(chain.from_iterable(part.attendees for part in parts), dtype=pl.Int64),
            }
        )

    def _part(self, delivery_ids: Sequence[int], bodies: Sequence[bytes | str]) -> _Part:
        faults: list[str | None] = [None] * len(bodies)
        try:
            members = [self._members.decode(body) for body in bodies]
        except (DecodeError, RecursionError):
            faults = [self._fault(body) for body in bodies]
            members = [
                NO_MEMBERS if fault else self._members.decode(body) for body, fault in zip(bodies, faults, strict=True)
            ]
        join, session_version, attendee_version = SEPARATOR.join, self._sessions.setdefault, self._attendees.setdefault
        numbered = list(zip(delivery_ids, members, strict=True))
        return _Part(
            faults,
            texts=(
                join([m.action for m in members]),
                join([m.actionId for m in members]),
                join([m.actionCreatedAt for m in members]),
                join([m.timeSpentInMinutes for m in members]),
            ),
            sessions=[session_version(join((m.event, m.session)), number) for number, m in numbered],
            attendees=[attendee_version(join((m.actor, m.registration)), number) for number, m in numbered],
        )

    def session_texts(self) -> pa.Table:
        """One row per description of a session: `session_version, event, session`."""
        return _descriptions(self._sessions, "session_version", "event", "session")

    def attendee_texts(self) -> pa.Table:
        """One row per description of an attendee: `attendee_version, actor, registration`."""
        return _descriptions(self._attendees, "attendee_version", "actor", "registration")

    def _fault(self, body: bytes | str) -> str | None:
        try:
            self._members.decode(body)
        except ValidationError:  # it begins like something else than an object
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


def _series(texts: Iterable[bytes]) -> pl.Series:
    return pl.Series(SEPARATOR.join(texts).split(SEPARATOR), dtype=pl.Binary).cast(pl.String)


def _descriptions(versions: dict[bytes, int], version: str, first: str, second: str) -> pa.Table:
    pairs = [description.split(SEPARATOR) for description in versions]
    return pa.table(
        {
            version: pa.array(versions.values(), pa.int64()),
            first: pa.array([pair[0] for pair in pairs], pa.binary()).cast(pa.string()),
            second: pa.array([pair[1] for pair in pairs], pa.binary()).cast(pa.string()),
        }
    )
