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
from warehouse.limits import MAX_CHARACTERS
from warehouse.memory import limit_bytes
from warehouse.staging import fields
from warehouse.staging.batches import Batch
from warehouse.staging.fields import ATTENDEE_FIELDS, DELIVERY_FIELDS, LEAD_FIELDS, PLACES, SESSION_FIELDS, SUBJECTS
from warehouse.staging.reading import MACROS
from warehouse.storage.append import stream
from warehouse.storage.duckdb_pool import borrowed_connection

TIME_SPENT_IN_SESSION = "TIME_SPENT_IN_SESSION"

# What is read of each description. As JSON, a text differs from an object or a list.
EVENT = dict.fromkeys(
    ("id", "organizationId", "name", "timezone", "startDate", "endDate", "status", "type", "eventFormat"), "JSON"
)
SESSION = dict.fromkeys(
    ("id", "title", "description", "startDateTime", "endDateTime", "location", "format"), "JSON"
) | dict.fromkeys(("speakers", "sponsors", "tags"), "JSON")
LOCATION = dict.fromkeys(("locationId", "locationName", "type"), "JSON")
ACTOR = {"id": "JSON"}
REGISTRATION = dict.fromkeys(
    ("id", "eventId", "attendanceType", "ticketDetails", "source", "customFieldsData"), "JSON"
) | {"profile": dict.fromkeys(fields.PROFILE.values(), "JSON")}
TICKET = {"ticketName": "JSON"}
SOURCE = {"type": "JSON"}
UTM = dict.fromkeys(("source", "medium", "campaign"), "JSON")
LEAD = {field.name.removeprefix("lead."): "JSON" for field in LEAD_FIELDS}

# A 32-bit hash of the action id: the duplicate lookup scans a tenth of the bytes. Hits are confirmed by comparing id
# and content.
ACTION_KEY = "(md5_number_lower(action_id) & 4294967295)::UINTEGER"

# Who acts is staff: the actor is nobody's registration.
IS_BY_STAFF = "starts_with(action, 'EVENT_') OR starts_with(action, 'LEAD_') OR action = 'ON_DEMAND_SETTING_UPDATED'"


def is_no_object(json_text: str) -> str:
    """An SQL condition: something else stands where an object is expected."""
    return f"ord({json_text}) NOT IN (ord('{{'), ord('n'))"


# `location` is an object in one generation of the payload and a list in another. TRY: where the text is no JSON, the
# description is null, and DELIVERIES gives the reason. `is_suspect` is true or null.
SESSIONS = f"""
WITH parsed AS (
    SELECT session_version, texts.event AS event_json, texts.session AS session_json,
           TRY(json_transform(texts.event, $event)) AS event, TRY(json_transform(texts.session, $session)) AS session
    FROM texts SEMI JOIN deliveries USING (session_version)
), located AS (
    SELECT *, if(ord(session.location) = ord('['), session.location -> 0, session.location) AS location_json,
           json_transform(location_json, $location) AS location
    FROM parsed
), in_words AS (
    SELECT *, {fields.texts(SESSION_FIELDS)} FROM located
), read AS (
    SELECT *, {fields.values(SESSION_FIELDS)},
           people(session.speakers, 'speakerId') AS speakers,
           people(session.sponsors, 'sponsorId') AS sponsors,
           tags_of(session.tags) AS tags
    FROM in_words
)
SELECT
    session_version, {fields.columns(SESSION_FIELDS)}, tags,
    list_transform(speakers, lambda p: {{'speaker_id': p.id, 'speaker_url': p.url}}) AS speakers,
    list_transform(sponsors, lambda p: {{'sponsor_id': p.id, 'sponsor_url': p.url}}) AS sponsors,
    {fields.suspicion(SESSION_FIELDS)}
    OR {is_no_object("event_json")} OR {is_no_object("session_json")} OR {is_no_object("location_json")}
    OR strlen(session.tags) > {MAX_CHARACTERS} OR len(tags) IS DISTINCT FROM json_array_length(session.tags)
    OR are_suspects(session.speakers, speakers) OR are_suspects(session.sponsors, sponsors) AS is_suspect
FROM read
"""

