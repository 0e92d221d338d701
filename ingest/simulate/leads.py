"""Leads: visitors of a booth whom the sponsor's staff write down, correct and enrich."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest.simulate.guests import Guest
from ingest.simulate.ids import uuid_from
from ingest.simulate.moments import Moment, Scene
from ingest.simulate.payload import timestamp
from ingest.simulate.sponsors import Sponsor
from ingest.simulate.targets import member

MODIFIED, ENRICHED = 0.5, 0.4  # shares of the leads
STATUSES = ("NEW", "CONTACTED", "QUALIFIED", "QUALIFIED")


def lead(guest: Guest, sponsor: Sponsor, at: datetime, scene: Scene) -> Iterator[Moment]:
    """A visitor becomes a lead; some are rated and enriched later."""
    profile = guest.person.profile
    added_at = timestamp(at).decode()
    about: dict[str, object] = {
        "id": uuid_from(scene.generator),
        "firstName": profile["firstName"],
        "lastName": profile["lastName"],
        "email": profile["email"],
        "phoneNumber": profile["phoneNumber"],
        "designation": profile["designation"],
        "company": profile["company"],
        "notes": "",
        "leadAddedByName": sponsor.staff_name,
        "leadAddedByEmail": sponsor.staff_email,
        "leadStatus": "NEW",
        "enrichedState": "NOT_ENRICHED",
        "rating": None,
        "createdBy": sponsor.staff_id,
        "updatedBy": sponsor.staff_id,
        "createdAt": added_at,
        "updatedAt": added_at,
        "customFields": [_budget(None, sponsor)],
    }
    yield scene.moment(at, "LEAD_ADDED", target=member("lead", about))
    if scene.chance(MODIFIED):
        at += scene.some(timedelta(hours=2))
        about |= {
            "notes": "Call in a week",
            "leadStatus": scene.generator.choice(STATUSES),
            "rating": scene.generator.choice((1, 2, 3, 3, 4, 4, 5)),
            "updatedAt": timestamp(at).decode(),
            "customFields": [_budget(scene.generator.choice(("open", "none", "next year")), sponsor)],
        }
        yield scene.moment(at, "LEAD_CAPTURE_FIELDS_DATA_MODIFIED", target=member("lead", about))
    if scene.chance(ENRICHED):
        at += scene.some(timedelta(hours=3))
        about |= {"enrichedState": "ENRICHED", "updatedAt": timestamp(at).decode()}
        yield scene.moment(at, "LEAD_ENRICHMENT", target=member("lead", about))


def _budget(response: str | None, sponsor: Sponsor) -> dict[str, object]:
    return {
        "id": sponsor.sponsor_id,
        "order": 1,
        "question": "Budget?",
        "type": "TEXT",
        "dataType": "STRING",
        "isMandatory": False,
        "options": [],
        "response": response,
    }
