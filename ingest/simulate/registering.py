"""The weeks before an event: invitations, registrations, and what becomes of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest.simulate.guests import Guest, Outcome
from ingest.simulate.moments import Moment, Scene

CREATED = timedelta(days=40)  # before the event
INVITED = 0.8  # share of those who register or begin to
BY_APPROVAL = 0.2  # share of the registrations
INVITED_TO_REGISTER = 0.3  # share of these: the approval alone does not register them
DATA_MODIFIED, SESSION_REGISTERED, TICKET_CHANGED = 0.08, 0.22, 0.05  # shares of the registered
TICKET_CHANGES = (
    *("TICKET_MODIFIED", "TICKET_TRANSFERRED", "ADD_ON_MODIFIED"),
    *("UNASSIGNED_TICKET", "COUPON_CODE_MODIFIED", "ASSIGNED_NOT_REGISTERED"),
)


def announcing(scene: Scene) -> Iterator[Moment]:
    """Staff make the event, and correct it."""
    at = scene.event.starts_at - CREATED
    for days, action in enumerate(("EVENT_CREATED", "EVENT_UPDATED", "EVENT_ADDED_IN_HUB", "EVENT_ADDED_IN_SERIES")):
        yield scene.moment(at + timedelta(days=days), action)


def registering(guest: Guest, scene: Scene) -> Iterator[Moment]:
    """Everything about a guest before the event."""
    at = scene.event.starts_at - timedelta(milliseconds=int(guest.days_ahead * 86_400_000))
    if guest.outcome in {Outcome.SILENT, Outcome.DECLINED} or scene.chance(INVITED):
        yield scene.moment(at - timedelta(hours=1) - scene.some(timedelta(days=4)), "INVITED", guest)
    match guest.outcome:
        case Outcome.SILENT | Outcome.ON_DEMAND:
            return
        case Outcome.DECLINED:
            yield scene.moment(at, "INVITE_DECLINED", guest)
        case Outcome.ABANDONED:
            yield scene.moment(at, "REGISTRATION_ATTEMPTED", guest)
            yield scene.moment(at + timedelta(minutes=30), "REGISTRATION_ABANDONED", guest)
        case Outcome.REJECTED:
            yield scene.moment(at, "REGISTRATION_PENDING_APPROVAL", guest)
            yield scene.moment(_later(at, scene), "REGISTRATION_REJECTED", guest)
        case _:
            yield from _registered(guest, at, scene)


def _registered(guest: Guest, at: datetime, scene: Scene) -> Iterator[Moment]:
    registering_action = "REGISTERED"
    if scene.chance(BY_APPROVAL):
        yield scene.moment(at, "REGISTRATION_PENDING_APPROVAL", guest)
        at = _later(at, scene)
        if scene.chance(INVITED_TO_REGISTER):
            yield scene.moment(at, "APPROVED_NOT_REGISTERED", guest)
            at = _later(at, scene)
        else:
            registering_action = "APPROVED"
    yield scene.moment(at, registering_action, guest)
    if scene.chance(SESSION_REGISTERED):
        session = scene.generator.choice(list(scene.targets.sessions.values()))
        yield scene.moment(_later(at, scene), "SESSION_REGISTRATION", guest, session)
    if scene.chance(DATA_MODIFIED):
        yield scene.moment(_later(at, scene), "REGISTRATION_DATA_MODIFIED", guest)
    if scene.chance(TICKET_CHANGED):
        yield scene.moment(_later(at, scene), scene.generator.choice(TICKET_CHANGES), guest)
    if guest.outcome is Outcome.DELETED:
        yield scene.moment(scene.event.starts_at - timedelta(minutes=5), "REGISTRATION_DELETE", guest)


def _later(at: datetime, scene: Scene) -> datetime:
    """Some time before the event."""
    return at + scene.some(min(timedelta(days=3), scene.event.starts_at - timedelta(minutes=10) - at))
