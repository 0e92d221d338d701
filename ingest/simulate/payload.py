"""The JSON of a delivery, joined from parts that are made once: of a session, of an event, of an attendee.

`json.dumps` of whole payloads would be five times slower, and the benchmarks use the simulator too.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import NamedTuple

from ingest.simulate.ids import uuid_from
from ingest.simulate.people import Person
from ingest.simulate.programme import Event, Session
from ingest.simulate.sponsors import Sponsor

TIME_SPENT = (
    b'{"action":"TIME_SPENT_IN_SESSION","actionId":"%b","actor":%b,"actionCreatedAt":"%b",%b,'
    b'"session":%b,"timeSpentInMinutes":%d}'
)
JOINED = b'{"action":"JOINED_SESSION","actionId":"%b","actor":%b,"actionCreatedAt":"%b",%b,"session":%b}'
DISCUSSION = (
    b'{"action":"TIME_SPENT_IN_DISCUSSION_ROOM","actionId":"%b","actor":%b,"actionCreatedAt":"%b",%b,'
    b'"discussionRoom":%b,"timeSpentInMinutes":%d}'
)


WITHOUT_PROFILE, CONSENTING = 0.02, 0.9  # shares of the attendees


class Generation(Enum):
    """The shapes in which Zuddl has sent, the newest first."""

    LATEST = 0  # custom fields, an event with everything
    DOCUMENTED = 1  # as in the vendor's documentation: a profile, no more; an event with only a name
    LOCATION_LIST = 2  # no registration; a session's location is a list


class AttendeeParts(NamedTuple):
    """What is the same in all of an attendee's deliveries."""

    actor: bytes
    registration_and_event: bytes  # with their keys, because the registration may be missing


def to_json(value: object) -> bytes:
    """Compact UTF-8, as Zuddl sends it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def timestamp(at: datetime) -> bytes:
    """A UTC time as Zuddl writes it: without a fraction when there is none."""
    return at.replace(tzinfo=None).isoformat().encode() + b"Z"


def attendee_parts(person: Person, event: bytes, generation: Generation, generator: Random) -> AttendeeParts:
    """An attendee's registration for one event, with a new id."""
    actor = to_json({"id": person.actor_id, "type": "USER"})
    if generation is Generation.LOCATION_LIST:
        return AttendeeParts(actor, b'"event":%b' % event)
    registration: dict[str, object] = {"id": uuid_from(generator), "profile": person.profile}
    if generation is Generation.LATEST:
        if generator.random() < WITHOUT_PROFILE:
            del registration["profile"]
        registration |= {
            "customFieldsData": [
                {"fieldSlug": "city1", "value": person.city},
                {"fieldSlug": "years_in_role", "value": person.years_in_role},
            ],
            "disclaimers": [{"text": "<p>I agree</p>", "consentGiven": generator.random() < CONSENTING}],
            "registrationSource": {"flowId": "7a1d2c3b-4e5f-4a6b-8c7d-9e0f1a2b3c4d"},
            "attendanceType": generator.choice(("VIRTUAL", "VIRTUAL", "IN_PERSON")),
        }
    return AttendeeParts(actor, b'"registration":%b,"event":%b' % (to_json(registration), event))


def event_part(event: Event, generation: Generation) -> bytes:
    """The event, with all its fields or only some."""
    short = {"id": event.event_id, "organizationId": event.organization_id, "name": event.name}
    if generation is not Generation.LATEST:
        return to_json(short)
    starts_at, ends_at = timestamp(event.starts_at).decode(), timestamp(event.ends_at).decode()
    return to_json(
        short
        | {
            "description": "Two days on data and marketing.",
            "identifier": event.slug,
            "startDate": starts_at,
            "endDate": ends_at,
            "timezone": "UTC",
            "status": "ENDED",
            "type": "EVENT",
            "eventFormat": "HYBRID",
            "createdAt": "2025-11-03T09:00:00Z",
            "createdBy": event.organization_id,
            "customProperties": [{"key": "salesforceCampaignId", "value": "ABCyyZ1234"}],
            "tags": [{"id": "tag1", "name": "Field Event", "color": "#BBFFEE"}],
            "location": {
                "venue": "Pier 2",
                "address": {"address": "Hafenstr. 1"},
                "coordinates": {"latitude": "53.54", "longitude": "9.98"},
            },
        }
    )


def session_part(session: Session, generation: Generation, sponsors: Sequence[Sponsor] = ()) -> bytes:
    """The session. Missing tags, speakers or locations are written as Zuddl may write them: null or an empty list."""
    location: object = session.stage and {
        "locationId": session.stage.location_id,
        "locationName": session.stage.name,
        "type": "STAGE",
        "link": "https://app.zuddl.example/stage",
    }
    if generation is Generation.LOCATION_LIST:
        location = [location] if location else []
    return to_json(
        {
            "id": session.session_id,
            "title": session.title,
            "description": session.description,
            "startDateTime": timestamp(session.starts_at).decode(),
            "endDateTime": timestamp(session.starts_at + timedelta(minutes=session.minutes)).decode(),
            "location": location,
            "speakers": [
                {"speakerId": speaker.speaker_id, "url": f"https://app.zuddl.example/speakers/{speaker.slug}"}
                for speaker in session.speakers
            ],
            "sponsors": [
                {"sponsorId": sponsor.sponsor_id, "url": f"https://app.zuddl.example/sponsors/{sponsor.slug}"}
                for sponsor in sponsors
            ]
            or None,
            "tags": list(session.tags),
            "format": "VIRTUAL",
        }
    )
