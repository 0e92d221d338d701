"""Staging: JSON text to typed rows, in DuckDB SQL. It renames and casts; what does not fit goes to quarantine."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse.incoming import Incoming

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
CREATE OR REPLACE TEMP MACRO text_or_null(is_usable, json) AS CASE WHEN is_usable THEN json ->> '$' END;
CREATE OR REPLACE TEMP MACRO id_or_null(text) AS
    CASE WHEN text[1] IN ('{', '[') THEN NULL WHEN ord(text) BETWEEN 33 AND 126 OR trim(text) <> '' THEN text END;
CREATE OR REPLACE TEMP MACRO time_or_null(text) AS
    CASE WHEN TRY_CAST(text AS TIMESTAMPTZ) BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00'
                                                AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'
         THEN TRY_CAST(text AS TIMESTAMPTZ) END;
CREATE OR REPLACE TEMP MACRO minutes_or_null(text) AS
    CASE WHEN isfinite(TRY_CAST(text AS DOUBLE)) AND TRY_CAST(text AS DOUBLE) >= 0 THEN TRY_CAST(text AS DOUBLE) END;
"""

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
WITH judged AS (
    SELECT *, body_sha256 IS NULL AND json_valid(body) AS is_json, is_split AND is_json AS is_usable FROM incoming
), typed AS (
    SELECT
        delivery_id,
        coalesce(id_or_null(text_or_null(is_usable, action_id_json)), body_sha256, sha256(body)) AS action_id,
        id_or_null(text_or_null(is_usable, action_json)) AS action,
        time_or_null(text_or_null(is_usable, action_created_at_json)) AS action_created_at,
        received_at,
        event_id,
        session_id,
        registration_id,
        text_or_null(is_usable, minutes_json) AS minutes_text,
        minutes_or_null(minutes_text) AS minutes_spent,
        session_version,
        attendee_version,
        action = '{TIME_SPENT_IN_SESSION}' AS is_time_spent,
        CASE
            WHEN NOT is_json THEN ['not_json']
            WHEN NOT is_split AND json_type(body) <> 'OBJECT' THEN ['not_object']
            WHEN NOT is_split THEN ['unloadable', 'nested too deeply']
            WHEN action IS NULL THEN ['missing_field', 'action']
            WHEN NOT is_time_spent THEN NULL
            WHEN session_id IS NULL THEN ['missing_field', 'session.id']
            WHEN minutes_text IS NULL THEN ['missing_field', 'timeSpentInMinutes']
            WHEN minutes_spent IS NULL THEN ['invalid_minutes', 'timeSpentInMinutes']
            WHEN registration_id IS NULL THEN ['missing_field', 'registration.id']
        END AS problem,
        problem[1] AS reason,
        problem[2] AS detail
    FROM judged JOIN described_sessions USING (session_version) JOIN described_attendees USING (attendee_version)
)
SELECT * EXCLUDE (minutes_text, problem) FROM typed
"""

# A body that makes the engine itself fail is kept, and counted, without being looked into.
UNLOADABLE = """
SELECT delivery_id, coalesce(body_sha256, sha256(body)) AS action_id, received_at, false AS is_time_spent,
       'unloadable' AS reason, $detail AS detail
FROM incoming
"""


class Table(NamedTuple):
    """A temporary table, by what each row of it is known, how it is made, and the shapes of JSON that this takes."""

    name: str
    key: str
    query: str
    parameters: dict[str, str]


# In the order in which they can be made.
TABLES = (
    Table(
        "described_sessions",
        "session_version",
        DESCRIBED_SESSIONS,
        {"event": json.dumps(EVENT), "session": json.dumps(SESSION), "location": json.dumps(LOCATION)},
    ),
    Table(
        "described_attendees",
        "attendee_version",
        DESCRIBED_ATTENDEES,
        {"actor": json.dumps(ACTOR), "registration": json.dumps(REGISTRATION)},
    ),
    Table("staged", "delivery_id", STAGED, {}),
)

# What says that the machine is in trouble, not the payload.
MACHINE_FAULTS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InterruptException)

# How large an Arrow relation is, DuckDB can only guess, and pyarrow can't filter its texts.
AS_WRITTEN = "SET disabled_optimizers = 'build_side_probe_side, join_filter_pushdown'"

log = logging.getLogger(__name__)


@contextmanager
def joined_as_written(connection: DuckDBPyConnection) -> Iterator[None]:
    """Meanwhile, joins keep their sides: the small one belongs on the right, the relation `incoming` on the left."""
    connection.execute(AS_WRITTEN)
    try:
        yield
    finally:
        connection.execute("RESET disabled_optimizers")


def stage(connection: DuckDBPyConnection, incoming: Incoming) -> None:
    """Make three temporary tables from deliveries, which stay there as the relation `incoming`.

    `staged`: one row per delivery, typed, with its `reason` if unusable; without its body. `described_sessions` and
    `described_attendees`: one row per description, typed. Should the engine fail on some payload, that one is found
    by halving.
    """
    connection.execute(MACROS)
    connection.register("session_texts", incoming.session_texts)
    connection.register("attendee_texts", incoming.attendee_texts)
    connection.register("incoming", incoming.deliveries)
    with joined_as_written(connection):
        try:
            for table in TABLES:
                connection.execute(f"CREATE OR REPLACE TEMP TABLE {table.name} AS {table.query}", table.parameters)
        except MACHINE_FAULTS:
            raise
        except duckdb.Error:
            for table in TABLES:
                nothing = f"{table.query} LIMIT 0"
                connection.execute(f"CREATE OR REPLACE TEMP TABLE {table.name} AS {nothing}", table.parameters)
            _stage_halves(connection, incoming.deliveries)
            connection.register("incoming", incoming.deliveries)


def clear(connection: DuckDBPyConnection) -> None:
    """Let go of all that `stage` made."""
    for table in TABLES:
        connection.execute(f"DROP TABLE {table.name}")
    for relation in ("incoming", "session_texts", "attendee_texts"):
        connection.unregister(relation)


def _stage_halves(connection: DuckDBPyConnection, rows: pa.Table) -> None:
    middle = (len(rows) + 1) // 2
    for half in (rows[:middle], rows[middle:]):
        connection.register("incoming", half)
        try:
            for table in TABLES:
                more = f"FROM ({table.query}) ANTI JOIN {table.name} USING ({table.key})"
                connection.execute(f"INSERT INTO {table.name} BY NAME {more}", table.parameters)
        except MACHINE_FAULTS:
            raise
        except duckdb.Error as error:
            if len(half) > 1:
                _stage_halves(connection, half)
                continue
            log.error("delivery %s makes DuckDB fail: quarantined as unloadable", half["delivery_id"][0])  # noqa: TRY400 -- it is handled
            detail = str(error).partition("\n")[0]
            connection.execute(f"INSERT INTO staged BY NAME {UNLOADABLE}", {"detail": detail})
