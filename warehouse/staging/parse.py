"""Parsing: JSON text to typed rows, in DuckDB SQL. It renames and casts; what does not fit gets a reason."""

import json
import logging
from collections.abc import Collection, Iterator
from functools import partial
from typing import NamedTuple

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.culprit import Unloadable, take_apart
from warehouse.memory import limit_bytes
from warehouse.schema import PERSON
from warehouse.staging.batches import Batch
from warehouse.storage.append import stream
from warehouse.storage.duckdb_pool import borrowed_connection

TIME_SPENT_IN_SESSION = "TIME_SPENT_IN_SESSION"

# json_transform reads a value of another type as null, and any scalar as its text. `location` is an object in one
# generation of the payload and a list in another, so it stays JSON here.
ACTOR = {"id": "VARCHAR"}
# The profile: our names of the columns, and Zuddl's of the fields.
PROFILE = {column.name: column.name for column in PERSON} | {"first_name": "firstName", "last_name": "lastName"}
REGISTRATION = {"id": "VARCHAR", "profile": dict.fromkeys(PROFILE.values(), "VARCHAR")}
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

# An id is text of any form, but no object and no list. Most ids start with a visible character, so that no trim() is
# needed to see that they are not blank. Years beyond four digits fit no Python datetime.
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

# A 32-bit hash of the action id: the duplicate lookup scans a tenth of the bytes. Hits are confirmed by comparing id
# and body.
ACTION_KEY = "(md5_number_lower(action_id) & 4294967295)::UINTEGER"

# TRY: where the text is no JSON, the description is null, and DELIVERIES gives the reason.
SESSIONS = """
WITH parsed AS (
    SELECT session_version,
           TRY(json_transform(event, $event)) AS event, TRY(json_transform(session, $session)) AS session
    FROM texts SEMI JOIN deliveries USING (session_version)
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

ATTENDEES = f"""
WITH parsed AS (
    SELECT attendee_version,
           TRY(json_transform(actor, $actor)) AS actor, TRY(json_transform(registration, $registration)) AS registration
    FROM texts SEMI JOIN deliveries USING (attendee_version)
)
SELECT
    attendee_version,
    id_or_null(actor.id) AS actor_id,
    coalesce(id_or_null(registration.id), actor_id) AS registration_id,
    {", ".join(f"registration.profile.{field} AS {column}" for column, field in PROFILE.items())}
FROM parsed
"""

DELIVERIES = f"""
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
    FROM deliveries JOIN sessions USING (session_version) JOIN attendees USING (attendee_version)
)
SELECT * EXCLUDE (minutes_text, problem) FROM typed
"""

# A body that makes DuckDB itself fail is kept and counted, and nobody looks into it.
UNLOADABLE = f"""
SELECT delivery_id, coalesce(body_sha256, sha256(body)) AS action_id, {ACTION_KEY} AS action_key,
       false AS is_time_spent, 'unloadable' AS reason, $detail AS detail
