"""The conference as a stream of deliveries, in the order in which they might arrive.

Memory holds one event's programme, one number per attendee and a window of deliveries, however long the stream is.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

from ingest.simulate.attendance import Attendance, Besides, attendances
from ingest.simulate.ids import uuid_from
from ingest.simulate.payload import (
    DISCUSSION,
    JOINED,
    TIME_SPENT,
    AttendeeParts,
    Generation,
    attendee_parts,
    event_part,
    session_part,
    timestamp,
    to_json,
)
from ingest.simulate.people import person
from ingest.simulate.programme import Event, plan_event

NEWCOMERS = 0.65  # share of an event's attendees who weren't at the event before
WINDOW = 4096  # deliveries that are shuffled among each other, about 8 MB
BETWEEN_DELIVERIES = timedelta(milliseconds=4)
JOININGS = 0.7  # share of JOINED_SESSION among the other actions
GENERATIONS, GENERATION_WEIGHTS = tuple(Generation), (90, 95, 100)  # cumulative, in percent

Attended = Iterator[tuple[int, list[Attendance]]]  # people by number, with the sessions attended


def conference(*, attendees: int, sessions: int, events: int, seed: int) -> Iterator[bytes]:
    """The body of each delivery, event after event; the same bytes for the same arguments, everywhere.

    Args:
        attendees: people at each event; a third come back to the next one.
        sessions: talks and keynotes in each event, at least 1.
        events: conferences of the same organisation, nine weeks apart, the last one in May 2026.
        seed: another seed, another conference.
    """
    plans = _attended_events(attendees=attendees, sessions=sessions, events=events, seed=seed)
    for number, (event, attended) in enumerate(plans):
        generator = Random(f"{seed}, deliveries {number}")
        yield from _shuffled(_deliveries(event, attended, seed, generator), generator)


def expected_count(*, attendees: int, sessions: int, events: int, seed: int) -> int:
    """The exact number of deliveries that `conference` yields for the same arguments, for a tenth of the work."""
    return sum(
        1 if attendance.besides is Besides.NOTHING else 2
        for _, attended in _attended_events(attendees=attendees, sessions=sessions, events=events, seed=seed)
        for _, attendances_of_one in attended
        for attendance in attendances_of_one
    )


def _attended_events(*, attendees: int, sessions: int, events: int, seed: int) -> Iterator[tuple[Event, Attended]]:
    """Each event, with who attends what. The people of an event, known by numbers, overlap with those before."""
    for number in range(events):
        event = plan_event(number, events=events, sessions=sessions, seed=seed)
        first = round(number * attendees * NEWCOMERS)
        # This generator decides nothing else, so that counting makes the same choices.
        choices = Random(f"{seed}, choices {number}")
        yield event, attendances(event, range(first, first + attendees), choices)


def _deliveries(event: Event, attended: Attended, seed: int, generator: Random) -> Iterator[bytes]:
    event_parts = {generation: event_part(event, generation) for generation in Generation}
    session_parts = {
        generation: {session: session_part(session, generation) for row in event.rows for session in row}
        for generation in Generation
    }
    room = to_json({"capacity": 8, "id": uuid_from(generator), "name": "Networking Table 1", "type": "ROUNDTABLE"})
    created_at = event.ends_at + timedelta(hours=1)
    for number, attendances_of_one in attended:
        (generation,) = generator.choices(GENERATIONS, cum_weights=GENERATION_WEIGHTS)
        attendee = attendee_parts(person(seed, number), event_parts[generation], generation, generator)
        for session, minutes, besides in attendances_of_one:
            created_at += BETWEEN_DELIVERIES
            about = session_parts[generation][session]
            body = TIME_SPENT % (*_action(attendee, created_at, generator), about, minutes)
            yield body
            match besides:
                case Besides.REPEAT:
                    yield body
                case Besides.CORRECTION:
                    later = created_at + timedelta(minutes=generator.randint(1, 30))
                    corrected = minutes + generator.randint(1, 5)
                    yield TIME_SPENT % (*_action(attendee, later, generator), about, corrected)
                case Besides.OTHER_ACTION:
                    during = session.starts_at + timedelta(seconds=generator.randint(0, session.minutes * 60))
                    action = _action(attendee, during, generator)
                    if generator.random() < JOININGS:
                        yield JOINED % (*action, about)
                    else:
                        yield DISCUSSION % (*action, room, generator.randint(1, 25))


def _action(attendee: AttendeeParts, created_at: datetime, generator: Random) -> tuple[bytes, bytes, bytes, bytes]:
    """What all actions have in common, in the order of the templates. Each action has an id of its own."""
    action_id = uuid_from(generator).encode()
    return action_id, attendee.actor, timestamp(created_at), attendee.registration_and_event


def _shuffled(deliveries: Iterable[bytes], generator: Random) -> Iterator[bytes]:
    """The deliveries, interleaved within a sliding window."""
    window: list[bytes] = []
    for delivery in deliveries:
        if len(window) < WINDOW:
            window.append(delivery)
        else:
            place = int(generator.random() * WINDOW)
            yield window[place]
            window[place] = delivery
    generator.shuffle(window)
    yield from window
