"""The programme of an event: two days on a common grid, keynotes for all, parallel stages, breaks between."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import count
from random import Random
from typing import NamedTuple

from ingest.simulate.ids import uuid_from
from ingest.simulate.speakers import Speaker, speakers
from ingest.simulate.vocabulary import DESCRIPTIONS, EVENT_NAMES, STAGES, TITLES, TOPICS, Topic

LATEST_EVENT = datetime(2026, 5, 19, tzinfo=UTC)  # fixed: the same seed gives the same bytes on any day
BETWEEN_EVENTS = timedelta(weeks=9)
DAYS = 2

# One day: starts at, minutes. Coffee at 10:45 and 15:15, lunch at 12:10.
KEYNOTES = ((time(9), 45), (time(16, 30), 30))
TALKS = (
    (time(10), 45),
    (time(11, 15), 30),
    (time(11, 50), 20),
    (time(13, 15), 60),
    (time(14, 30), 45),
    (time(15, 40), 30),
)


# Real programmes have gaps and slips. Each range holds the numbers of the talks concerned, such as one in 17.
NO_TAGS, UNTIDY_TAGS = range(7, sys.maxsize, 17), range(3, sys.maxsize, 13)
NO_SPEAKERS, NO_STAGE = range(11, sys.maxsize, 19), range(16, sys.maxsize, 23)
KEYNOTE = -1  # stands for a talk's number, and is in none of these ranges


class Stage(NamedTuple):
    """A place. Sessions at the same time are on different stages."""

    location_id: str
    name: str


class Slot(NamedTuple):
    """A time on the grid that sessions can have."""

    starts_at: datetime
    minutes: int


@dataclass(frozen=True, eq=False)
class Session:
    """A talk or keynote. Its speakers and topic draw an audience (`pull`) and keep it (`hold`)."""

    session_id: str
    title: str
    description: str
    starts_at: datetime
    minutes: int
    stage: Stage | None
    speakers: tuple[Speaker, ...]
    tags: tuple[str, ...]
    is_keynote: bool
    pull: float
    hold: float


@dataclass(frozen=True, eq=False)
class Event:
    """A conference. Each row holds the sessions that run at the same time; rows are in the order of time."""

    event_id: str
    organization_id: str
    name: str
    slug: str
    starts_at: datetime
    ends_at: datetime
    rows: tuple[tuple[Session, ...], ...]


def plan_event(number: int, *, events: int, sessions: int, seed: int) -> Event:
    """The event with this number. Events are numbered from 0, in the order of time."""
    generator = Random(f"{seed}, event {number}")
    first_day = LATEST_EVENT - (events - 1 - number) * BETWEEN_EVENTS
    edition, which = divmod(number, len(EVENT_NAMES))
    name = EVENT_NAMES[which] + (f" ({edition + 1})" if edition else "")
    return Event(
        event_id=uuid_from(generator),
        organization_id=uuid_from(Random(f"{seed}, organisation")),
        name=name,
        slug="-".join("".join(c if c.isalnum() else " " for c in name.lower()).split()),
        starts_at=first_day + timedelta(hours=8),
        ends_at=first_day + timedelta(days=DAYS - 1, hours=17),
        rows=tuple(sorted(_rows(first_day, sessions, seed, generator), key=lambda row: row[0].starts_at)),
    )


def _rows(first_day: datetime, sessions: int, seed: int, generator: Random) -> Iterator[tuple[Session, ...]]:
    """So many sessions: up to four keynotes, the others spread evenly over the grid."""
    pool, titles = speakers(sessions, seed), _titles(generator)
    keynote_slots, talk_slots = _grid(first_day, KEYNOTES), _grid(first_day, TALKS)
    keynotes = min(len(keynote_slots), max(1, sessions // 5))
    talks = sessions - keynotes
    widest_row = max(1, -(-talks // len(talk_slots)))
    names = [*STAGES, *(f"Room {number}" for number in range(len(STAGES) + 1, widest_row + 1))]
    stages = [Stage(uuid_from(generator), name) for name in names]

    stars = generator.sample(pool[: 2 * keynotes], keynotes)
    for slot, star in zip(keynote_slots, stars, strict=False):
        yield (_session(next(titles), slot, stages[0], [star], KEYNOTE, generator),)

    for number, slot in enumerate(talk_slots):
        row = range(number * talks // len(talk_slots), (number + 1) * talks // len(talk_slots))
        free = generator.sample(pool, len(pool))  # nobody is on two stages at once
        talks_of_row = []
        for talk, stage in zip(row, stages, strict=False):
            panel = [free.pop() for _ in range(generator.choice((1, 1, 1, 1, 2, 3)))]
            talks_of_row.append(_session(next(titles), slot, stage, panel, talk, generator))
        if talks_of_row:
            yield tuple(talks_of_row)


def _session(  # noqa: PLR0913, PLR0917 -- the columns of a printed programme
    title_and_topic: tuple[str, Topic],
    slot: Slot,
    stage: Stage,
    panel: Sequence[Speaker],
    talk: int,
    generator: Random,
) -> Session:
    title, topic = title_and_topic
    if talk in NO_SPEAKERS:
        panel = []
    others = [other.tag for other in generator.sample(TOPICS, generator.choice((0, 1, 1, 2))) if other != topic]
    tags = [topic.tag, *others]
    if talk in UNTIDY_TAGS:
        tags = [f" {topic.tag} ", *others, topic.tag, ""]
    mean_pull = sum(speaker.pull for speaker in panel) / len(panel) if panel else 0.5
    return Session(
        session_id=uuid_from(generator),
        title=title,
        description=" ".join(generator.sample(DESCRIPTIONS, generator.choice((1, 1, 1, 1, 2)))),
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        stage=None if talk in NO_STAGE else stage,
        speakers=tuple(panel),
        tags=() if talk in NO_TAGS else tuple(tags),
        is_keynote=talk == KEYNOTE,
        pull=mean_pull * 2 / (TOPICS.index(topic) + 1) ** 0.5,
        hold=sum(speaker.hold for speaker in panel) / len(panel) if panel else 0.5,
    )


def _grid(first_day: datetime, times: Sequence[tuple[time, int]]) -> list[Slot]:
    days = [first_day + timedelta(days=day) for day in range(DAYS)]
    return [Slot(datetime.combine(day, clock, tzinfo=UTC), minutes) for day in days for clock, minutes in times]


def _titles(generator: Random) -> Iterator[tuple[str, Topic]]:
    """Distinct titles with their topics, without end: each title once, then each with `part 2`, and so on."""
    titles = [(title.format(subject), topic) for title in TITLES for topic in TOPICS for subject in topic.subjects]
    generator.shuffle(titles)
    for part in count(1):
        for title, topic in titles:
            yield title[0].upper() + title[1:] + (f", part {part}" if part > 1 else ""), topic
