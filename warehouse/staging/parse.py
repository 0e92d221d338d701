"""Staging: JSON text to typed rows, in DuckDB SQL. It renames and casts; what does not fit goes to quarantine."""

import json
import logging
from collections.abc import Iterator
from typing import NamedTuple

import duckdb
import polars as pl
import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse.staging.batches import TEXTS_AS_VIEWS, Incoming
from warehouse.storage.append import stream
from warehouse.storage.duckdb_pool import engine

TIME_SPENT_IN_SESSION = "TIME_SPENT_IN_SESSION"

# json_transform reads a value of another type as null, and any scalar as its text. `location` is an object in one
# generation of the payload and a list in another, so it stays JSON here.
ACTOR = {"id": "VARCHAR"}
REGISTRATION = {
    "id": "VARCHAR",
    "profile": {
        "firstName": "VARCHAR",
        "lastName": "VARCHAR",
        "email": "VARCHAR",
        "company": "VARCHAR",
        "designation": "VARCHAR",
        "headline": "VARCHAR",
        "industry": "VARCHAR",
        "country": "VARCHAR",
    },
}
EVENT = {"id": "VARCHAR", "organizationId": "VARCHAR", "name": "VARCHAR"}
SESSION = {
    "id": "VARCHAR",
    "title": "VARCHAR",
    "description": "VARCHAR",
    "startDateTime": "VARCHAR",
    "endDateTime": "VARCHAR",
    "location": "JSON",
    "speakers": [{"speakerId": "VARCHAR", "url": "VARCHAR"}],
    "sponsors": [{"sponsorId": "VARCHAR", "url": "VARCHAR"}],
    "tags": ["VARCHAR"],
}
LOCATION = {"locationId": "VARCHAR", "locationName": "VARCHAR", "type": "VARCHAR"}

# An id is text of any form, but an object or a list is none; that it is not blank, its first character mostly tells,
# for a fraction of what trim() takes. Years beyond four digits fit no Python datetime.
MACROS = """
CREATE OR REPLACE TEMP MACRO id_or_null(text) AS
    CASE WHEN ord(text) IN (ord('{'), ord('[')) THEN NULL
         WHEN ord(text) BETWEEN 33 AND 126 OR trim(text) <> '' THEN text END;
CREATE OR REPLACE TEMP MACRO time_or_null(text) AS
    CASE WHEN TRY_CAST(text AS TIMESTAMPTZ) BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00'
                                                AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'
         THEN TRY_CAST(text AS TIMESTAMPTZ) END;
CREATE OR REPLACE TEMP MACRO minutes_or_null(text) AS
    CASE WHEN isfinite(TRY_CAST(text AS DOUBLE)) AND TRY_CAST(text AS DOUBLE) >= 0 THEN TRY_CAST(text AS DOUBLE) END;
"""

# Short, so that whether an action id came before is asked of a tenth of the bytes; what it finds is looked at in full.
ACTION_KEY = "(md5_number_lower(action_id) & 4294967295)::UINTEGER"

# Text that is no JSON is for `staged` to tell: TRY makes its descriptions null.
DESCRIBED_SESSIONS = """
WITH parsed AS (
    SELECT session_version,
           TRY(json_transform(event, $event)) AS event, TRY(json_transform(session, $session)) AS session
    FROM session_texts SEMI JOIN incoming USING (session_version)
), located AS (
    SELECT *, json_transform(
        CASE json_type(session.location)
            WHEN 'ARRAY' THEN session.location -> 0
            WHEN 'OBJECT' THEN session.location
        END, $location) AS location
    FROM parsed
)
SELECT
    session_version,
    coalesce(id_or_null(event.id), '(unknown)') AS event_id,
    id_or_null(session.id) AS session_id,
    id_or_null(event.organizationId) AS organization_id,
    event.name AS event_name,
    session.title AS session_title,
    session.description AS session_description,
    time_or_null(session.startDateTime) AS starts_at,
    time_or_null(session.endDateTime) AS ends_at,
    id_or_null(location.locationId) AS location_id,
    location.locationName AS location_name,
    location.type AS location_type,
    list_transform(session.speakers,
        lambda s: {'speaker_id': id_or_null(s.speakerId), 'speaker_url': s.url}) AS speakers,
    list_transform(session.sponsors,
        lambda s: {'sponsor_id': id_or_null(s.sponsorId), 'sponsor_url': s.url}) AS sponsors,
    session.tags AS tags
FROM located
"""

DESCRIBED_ATTENDEES = """
WITH parsed AS (
    SELECT attendee_version,
           TRY(json_transform(actor, $actor)) AS actor, TRY(json_transform(registration, $registration)) AS registration
    FROM attendee_texts SEMI JOIN incoming USING (attendee_version)
)
SELECT
    attendee_version,
    id_or_null(actor.id) AS actor_id,
    coalesce(id_or_null(registration.id), actor_id) AS registration_id,
    registration.profile.firstName AS first_name,
    registration.profile.lastName AS last_name,
    registration.profile.email AS email,
    registration.profile.company AS company,
    registration.profile.designation AS designation,
    registration.profile.headline AS headline,
    registration.profile.industry AS industry,
    registration.profile.country AS country
FROM parsed
"""