ATTENDEES = f"""
WITH parsed AS (
    SELECT attendee_version, actor AS actor_json, registration AS registration_json,
           TRY(json_transform(texts.actor, $actor)) AS actor,
           TRY(json_transform(texts.registration, $registration)) AS registration
    FROM texts SEMI JOIN deliveries USING (attendee_version)
), sourced AS (
    SELECT *, json_transform(registration.ticketDetails, $ticket) AS ticket,
           json_transform(registration.source, $source) AS source,
           registration.source -> 'utmParams' AS utm_json, json_transform(utm_json, $utm) AS utm
    FROM parsed
), in_words AS (
    SELECT *, {fields.texts(ATTENDEE_FIELDS)} FROM sourced
), read AS (
    SELECT *, {fields.values(ATTENDEE_FIELDS)}, custom_fields_of(registration.customFieldsData) AS custom_fields
    FROM in_words
)
SELECT
    attendee_version, {fields.columns(ATTENDEE_FIELDS)}, custom_fields,
    {fields.suspicion(ATTENDEE_FIELDS)}
    OR {is_no_object("actor_json")} OR {is_no_object("registration_json")}
    OR {is_no_object("registration.ticketDetails")} OR {is_no_object("registration.source")}
    OR {is_no_object("utm_json")}
    OR len(custom_fields) < json_array_length(registration.customFieldsData)
    OR strlen(registration.customFieldsData) > {MAX_CHARACTERS}
    OR (coalesce({", ".join(fields.PROFILE)}) IS NULL AND contains(registration_json, '"profile"')) AS is_suspect
FROM read
"""


def _object(name: str, kind: str) -> str:
    """SQL: the type, the id and the name of an object of a target."""
    title = f"text_or_null(text_of({name}.{fields.NAMES[name]}))" if name in fields.NAMES else "NULL::VARCHAR"
    return f"{{'type': '{kind}', 'id': id_or_null(text_of({name}.id)), 'name': {title}}}"


def _first(kinds: dict[str, str]) -> str:
    """SQL: of these objects the first with an id."""
    objects = ", ".join(_object(name, kind) for name, kind in kinds.items())
    return f"list_filter([{objects}], lambda o: o.id IS NOT NULL)[1]"


def _shape(name: str) -> dict[str, str]:
    return {"id": "JSON"} | ({fields.NAMES[name]: "JSON"} if name in fields.NAMES else {})


TARGET_SHAPES = {name: json.dumps(LEAD if name == "lead" else _shape(name)) for name in (*PLACES, *SUBJECTS)}
TARGETS = f"""
WITH parsed AS (
    SELECT target_version, {", ".join(f"texts.{name} AS {name}_json" for name in TARGET_SHAPES)},
           {", ".join(f"TRY(json_transform(texts.{name}, ${name})) AS {name}" for name in TARGET_SHAPES)}
    FROM texts SEMI JOIN deliveries USING (target_version)
), in_words AS (
    SELECT *, {_first(PLACES)} AS place, {_first(SUBJECTS)} AS subject, {fields.texts(LEAD_FIELDS)} FROM parsed
), read AS (
    SELECT *, {fields.values(LEAD_FIELDS)} FROM in_words
)
SELECT
    target_version, place.type AS place_type, place.id AS place_id, place.name AS place_name,
    subject.type AS subject_type, subject.id AS subject_id, subject.name AS subject_name,
    {fields.columns(LEAD_FIELDS)},
    {fields.suspicion(LEAD_FIELDS)}
    OR {" OR ".join(f"({name}_json <> 'null' AND {name}.id IS NULL)" for name in TARGET_SHAPES)}
    OR {" OR ".join(f"strlen({name}.{title}) > {MAX_CHARACTERS}" for name, title in fields.NAMES.items())} AS is_suspect
FROM read
"""

