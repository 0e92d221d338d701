"""Descriptions of sessions and attendees: JSON text to typed rows."""

import json

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.limits import MAX_CHARACTERS
from warehouse.staging import fields
from warehouse.staging.ask import ask
from warehouse.staging.fields import ATTENDEE_FIELDS, SESSION_FIELDS

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
    OR len(custom_fields) IS DISTINCT FROM json_array_length(registration.customFieldsData)
    OR strlen(registration.customFieldsData) > {MAX_CHARACTERS}
    OR (coalesce({", ".join(fields.PROFILE)}) IS NULL AND contains(registration_json, '"profile"')) AS is_suspect
FROM read
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


def parse_sessions(connection: DuckDBPyConnection, texts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The descriptions of sessions that these deliveries refer to. The columns are those of the query."""
    return ask(connection, SESSIONS, SESSION_SHAPES, deliveries=rows.select("session_version"), texts=texts)


def parse_attendees(connection: DuckDBPyConnection, texts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The descriptions of attendees that these deliveries refer to. The columns are those of the query."""
    return ask(connection, ATTENDEES, ATTENDEE_SHAPES, deliveries=rows.select("attendee_version"), texts=texts)