FROM deliveries
"""

# The shapes of JSON that each query takes.
SESSION_SHAPES = {"event": json.dumps(EVENT), "session": json.dumps(SESSION), "location": json.dumps(LOCATION)}
ATTENDEE_SHAPES = {"actor": json.dumps(ACTOR), "registration": json.dumps(REGISTRATION)}

# These errors say that the machine is in trouble, not the payload.
MACHINE_FAULTS = (duckdb.IOException, duckdb.FatalException, duckdb.InterruptException)
# The fault of a delivery that is not looked into, because that would end the process; and its detail.
TOO_LARGE = "too_large"
TOO_LARGE_DETAIL = "it ended the loader, which had {} MB of memory"
MEGABYTE = 1_000_000

# One thread: the other core reads and splits the next batch. Joins keep the sides they are written with, the small one
# on the right: DuckDB can only guess how many rows a registered frame has.
SETTINGS = "SET threads = 1; SET TimeZone = 'UTC'; SET disabled_optimizers = 'build_side_probe_side'"

log = logging.getLogger(__name__)


class Parsed(NamedTuple):
    """What a batch of deliveries says, typed.

    `deliveries`: one row each, without its body; `reason` is null unless the delivery is unusable.
    `sessions` and `attendees`: one row per description. The columns are those of the queries above.
    """

    deliveries: pl.DataFrame
    sessions: pl.DataFrame
    attendees: pl.DataFrame


def parse(batch: Batch, macros: str = MACROS) -> Parsed:
    """The deliveries, typed. A delivery that makes DuckDB fail is found by halving, and is unusable.

    A DuckDB instance of its own does this: its settings would slow down the storing.
    """
    with borrowed_connection(SETTINGS) as connection:
        connection.execute(macros)
        return _together(list(_parts(connection, batch)))


def leave_unread(batch: Batch, delivery_ids: Collection[int] | None = None) -> Batch:
    """The batch, of which these deliveries (None: all) are not looked into: that would end the process."""
    is_left = pl.lit(value=True) if delivery_ids is None else pl.col("delivery_id").is_in(delivery_ids)
    fault = pl.when(is_left).then(pl.lit(TOO_LARGE)).otherwise("fault")
    return batch._replace(deliveries=batch.deliveries.with_columns(fault=fault))


def _parts(connection: DuckDBPyConnection, batch: Batch) -> Iterator[Parsed]:
    """The deliveries, typed, in one part if none of them makes DuckDB fail."""
    unread = batch.deliveries.filter(pl.col("fault").eq_missing(TOO_LARGE))
    rows = batch.deliveries.join(unread, on="delivery_id", how="anti") if len(unread) else batch.deliveries
    try:
        yield _parse_or_tell(connection, batch, rows)
    except Unloadable:
        for part, outcome in take_apart(rows, partial(_parse_or_tell, connection, batch)):
            if isinstance(outcome, Parsed):
                yield outcome
                continue
            log.error("delivery %s makes DuckDB fail: quarantined as unloadable", part["delivery_id"][0])  # noqa: TRY400 -- it is handled
            yield _unloadable(connection, batch, part, str(outcome))
    if len(unread):
        log.error("deliveries %s would end the loader: quarantined as unloadable", unread["delivery_id"].to_list())
        yield _unloadable(connection, batch, unread, TOO_LARGE_DETAIL.format(limit_bytes() // MEGABYTE))


def _parse_or_tell(connection: DuckDBPyConnection, batch: Batch, rows: pl.DataFrame) -> Parsed:
    try:
        return _parse(connection, batch, rows)
    except MACHINE_FAULTS:
        raise
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) and len(rows) == 1:
            raise  # the process holds much more than this delivery
        raise Unloadable(str(error).partition("\n")[0]) from error


def _parse(connection: DuckDBPyConnection, batch: Batch, rows: pl.DataFrame) -> Parsed:
    """The given rows of the batch."""
    sessions = _ask(
        connection, SESSIONS, SESSION_SHAPES, deliveries=rows.select("session_version"), texts=batch.session_texts
    )
    attendees = _ask(
        connection, ATTENDEES, ATTENDEE_SHAPES, deliveries=rows.select("attendee_version"), texts=batch.attendee_texts
    )
    return Parsed(
        _ask(connection, DELIVERIES, deliveries=rows, sessions=sessions, attendees=attendees), sessions, attendees
    )


def _unloadable(connection: DuckDBPyConnection, batch: Batch, rows: pl.DataFrame, detail: str) -> Parsed:
    nothing = _parse(connection, batch, rows[:0])
    return nothing._replace(deliveries=_ask(connection, UNLOADABLE, {"detail": detail}, deliveries=rows))


def _ask(
    connection: DuckDBPyConnection, query: str, parameters: dict[str, str] | None = None, **frames: pl.DataFrame
) -> pl.DataFrame:
    """The answer to a query that may read the frames by their names, each once."""
    for name, frame in frames.items():
        connection.register(name, stream(frame))
    try:
        return connection.execute(query, parameters).pl()
    finally:
        for name in frames:
            connection.unregister(name)


def _together(parts: list[Parsed]) -> Parsed:
    """One of several; a description that more than one of them has, once."""
    if len(parts) == 1:
        return parts[0]
    deliveries, sessions, attendees = (pl.concat(frames, how="diagonal") for frames in zip(*parts, strict=True))
    return Parsed(deliveries, sessions.unique("session_version"), attendees.unique("attendee_version"))
