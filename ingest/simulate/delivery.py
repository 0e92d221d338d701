"""The JSON of a moment. Each action has its own parts of a registration and of an event, as Zuddl sends them."""

from ingest.simulate.guests import FLOW_ID, Guest
from ingest.simulate.ids import uuid_of
from ingest.simulate.moments import Moment
from ingest.simulate.payload import timestamp, to_json
from ingest.simulate.programme import Event
from ingest.simulate.registering import CREATED
from ingest.simulate.targets import member
from ingest.simulate.venues import OFFICE_ZONE, Venue

# Actions that carry the ticket and where the registration came from.
WITH_TICKET = {
    *("REGISTERED", "REGISTRATION_FOR_ON_DEMAND", "APPROVED", "APPROVED_NOT_REGISTERED", "ASSIGNED_NOT_REGISTERED"),
    *("TICKET_MODIFIED", "TICKET_TRANSFERRED", "ADD_ON_MODIFIED", "UNASSIGNED_TICKET", "COUPON_CODE_MODIFIED"),
}
WITHOUT_ATTENDANCE_TYPE = WITH_TICKET - {
    *("REGISTERED", "REGISTRATION_FOR_ON_DEMAND", "APPROVED", "TICKET_TRANSFERRED"),
}
# Actions that carry of a registration only its id and profile. Who joins a booth has a name and a mail address alone.
WITH_PROFILE_ALONE = {
    *("ATTENDED", "JOINED_BREAKOUT_ROOM"),
    *("TIME_SPENT_IN_BOOTHS", "TIME_SPENT_IN_BOOTH"),
}
# Actions that carry of an event only its names, or all but its tags and location. All others have the whole.
WITH_EVENT_NAME = {"TIME_SPENT_IN_BOOTHS", "TIME_SPENT_IN_BOOTH"}
WITH_PLAIN_EVENT = {"ATTENDED", "JOINED_BREAKOUT_ROOM"}


class Deliveries:
    """Writes the deliveries of one event."""

    def __init__(self, event: Event, venue: Venue) -> None:
        named: dict[str, object] = {
            "id": event.event_id,
            "organizationId": event.organization_id,
            "name": event.name,
        }
        plain = named | _plain(event, venue)
        whole = plain | _whole(venue)
        staff = whole | _staff(event)
        draft = staff | {"timezone": OFFICE_ZONE, "status": "DRAFT"}
        upcoming = staff | {"status": "UPCOMING"}
        self._event = member("event", whole)
        self._events = {
            **dict.fromkeys(WITH_EVENT_NAME, member("event", named)),
            **dict.fromkeys(WITH_PLAIN_EVENT, member("event", plain)),
            "EVENT_CREATED": member("event", draft),
            "EVENT_UPDATED": member("event", upcoming),
            "EVENT_ADDED_IN_HUB": b"%b,%b" % (member("event", upcoming), member("hub", _hub(event))),
            "EVENT_ADDED_IN_SERIES": member("event", upcoming),
            "ON_DEMAND_SETTING_UPDATED": b"%b,%b"
            % (member("event", staff), member("onDemandSettings", _on_demand(event))),
        }
        self._event_id = event.event_id.encode()
        self._staff = to_json({"id": event.organization_id, "type": "USER"})

    def body(self, moment: Moment) -> bytes:
        """The delivery of a moment: the same moment, the same bytes."""
        parts = [
            b'{"action":"%b","actionId":"%b","actor":%b,"actionCreatedAt":"%b"'
            % (
                moment.action.encode(),
                uuid_of(moment.action_id).encode(),
                moment.guest.actor if moment.guest else self._staff,
                timestamp(moment.at),
            )
        ]
        if moment.guest:
            parts.append(self._registration(moment.action, moment.guest))
        parts.append(self._events.get(moment.action, self._event))
        if moment.target:
            parts.append(moment.target)
        if moment.minutes is not None:
            parts.append(b'"timeSpentInMinutes":%d' % moment.minutes)
        return b",".join(parts) + b"}"

    def _registration(self, action: str, guest: Guest) -> bytes:
        if action == "JOINED_BOOTH":
            return b'"registration":{%b}' % guest.short_identity
        if action in WITH_PROFILE_ALONE:
            return b'"registration":{%b}' % guest.identity
        if action in WITH_TICKET:
            ticket = guest.ticket_details
            if action not in WITHOUT_ATTENDANCE_TYPE:
                ticket += b',"attendanceType":"%b"' % guest.attendance_type
            return b'"registration":{%b,"eventId":"%b",%b,%b}' % (guest.identity, self._event_id, guest.answers, ticket)
        return b'"registration":{%b,%b,"registrationSource":{"flowId":"%b"},"attendanceType":"%b"}' % (
            guest.identity,
            guest.answers,
            FLOW_ID.encode(),
            guest.attendance_type,
        )


def _plain(event: Event, venue: Venue) -> dict[str, object]:
    created_at = timestamp(event.starts_at - CREATED).decode()
    return {
        "description": "Two days on data and marketing.",
        "identifier": event.slug,
        "startDate": timestamp(event.starts_at).decode(),
        "endDate": timestamp(event.ends_at).decode(),
        "timezone": venue.time_zone,
        "status": "COMPLETED",
        "type": "EVENT",
        "eventFormat": "HYBRID",
        "createdAt": created_at,
        "createdBy": event.organization_id,
        "updatedAt": created_at,
        "updatedBy": event.organization_id,
    }


def _whole(venue: Venue) -> dict[str, object]:
    latitude, longitude = venue.coordinates
    return {
        "customProperties": [{"key": "salesforceCampaignId", "value": "ABCyyZ1234"}],
        "tags": [
            {
                "id": "tag1",
                "name": "Field Event",
                "color": "#BBFFEE",
                "categoryId": "category1",
                "categoryName": "Kind",
                "categoryColor": "#112233",
                "lastAppliedAt": "2026-01-12T10:00:00Z",
                "usageCount": 3,
            }
        ],
        "location": {
            "venue": venue.name,
            "mapUrl": "https://map.example/venue",
            "address": {
                "address": venue.address,
                "addressLine2": "",
                "city": venue.city,
                "stateProvince": "",
                "postalCode": "",
                "country": venue.country,
            },
            "coordinates": {"latitude": latitude, "longitude": longitude},
        },
    }


def _staff(event: Event) -> dict[str, object]:
    return {
        "teamName": "Events",
        "teamId": event.organization_id,
        "websiteUrl": f"https://events.example/{event.slug}",
        "parentEventId": None,
        "virtualEventUrl": f"https://app.zuddl.example/{event.slug}",
        "landingPageDetails": [_landing_page(event)],
    }


def _hub(event: Event) -> dict[str, object]:
    return {"id": event.organization_id, "name": "Our events"}


def _on_demand(event: Event) -> dict[str, object]:
    recordings = [
        {"id": session.session_id, "title": session.title, "duration": 60 * session.minutes}
        for row in event.rows
        for session in row
    ]
    return {
        "status": True,
        "accessType": "GATED",
        "recordings": recordings,
        "onDemandLandingPageDetails": _landing_page(event),
    }


def _landing_page(event: Event) -> dict[str, object]:
    return {
        "name": "Home",
        "url": f"https://events.example/{event.slug}",
        "type": "On demand",
        "status": "Live",
    }
