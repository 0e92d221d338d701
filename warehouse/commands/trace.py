"""Tracing: what became of each delivery, from its receipt to the figures that it fed."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection
from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from warehouse.commands.person import Person
from warehouse.commands.spellings import folded_mail
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema import TIME_SPENT_IN_SESSION
from warehouse.settings import RepeatPolicy, WarehouseSettings
from warehouse.storage import load_log, repeat_policy, storage_of
from warehouse.storage.errors import WarehouseMissing
from warehouse.storage.versions import require_current_version

READ_COUNT, READ_BYTES = 1_000, 16 * 1024 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The ids of the deliveries that are looked for. A quarantined one has no registration: its text is searched.
OF_ACTION = """
SELECT delivery_id FROM raw.deliveries WHERE action_id = $action_id
UNION ALL SELECT delivery_id FROM raw.quarantine WHERE action_id = $action_id
"""
OF_DELIVERY = "SELECT $delivery_id AS delivery_id"
OF_PERSON = """
SELECT delivery_id FROM staging.actions
WHERE (registration_id = $registration_id OR (event_id, registration_id) IN (
        SELECT (event_id, registration_id) FROM staging.actions JOIN staging.attendee_versions USING (attendee_version)
        WHERE lower(trim(email)) = $email
    )) AND ($session_id IS NULL OR session_id = $session_id)
UNION ALL
SELECT delivery_id FROM raw.quarantine
WHERE (contains(lower(body), $email) OR contains(body, $registration_id))
  AND ($session_id IS NULL OR contains(body, $session_id))
"""
# Whether an action counts, its attendance tells: with the policy `latest` it has the action's id.
TRACED = f"""
WITH found AS MATERIALIZED ({{found}}),
stored AS (
    SELECT deliveries.*, event_id, session_id, registration_id, minutes_spent
    FROM (SELECT * EXCLUDE (body) FROM raw.deliveries SEMI JOIN found USING (delivery_id)) AS deliveries
    JOIN (SELECT delivery_id, event_id, session_id, registration_id, minutes_spent FROM staging.actions
          SEMI JOIN found USING (delivery_id)) AS actions USING (delivery_id)
)
SELECT delivery_id, stored.action_id, action, stored.received_at, load_id,
       CASE WHEN action <> '{TIME_SPENT_IN_SESSION}' THEN 'other_action'
            WHEN $policy = 'sum' OR counted.action_id = stored.action_id THEN 'counted'
            ELSE 'superseded' END AS outcome,
       NULL AS reason, stored.minutes_spent, NULL::BIGINT AS first_delivery_id
FROM stored LEFT JOIN main.time_spent AS counted USING (event_id, session_id, registration_id)
UNION ALL
SELECT delivery_id, action_id, NULL, received_at, load_id, 'quarantined', concat_ws(': ', reason, detail), NULL, NULL
FROM raw.quarantine SEMI JOIN found USING (delivery_id)
UNION ALL
SELECT repeats.delivery_id, first.action_id, first.action, repeats.received_at, repeats.load_id, 'duplicate', NULL,
       minutes_spent, first_delivery_id
FROM (FROM raw.repeats WHERE delivery_id IN (FROM found) OR first_delivery_id IN (FROM found)) AS repeats
LEFT JOIN (SELECT delivery_id, action_id, action FROM raw.deliveries
           UNION ALL SELECT delivery_id, action_id, NULL FROM raw.quarantine) AS first
    ON first.delivery_id = first_delivery_id
LEFT JOIN staging.actions ON actions.delivery_id = first_delivery_id
ORDER BY delivery_id
"""
# Each policy's answer. Of several actions the latest is the last by `action_created_at`, unknown ones first, then by
# receipt.
ATTENDANCES = f"""
WITH wanted AS (
    SELECT DISTINCT event_id, session_id, registration_id FROM staging.actions
    WHERE delivery_id IN (SELECT unnest($delivery_ids)) AND action = '{TIME_SPENT_IN_SESSION}'
)
SELECT event_name, session_title, registration_id,
       arg_max(minutes_spent, {{'at': coalesce(action_created_at, '-infinity'), 'delivery_id': delivery_id}}),
       sum(minutes_spent), count(*)
