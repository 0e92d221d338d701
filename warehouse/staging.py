"""Staging: exact text to typed rows, in DuckDB SQL. It renames and casts; what does not fit goes to quarantine.

Deliveries come in as `incoming` shapes them: `delivery_id, received_at, body, body_sha256`, where the last is null
unless the body is no UTF-8 (then `body` is only a readable rendering of it).
"""

import json
import logging

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

TIME_SPENT_IN_SESSION = "TIME_SPENT_IN_SESSION"

# json_transform reads a value of another type as null, and any scalar as its text. `location` is an object in one
# generation of the payload and a list in another, so it stays JSON here.
PAYLOAD = {
    "action": "VARCHAR",
    "actionId": "VARCHAR",
    "actionCreatedAt": "VARCHAR",
    "timeSpentInMinutes": "VARCHAR",
    "actor": {"id": "VARCHAR"},
    "registration": {
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
    },
    "event": {"id": "VARCHAR", "organizationId": "VARCHAR", "name": "VARCHAR"},
    "session": {
        "id": "VARCHAR",
        "title": "VARCHAR",
        "description": "VARCHAR",
        "startDateTime": "VARCHAR",
        "endDateTime": "VARCHAR",
        "location": "JSON",
        "speakers": [{"speakerId": "VARCHAR", "url": "VARCHAR"}],
        "sponsors": [{"sponsorId": "VARCHAR", "url": "VARCHAR"}],
        "tags": ["VARCHAR"],
    },
}
LOCATION = {"locationId": "VARCHAR", "locationName": "VARCHAR", "type": "VARCHAR"}

# An id is text of any form, but an object or a list is none; that it is not blank, its first character mostly tells,
# for a fraction of what trim() takes. Years beyond four digits fit no Python datetime.
MACROS = """
CREATE OR REPLACE TEMP MACRO id_or_null(text) AS
    CASE WHEN text[1] IN ('{', '[') THEN NULL WHEN ord(text) BETWEEN 33 AND 126 OR trim(text) <> '' THEN text END;
CREATE OR REPLACE TEMP MACRO time_or_null(text) AS
    CASE WHEN TRY_CAST(text AS TIMESTAMPTZ) BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00'
                                                AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'
         THEN TRY_CAST(text AS TIMESTAMPTZ) END;
CREATE OR REPLACE TEMP MACRO minutes_or_null(text) AS
    CASE WHEN isfinite(TRY_CAST(text AS DOUBLE)) AND TRY_CAST(text AS DOUBLE) >= 0 THEN TRY_CAST(text AS DOUBLE) END;
"""

