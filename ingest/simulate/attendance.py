"""Who sits in which session, and for how long. Only decisions and no payloads: so counting deliveries is cheap."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import accumulate
from random import Random
from typing import NamedTuple

from ingest.simulate.programme import Event, Session
from ingest.simulate.vocabulary import TOPICS, zipf

KEYNOTE_AUDIENCE = 0.96  # share of the attendees
HOPPERS = 0.5  # share of those who leave in the first quarter and then join another session
COFFEE = 0.6  # weight of staying in the hallway; a talk weighs around 1
TOPIC_WEIGHTS = zipf(TOPICS)
# Shares of the attendances that have a repeat, a correction and another action besides: each added to those before.
BESIDES_UP_TO = (0.010, 0.015, 0.045)


class Besides(Enum):
    """What is delivered for an attendance besides the time spent."""

    REPEAT = 0  # the same bytes again
    CORRECTION = 1  # another action about the same attendee and session, created later
    OTHER_ACTION = 2
    NOTHING = 3


class Attendance(NamedTuple):
    """One person's time in one session."""

    session: Session
    minutes: int
    besides: Besides


def attendances(event: Event, people: Sequence[int], generator: Random) -> Iterator[tuple[int, list[Attendance]]]:
    """For each person, in shuffled order, the sessions attended; there may be none."""
    order = list(people)
    generator.shuffle(order)
    draws = _draws(event)
    for number in order:
        (interest,) = generator.choices(TOPICS, cum_weights=TOPIC_WEIGHTS)
        stamina = 0.34 + 0.42 * generator.random()
        attended = []
        for row, weights in zip(event.rows, draws[interest.tag], strict=True):
            if row[0].is_keynote:
                place = 0 if generator.random() < KEYNOTE_AUDIENCE else len(row)
            else:
                place = bisect(weights, generator.random() * (weights[-1] + COFFEE) / stamina)
            if place == len(row):
                continue
            session = row[place]
            minutes = _stay(session, generator)
            attended.append(Attendance(session, minutes, _besides(generator)))
            if minutes < session.minutes / 4 and len(row) > 1 and generator.random() < HOPPERS:
                rest = max(1, session.minutes - minutes - 2)
                attended.append(Attendance(row[place - 1], rest, _besides(generator)))
        yield number, attended


def _draws(event: Event) -> dict[str, list[list[float]]]:
    """For each tag: how strongly each row's sessions draw a person interested in it, as cumulative weights."""
    return {
        topic.tag: [
            list(accumulate(session.pull * (3 if topic.tag in session.tags else 1) for session in row))
            for row in event.rows
        ]
        for topic in TOPICS
    }


def _stay(session: Session, generator: Random) -> int:
    """Minutes of a full stay, a late arrival or an early leave; speakers who hold their audience get full stays."""
    full_stay = 0.25 + 0.6 * session.hold
    late_arrival = full_stay + 0.12
    luck = generator.random()
    if luck < full_stay:
        return session.minutes + generator.choice((-1, 0, 0, 0, 1, 2))  # stages open early
    if luck < late_arrival:
        return int(session.minutes * (0.5 + 0.4 * generator.random()))
    return max(1, int(session.minutes * 0.8 * generator.random() ** 1.5))


def _besides(generator: Random) -> Besides:
    return Besides(bisect(BESIDES_UP_TO, generator.random()))