DELIVERIES = f"""
WITH in_words AS (
    SELECT *, text_of(action_json) AS action_text, {fields.texts(DELIVERY_FIELDS)}
    FROM deliveries
), read AS (
    SELECT *, id_or_null(action_text) AS action, {fields.values(DELIVERY_FIELDS)}
    FROM in_words
), typed AS (
    SELECT
        delivery_id,
        own_action_id,
        coalesce(own_action_id, body_sha256, sha256(body)) AS action_id,
        {ACTION_KEY} AS action_key,
        action,
        action_created_at,
        coalesce(event_id, registration_event_id, '(unknown)') AS event_id,
        session_id,
        CASE WHEN {IS_BY_STAFF} THEN own_registration_id ELSE coalesce(own_registration_id, actor_id) END
            AS registration_id,
        actor_id,
        minutes_spent,
        place_type, place_id, place_name, subject_type, subject_id, subject_name,
        session_version,
        attendee_version,
        target_version,
        action = '{TIME_SPENT_IN_SESSION}' AS is_time_spent,
        CASE
            WHEN fault = 'too_deep' THEN ['unloadable', 'nested too deeply']
            WHEN fault IS NOT NULL THEN [fault]
            WHEN action IS NULL THEN ['missing_field', 'action']
            WHEN NOT is_time_spent THEN NULL
            WHEN session_id IS NULL THEN ['missing_field', 'session.id']
            WHEN minutes_spent IS NULL THEN [
                if(is_absent(minutes_json), 'missing_field', 'invalid_minutes'), 'timeSpentInMinutes']
            WHEN registration_id IS NULL THEN ['missing_field', 'registration.id']
        END AS problem,
        problem[1] AS reason,
        problem[2] AS detail,
        {fields.suspicion(DELIVERY_FIELDS)} AS is_suspect
    FROM read JOIN sessions USING (session_version) JOIN attendees USING (attendee_version)
    JOIN targets USING (target_version)
)
SELECT * EXCLUDE (problem) FROM typed
"""

# A body that makes DuckDB itself fail is kept and counted, and nobody looks into it.
UNLOADABLE = f"""
SELECT delivery_id, coalesce(body_sha256, sha256(body)) AS action_id, {ACTION_KEY} AS action_key,
       false AS is_time_spent, 'unloadable' AS reason, $detail AS detail
FROM deliveries
"""

# The shapes of JSON that each query takes.
SESSION_SHAPES = {"event": json.dumps(EVENT), "session": json.dumps(SESSION), "location": json.dumps(LOCATION)}
ATTENDEE_SHAPES = {
    "actor": json.dumps(ACTOR),
    "registration": json.dumps(REGISTRATION),
    "ticket": json.dumps(TICKET),
    "source": json.dumps(SOURCE),
    "utm": json.dumps(UTM),
}

# These errors say that the machine is in trouble, not the payload.
MACHINE_FAULTS = (duckdb.IOException, duckdb.FatalException, duckdb.InterruptException)
# The fault of a delivery that is not looked into, because that would end the process; and its detail.
TOO_LARGE = "too_large"
TOO_LARGE_DETAIL = "it ended the loader, which had {} MB of memory"
MEGABYTE = 1_000_000

# One thread: the other core reads and splits the next batch. Joins keep the sides they are written with, the small one
# on the right: DuckDB can only guess how many rows a registered frame has.
SETTINGS = "SET threads = 1; SET TimeZone = 'UTC'; SET disabled_optimizers = 'build_side_probe_side';"

log = logging.getLogger(__name__)


class Parsed(NamedTuple):
    """What a batch of deliveries says, typed.

    `deliveries`: one row each, without its body; `reason` is null unless the delivery is unusable.
    `sessions`, `attendees` and `targets`: one row per description. The columns are those of the queries above.
    """

    deliveries: pl.DataFrame
    sessions: pl.DataFrame
    attendees: pl.DataFrame
    targets: pl.DataFrame


def parse(batch: Batch, macros: str = MACROS) -> Parsed:
    """The deliveries, typed. A delivery that makes DuckDB fail is found by halving, and is unusable.

    A DuckDB instance of its own does this: its settings would slow down the storing.
    """
    with borrowed_connection(SETTINGS + macros) as connection:
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
    targets = _ask(
        connection, TARGETS, TARGET_SHAPES, deliveries=rows.select("target_version"), texts=batch.target_texts
    )
    deliveries = _ask(connection, DELIVERIES, deliveries=rows, sessions=sessions, attendees=attendees, targets=targets)
    return Parsed(deliveries, sessions, attendees, targets)


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
    deliveries, sessions, attendees, targets = (
        pl.concat(frames, how="diagonal") for frames in zip(*parts, strict=True)
    )
    return Parsed(
        deliveries,
        sessions.unique("session_version"),
        attendees.unique("attendee_version"),
        targets.unique("target_version"),
    )