STAGED = f"""
WITH typed AS (
    SELECT
        delivery_id,
        coalesce(id_or_null(action_id_json ->> '$'), body_sha256, sha256(body)) AS action_id,
        {ACTION_KEY} AS action_key,
        id_or_null(action_json ->> '$') AS action,
        time_or_null(action_created_at_json ->> '$') AS action_created_at,
        event_id,
        session_id,
        registration_id,
        minutes_json ->> '$' AS minutes_text,
        minutes_or_null(minutes_text) AS minutes_spent,
        session_version,
        attendee_version,
        action = '{TIME_SPENT_IN_SESSION}' AS is_time_spent,
        CASE
            WHEN fault = 'too_deep' THEN ['unloadable', 'nested too deeply']
            WHEN fault IS NOT NULL THEN [fault]
            WHEN action IS NULL THEN ['missing_field', 'action']
            WHEN NOT is_time_spent THEN NULL
            WHEN session_id IS NULL THEN ['missing_field', 'session.id']
            WHEN minutes_text IS NULL THEN ['missing_field', 'timeSpentInMinutes']
            WHEN minutes_spent IS NULL THEN ['invalid_minutes', 'timeSpentInMinutes']
            WHEN registration_id IS NULL THEN ['missing_field', 'registration.id']
        END AS problem,
        problem[1] AS reason,
        problem[2] AS detail
    FROM incoming JOIN described_sessions USING (session_version) JOIN described_attendees USING (attendee_version)
)
SELECT * EXCLUDE (minutes_text, problem) FROM typed
"""

# A body that makes the engine itself fail is kept, and counted, without being looked into.
UNLOADABLE = f"""
SELECT delivery_id, coalesce(body_sha256, sha256(body)) AS action_id, {ACTION_KEY} AS action_key,
       false AS is_time_spent, 'unloadable' AS reason, $detail AS detail
FROM incoming
"""

# The shapes of JSON that each query takes.
SESSION_SHAPES = {"event": json.dumps(EVENT), "session": json.dumps(SESSION), "location": json.dumps(LOCATION)}
ATTENDEE_SHAPES = {"actor": json.dumps(ACTOR), "registration": json.dumps(REGISTRATION)}

# What says that the machine is in trouble, not the payload.
MACHINE_FAULTS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InterruptException)

# How large an Arrow relation is, DuckDB can only guess, and pyarrow can't filter its texts: joins keep the sides that
# they are written with, the small one on the right.
AS_WRITTEN = "SET disabled_optimizers = 'build_side_probe_side, join_filter_pushdown'"

# One thread: the other core stores what was staged before.
SCRATCH = f"SET threads = 1; SET TimeZone = 'UTC'; {AS_WRITTEN}; {TEXTS_AS_VIEWS}"

log = logging.getLogger(__name__)


class Parsed(NamedTuple):
    """What a batch of deliveries says, typed; each table has the columns of its query above.

    `deliveries`: one row each, with its `reason` if unusable; without its body. `sessions` and `attendees`: one row per
    description.
    """

    deliveries: pa.Table
    sessions: pa.Table
    attendees: pa.Table


def stage(incoming: Incoming) -> Parsed:
    """Type deliveries; should the engine fail on one, that one is found by halving.

    In a DuckDB of its own, so that it may run beside the storing of others: settings count for a whole instance.
    """
    with engine(SCRATCH) as scratch:
        scratch.execute(MACROS)
        scratch.register("session_texts", incoming.session_texts)
        scratch.register("attendee_texts", incoming.attendee_texts)
        try:
            parsed = _parsed(scratch, incoming.deliveries)
        except MACHINE_FAULTS:
            raise
        except duckdb.Error:
            parsed = _together(list(_halves(scratch, incoming.deliveries)))
        for name in ("session_texts", "attendee_texts", "incoming", "described_sessions", "described_attendees"):
            scratch.unregister(name)
    return parsed


def _parsed(scratch: DuckDBPyConnection, rows: pa.Table) -> Parsed:
    scratch.register("incoming", stream(rows.select(["session_version"])))
    sessions = scratch.execute(DESCRIBED_SESSIONS, SESSION_SHAPES).to_arrow_table()
    scratch.register("incoming", stream(rows.select(["attendee_version"])))
    attendees = scratch.execute(DESCRIBED_ATTENDEES, ATTENDEE_SHAPES).to_arrow_table()
    scratch.register("incoming", stream(rows))
    scratch.register("described_sessions", stream(sessions))
    scratch.register("described_attendees", stream(attendees))
    return Parsed(scratch.execute(STAGED).to_arrow_table(), sessions, attendees)


def _halves(scratch: DuckDBPyConnection, rows: pa.Table) -> Iterator[Parsed]:
    middle = (len(rows) + 1) // 2
    for half in (rows[:middle], rows[middle:]):
        try:
            yield _parsed(scratch, half)
        except MACHINE_FAULTS:
            raise
        except duckdb.Error as error:
            if len(half) > 1:
                yield from _halves(scratch, half)
                continue
            log.error("delivery %s makes DuckDB fail: quarantined as unloadable", half["delivery_id"][0])  # noqa: TRY400 -- it is handled
            yield _unloadable(scratch, half, str(error).partition("\n")[0])


def _unloadable(scratch: DuckDBPyConnection, rows: pa.Table, detail: str) -> Parsed:
    nothing = _parsed(scratch, rows[:0])
    scratch.register("incoming", stream(rows))
    return nothing._replace(deliveries=scratch.execute(UNLOADABLE, {"detail": detail}).to_arrow_table())


def _together(parts: list[Parsed]) -> Parsed:
    """One of several; a description that more than one of them has, once."""
    deliveries, sessions, attendees = (
        pl.concat([pl.DataFrame(table) for table in tables], how="diagonal") for tables in zip(*parts, strict=True)
    )
    return Parsed(
        deliveries.to_arrow(),
        sessions.unique("session_version").to_arrow(),
        attendees.unique("attendee_version").to_arrow(),
    )
