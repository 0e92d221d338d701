"""An organisation's events as one stream of deliveries, from the first invitation to the last recording watched.

Memory holds the moments of one event, about 10 KB for each one who attends, however many events there are.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from ingest.simulate.afterwards import afterwards, publishing, restating
from ingest.simulate.attendance import attendances
from ingest.simulate.attending import Questions, attending
from ingest.simulate.delivery import Deliveries
from ingest.simulate.guests import Guest, Outcome, guests
from ingest.simulate.moments import Moment, Scene
from ingest.simulate.programme import Event, plan_event
from ingest.simulate.registering import announcing, registering
from ingest.simulate.sponsors import sponsored, sponsors
from ingest.simulate.targets import Targets
from ingest.simulate.venues import at_venue, venue_of
from ingest.simulate.visiting import visiting

REPEATED = 0.01  # share of the deliveries that come twice
REPEATED_WITHIN = timedelta(seconds=30)
BETWEEN_DELIVERIES = timedelta(milliseconds=4)
SESSIONS_OF_ONE = 10  # about so many does somebody attend


def organisation(*, attendees: int, sessions: int, events: int, seed: int) -> Iterator[bytes]:
    """The body of each delivery, in the order of time; the same bytes for the same arguments, everywhere.

    Four in ten are TIME_SPENT_IN_SESSION.

    Args:
        attendees: people who attend each event; more are invited, register, or watch later.
        sessions: talks and keynotes in each event, at least 1.
        events: conferences of the same organisation, in the zones of `venues`, the last one in May 2026.
        seed: another seed, another organisation.
    """
    for number in range(events):
        event, moments = _event(number, attendees=attendees, sessions=sessions, events=events, seed=seed)
        moments.sort(key=lambda moment: moment.at + moment.delay)
        yield from map(Deliveries(event, venue_of(number)).body, moments)


def expected_count(*, attendees: int, sessions: int, events: int, seed: int) -> int:
    """The exact number of deliveries that `organisation` yields for the same arguments, for a third of the work."""
    plans = (
        _event(number, attendees=attendees, sessions=sessions, events=events, seed=seed) for number in range(events)
    )
    return sum(len(moments) for _, moments in plans)


def _event(number: int, *, attendees: int, sessions: int, events: int, seed: int) -> tuple[Event, list[Moment]]:
    """An event, and everything that happens around it, in no order."""
    generator = Random(f"{seed}, organisation's event {number}")
    event = at_venue(plan_event(number, events=events, sessions=sessions, seed=seed), venue_of(number))
    pool = sponsors(seed)
    targets = Targets(event, sponsored(event, pool, generator), pool, generator)
    scene = Scene(event, pool, targets, generator, burst=attendees * SESSIONS_OF_ONE * BETWEEN_DELIVERIES)
    everybody = list(guests(number, event_id=event.event_id, attendees=attendees, seed=seed, generator=generator))
    moments = list(_moments(everybody, scene))
    repeated = [moment for moment in moments if scene.chance(REPEATED)]
    return event, moments + [moment._replace(delay=scene.some(REPEATED_WITHIN)) for moment in repeated]


def _moments(everybody: Sequence[Guest], scene: Scene) -> Iterator[Moment]:
    yield from announcing(scene)
    yield from publishing(scene)
    for guest in everybody:
        yield from registering(guest, scene)
        yield from afterwards(guest, scene)
    there = {guest.number: guest for guest in everybody if guest.outcome is Outcome.ATTENDS}
    questions = Questions()
    for number, attended in attendances(scene.event, list(there), scene.generator):
        guest = there[number]
        yield from attending(guest, attended, questions, scene)
        yield from visiting(guest, scene)
        yield from restating(guest, attended, scene)
