"""An organisation's events as one stream of deliveries, from the first invitation to the last recording watched.

Memory holds the moments of one event, about 10 KB for each one who attends, however many events there are.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from ingest.simulate.afterwards import afterwards, publishing, restating
from ingest.simulate.attendance import attendances
from ingest.simulate.attending import Questions, attending
from ingest.simulate.delivery import Deliveries
from ingest.simulate.guests import Outcome, guests
from ingest.simulate.moments import Moment, Scene
from ingest.simulate.programme import plan_event
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
        scene = _scene(number, sessions=sessions, events=events, seed=seed, attendees=attendees)
        deliveries = Deliveries(scene.event, venue_of(number))
        moments = _moments(scene, number, attendees=attendees, seed=seed)
        moments.sort(key=lambda moment: moment.at + moment.delay)
        yield from map(deliveries.body, moments)


def expected_count(*, attendees: int, sessions: int, events: int, seed: int) -> int:
    """The exact number of deliveries that `organisation` yields for the same arguments, for a third of the work."""
    return sum(
        len(
            _moments(
                _scene(number, sessions=sessions, events=events, seed=seed, attendees=attendees),
                number,
                attendees=attendees,
                seed=seed,
            )
        )
        for number in range(events)
    )


def _scene(number: int, *, sessions: int, events: int, seed: int, attendees: int) -> Scene:
    generator = Random(f"{seed}, organisation's event {number}")
    event = at_venue(plan_event(number, events=events, sessions=sessions, seed=seed), venue_of(number))
    pool = sponsors(seed)
    targets = Targets(event, sponsored(event, pool, generator), pool, generator)
    return Scene(event, pool, targets, generator, burst=attendees * SESSIONS_OF_ONE * BETWEEN_DELIVERIES)


def _moments(scene: Scene, number: int, *, attendees: int, seed: int) -> list[Moment]:
    """Everything that happens around the event, in no order."""
    generator = scene.generator
    everybody = list(guests(number, event_id=scene.event.event_id, attendees=attendees, seed=seed, generator=generator))
    there = {guest.number: guest for guest in everybody if guest.outcome is Outcome.ATTENDS}
    moments = [*announcing(scene), *publishing(scene)]
    for guest in everybody:
        moments += registering(guest, scene)
        moments += afterwards(guest, scene)
    questions = Questions()
    for who, attended in attendances(scene.event, list(there), generator):
        moments += attending(there[who], attended, questions, scene)
        moments += visiting(there[who], scene)
        moments += restating(there[who], attended, scene)
    repeated = [moment for moment in moments if scene.chance(REPEATED)]
    return moments + [moment._replace(delay=scene.some(REPEATED_WITHIN)) for moment in repeated]
