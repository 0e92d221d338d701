"""Splitting deliveries into the texts of their members, so that what many of them repeat is parsed once.

A conference of thousands has a few hundred sessions: each of its deliveries describes one of them, at length, and an
attendee, whom a dozen others describe too. A description's number is that of the first delivery that carries it.
"""

from collections.abc import Iterable, Sequence

import polars as pl
import pyarrow as pa
from msgspec import DecodeError, Raw, Struct
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
# It is no JSON, no object, or nested beyond all reason.
UNSPLITTABLE = (DecodeError, RecursionError)


class Splitter:
    """Splits the deliveries of one batch, part by part."""

    def __init__(self) -> None:
        self._decoder = Decoder(Members)
        self._sessions: dict[tuple[bytes, bytes], int] = {}
        self._attendees: dict[tuple[bytes, bytes], int] = {}

    def split(self, delivery_ids: Iterable[int], bodies: Sequence[bytes | str]) -> pl.DataFrame:
        """One row per delivery, in order: `is_split`, the texts of its own members, and which descriptions it has."""
        try:
            members = [self._decoder.decode(body) for body in bodies]
        except UNSPLITTABLE:
            members = [self._members_or_none(body) for body in bodies]
        sessions, attendees = self._sessions, self._attendees
        session_versions, attendee_versions = [], []
        for delivery_id, m in zip(delivery_ids, members, strict=True):
            session_versions.append(sessions.setdefault((bytes(m.event), bytes(m.session)), delivery_id))
            attendee_versions.append(attendees.setdefault((bytes(m.actor), bytes(m.registration)), delivery_id))
        return pl.DataFrame(
            {
                "is_split": pl.Series([m is not NO_MEMBERS for m in members], dtype=pl.Boolean),
                "action_json": _texts([bytes(m.action) for m in members]),
                "action_id_json": _texts([bytes(m.actionId) for m in members]),
                "action_created_at_json": _texts([bytes(m.actionCreatedAt) for m in members]),
                "minutes_json": _texts([bytes(m.timeSpentInMinutes) for m in members]),
                "session_version": pl.Series(session_versions, dtype=pl.Int64),
                "attendee_version": pl.Series(attendee_versions, dtype=pl.Int64),
            }
        )

    def session_texts(self) -> pa.Table:
        """One row per description of a session: `session_version, event, session`."""
        return _descriptions(self._sessions, "session_version", "event", "session")

    def attendee_texts(self) -> pa.Table:
        """One row per description of an attendee: `attendee_version, actor, registration`."""
        return _descriptions(self._attendees, "attendee_version", "actor", "registration")

    def _members_or_none(self, body: bytes | str) -> Members:
        try:
            return self._decoder.decode(body)
        except UNSPLITTABLE:
            return NO_MEMBERS


def _texts(texts: list[bytes]) -> pl.Series:
    return pl.Series(texts, dtype=pl.Binary).cast(pl.String)


def _descriptions(versions: dict[tuple[bytes, bytes], int], version: str, first: str, second: str) -> pa.Table:
    return pa.table(
        {
            version: pa.array(versions.values(), pa.int64()),
            first: pa.array([texts[0] for texts in versions], pa.binary()).cast(pa.string()),
            second: pa.array([texts[1] for texts in versions], pa.binary()).cast(pa.string()),
        }
    )