# Most bodies are parsed once: json_transform throws on malformed text (TRY makes that null), and what it understands
# is an object. Only for the others, or an object after blanks, is it asked what they are instead.
STAGED = f"""
WITH transformed AS (
    SELECT *, CASE WHEN body_sha256 IS NULL THEN TRY(json_transform(body, $payload)) END AS payload
    FROM incoming
), parsed AS (
    SELECT *, CASE
        WHEN payload IS NOT NULL AND starts_with(body, '{{') THEN 'OBJECT'
        WHEN body_sha256 IS NULL AND json_valid(body) THEN json_type(body)
    END AS json_kind
    FROM transformed
), located AS (
    SELECT *, json_transform(
        CASE json_type(payload.session.location)
            WHEN 'ARRAY' THEN payload.session.location -> 0
            WHEN 'OBJECT' THEN payload.session.location
        END, $location) AS location
    FROM parsed
), typed AS (
    SELECT
        delivery_id,
        coalesce(id_or_null(payload.actionId), body_sha256, sha256(body)) AS action_id,
        id_or_null(payload.action) AS action,
        time_or_null(payload.actionCreatedAt) AS action_created_at,
        received_at,
        coalesce(id_or_null(payload.event.id), '(unknown)') AS event_id,
        id_or_null(payload.session.id) AS session_id,
        coalesce(id_or_null(payload.registration.id), id_or_null(payload.actor.id)) AS registration_id,
        payload.timeSpentInMinutes AS minutes_text,
        minutes_or_null(payload.timeSpentInMinutes) AS minutes_spent,
        id_or_null(payload.event.organizationId) AS organization_id,
        payload.event.name AS event_name,
        payload.session.title AS session_title,
        payload.session.description AS session_description,
        time_or_null(payload.session.startDateTime) AS starts_at,
        time_or_null(payload.session.endDateTime) AS ends_at,
        id_or_null(location.locationId) AS location_id,
        location.locationName AS location_name,
        location.type AS location_type,
        list_transform(payload.session.speakers,
            lambda s: {{'speaker_id': id_or_null(s.speakerId), 'speaker_url': s.url}}) AS speakers,
        list_transform(payload.session.sponsors,
            lambda s: {{'sponsor_id': id_or_null(s.sponsorId), 'sponsor_url': s.url}}) AS sponsors,
        payload.session.tags AS tags,
        id_or_null(payload.actor.id) AS actor_id,
        payload.registration.profile.firstName AS first_name,
        payload.registration.profile.lastName AS last_name,
        payload.registration.profile.email AS email,
        payload.registration.profile.company AS company,
        payload.registration.profile.designation AS designation,
        payload.registration.profile.headline AS headline,
        payload.registration.profile.industry AS industry,
        payload.registration.profile.country AS country,
        action = '{TIME_SPENT_IN_SESSION}' AS is_time_spent,
        CASE
            WHEN json_kind IS NULL THEN ['not_json']
            WHEN json_kind <> 'OBJECT' THEN ['not_object']
            WHEN action IS NULL THEN ['missing_field', 'action']
            WHEN NOT is_time_spent THEN NULL
            WHEN session_id IS NULL THEN ['missing_field', 'session.id']
            WHEN minutes_text IS NULL THEN ['missing_field', 'timeSpentInMinutes']
            WHEN minutes_spent IS NULL THEN ['invalid_minutes', 'timeSpentInMinutes']
            WHEN registration_id IS NULL THEN ['missing_field', 'registration.id']
        END AS problem,
        problem[1] AS reason,
        problem[2] AS detail
    FROM located
)
SELECT * EXCLUDE (minutes_text, problem) FROM typed
"""

# A body that makes the engine itself fail is kept, and counted, without being looked into.
UNLOADABLE = """
SELECT delivery_id, coalesce(body_sha256, sha256(body)) AS action_id, received_at, false AS is_time_spent,
       'unloadable' AS reason, $detail AS detail
FROM incoming
"""

PARAMETERS = {"payload": json.dumps(PAYLOAD), "location": json.dumps(LOCATION)}

# What says that the machine is in trouble, not the payload.
MACHINE_FAULTS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InterruptException)

log = logging.getLogger(__name__)


def stage(connection: DuckDBPyConnection, rows: pa.Table) -> None:
    """Make the temporary table `staged`: one row per delivery, typed, with its `reason` if unusable; without its body.

    `rows` stay there as the relation `incoming`. Should the engine fail on some payload, that one is found by halving.
    """
    connection.execute(MACROS)
    connection.register("incoming", rows)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {STAGED}", PARAMETERS)
    except MACHINE_FAULTS:
        raise
    except duckdb.Error:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {STAGED} LIMIT 0", PARAMETERS)
        _stage_halves(connection, rows)
        connection.register("incoming", rows)


def _stage_halves(connection: DuckDBPyConnection, rows: pa.Table) -> None:
    middle = (len(rows) + 1) // 2
    for half in (rows[:middle], rows[middle:]):
        connection.register("incoming", half)
        try:
            connection.execute(f"INSERT INTO staged BY NAME {STAGED}", PARAMETERS)
        except MACHINE_FAULTS:
            raise
        except duckdb.Error as error:
            if len(half) > 1:
                _stage_halves(connection, half)
                continue
            log.error("delivery %s makes DuckDB fail: quarantined as unloadable", half["delivery_id"][0])  # noqa: TRY400 -- it is handled
            detail = str(error).partition("\n")[0]
            connection.execute(f"INSERT INTO staged BY NAME {UNLOADABLE}", {"detail": detail})