FROM staging.actions JOIN wanted USING (event_id, session_id, registration_id)
LEFT JOIN main.events USING (event_id) LEFT JOIN main.sessions USING (event_id, session_id)
WHERE action = '{TIME_SPENT_IN_SESSION}'
GROUP BY ALL ORDER BY ALL
"""


OUTCOMES = {
    "counted": "It counts.",
    "superseded": "A later action for the same attendee and session counts in its place.",
    "other_action": "It is kept in the table actions. Only time spent in sessions counts as minutes.",
    "duplicate": "It repeats delivery {first_delivery_id}, which stands for it.",
    "quarantined": "It can't be used: {reason}. It is kept, and each rebuild tries it again.",
    "set_aside": "It was refused: {reason}. `ingest reverify` accepts it once the secret is right.",
    "waiting": "It was accepted, and waits for the next load.",
}
OTHER: dict[RepeatPolicy, RepeatPolicy] = {"latest": "sum", "sum": "latest"}


class Wanted(NamedTuple):
    """What is looked for: one of the first four; a session only beside a person."""

    action_id: str | None = None
    email: str | None = None
    registration_id: str | None = None
    delivery_id: int | None = None
    session_id: str | None = None


class Traced(NamedTuple):
    """A delivery and what became of it. `delivery_id` and `load_id` are null as long as it is not loaded.

    `outcome` is counted, superseded, other_action, duplicate, quarantined, set_aside or waiting.
    """

    delivery_id: int | None
    action_id: str | None
    action: str | None
    received_at: datetime
    load_id: int | None
    outcome: str
    reason: str | None
    minutes_spent: float | None
    first_delivery_id: int | None

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        return OUTCOMES[self.outcome].format(**self._asdict())


class Attendance(NamedTuple):
    """What the traced actions fed: the minutes of one attendee in one session, as each policy counts them."""

    event_name: str | None
    session_title: str | None
    registration_id: str
    latest_minutes: float
    summed_minutes: float
    action_count: int

    def sentence(self, policy: RepeatPolicy) -> str:
        """What counts, and what the other policy would say."""
        by_policy = {"latest": self.latest_minutes, "sum": self.summed_minutes}
        other = OTHER[policy]
        actions = "1 action" if self.action_count == 1 else f"{self.action_count} actions"
        return (
            f"{self.registration_id} in “{self.session_title or 'a session without a title'}”"
            f" of {self.event_name or 'an event without a name'}: {by_policy[policy]:g} minutes count,"
            f" of {actions} (REPEAT_POLICY={policy}); {other} would say {by_policy[other]:g}."
        )


class Trace(NamedTuple):
    """The deliveries, oldest first, the attendances that they fed, and the policy of the warehouse."""

    deliveries: list[Traced]
    attendances: list[Attendance]
    policy: RepeatPolicy


class Sent(Struct):
    """What an unloaded delivery says of itself."""

    action: Any = None
    actionId: Any = None  # noqa: N815 -- Zuddl's name
    session: Any = None
    timeSpentInMinutes: Any = None  # noqa: N815 -- Zuddl's name


SENT = Decoder(Sent)


def trace(settings: WarehouseSettings, wanted: Wanted) -> Trace:
    """Look for deliveries in the warehouse, in the inbox beyond it, and among those set aside.

    Raises:
        OtherVersion: another release made the file.
        duckdb.Error, sqlite3.Error, OSError: a file can't be read.
    """
    deliveries: list[Traced] = []
    attendances: list[Attendance] = []
    positions: dict[str, int] = {}
    policy = settings.repeat_policy
    try:
        with storage_of(settings).connect() as connection:
            require_current_version(connection)
            policy = repeat_policy.stored(connection) or policy
            positions = load_log.inbox_positions(connection)
            deliveries = _loaded(connection, wanted, policy)
            attendances = _attendances(connection, deliveries)
    except WarehouseMissing:  # nothing was loaded yet
        if not settings.inbox_path.exists():
            raise
    if settings.inbox_path.exists() and wanted.delivery_id is None:
        deliveries += _unloaded(settings, positions, _tells(wanted))
    return Trace(deliveries, attendances, policy)


def _loaded(connection: DuckDBPyConnection, wanted: Wanted, policy: RepeatPolicy) -> list[Traced]:
    parameters: dict[str, object] = {"policy": policy}
    if wanted.delivery_id is not None:
        found, parameters = OF_DELIVERY, parameters | {"delivery_id": wanted.delivery_id}
    elif wanted.action_id is not None:
        found, parameters = OF_ACTION, parameters | {"action_id": wanted.action_id}
    else:
        email = folded_mail(wanted.email) if wanted.email else None
        found = OF_PERSON
        parameters |= {"email": email, "registration_id": wanted.registration_id, "session_id": wanted.session_id}
    return [Traced(*row) for row in connection.execute(TRACED.format(found=found), parameters).fetchall()]


def _attendances(connection: DuckDBPyConnection, deliveries: list[Traced]) -> list[Attendance]:
    ids = [one.first_delivery_id or one.delivery_id for one in deliveries]
    return [Attendance(*row) for row in connection.execute(ATTENDANCES, {"delivery_ids": ids}).fetchall()]


def _unloaded(
    settings: WarehouseSettings, positions: dict[str, int], is_wanted: Callable[[bytes], bool]
) -> Iterator[Traced]:
    """What waits in the inbox, and what was refused."""
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        position = positions.get(inbox.inbox_id, 0)
        while waiting := inbox.read_after(position, max_count=READ_COUNT, max_bytes=READ_BYTES):
            yield from (_as_sent(one.received_at, one.body, "waiting") for one in waiting if is_wanted(one.body))
            position = waiting[-1].delivery_id
        for refused in inbox.set_aside.all():
            if is_wanted(refused.body):
                yield _as_sent(refused.received_at, refused.body, "set_aside", refused.reason)


def _as_sent(received_at: int, body: bytes, outcome: str, reason: str | None = None) -> Traced:
    sent = _sent(body)
    minutes = sent.timeSpentInMinutes if isinstance(sent.timeSpentInMinutes, int | float) else None
    action = sent.action if isinstance(sent.action, str) else None
    when = EPOCH + timedelta(microseconds=received_at)
    return Traced(None, _action_id(body), action, when, None, outcome, reason, minutes, None)


def _tells(wanted: Wanted) -> Callable[[bytes], bool]:
    """A function that tells whether an unloaded body is looked for."""
    if wanted.action_id is not None:
        return lambda body: _action_id(body) == wanted.action_id
    person = Person({wanted.registration_id} if wanted.registration_id else set(), wanted.email)
    session = (wanted.session_id or "").encode()
    return lambda body: session in body and person.is_in(body)


def _action_id(body: bytes) -> str:
    sent = _sent(body)
    return sent.actionId if isinstance(sent.actionId, str) else hashlib.sha256(body).hexdigest()


def _sent(body: bytes) -> Sent:
    try:
        return SENT.decode(body)
    except (DecodeError, RecursionError):
        return Sent()
