"""One guest between the sessions: booths and their leads, rooms and stages."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest.simulate.guests import Guest
from ingest.simulate.leads import lead
from ingest.simulate.moments import Moment, Scene
from ingest.simulate.sponsors import WEIGHTS
from ingest.simulate.vocabulary import SPONSORS

# Shares of the guests who attend. A third of those who visit a booth visit another one.
BOOTH, ANOTHER_BOOTH, TABLE, BREAKOUT_ROOM, STAGE, WHOLE_EVENT = 0.40, 0.33, 0.15, 0.10, 0.12, 0.20
STAYED = 0.85  # share of the visits that last; who turns on the heel spends no time there
LEAD = 0.25  # share of the visits to a booth
OPEN_HOURS = timedelta(hours=8)
BOOTHS = range(len(SPONSORS))


def visiting(guest: Guest, scene: Scene) -> Iterator[Moment]:
    """All places that a guest visits."""
    generator, targets = scene.generator, scene.targets
    share = BOOTH
    visited: set[int] = set()
    while scene.chance(share) and len(visited) < len(BOOTHS):
        (number,) = generator.choices(BOOTHS, cum_weights=WEIGHTS)
        if number not in visited:
            yield from _booth(guest, number, scene)
        visited.add(number)
        share = ANOTHER_BOOTH
    if scene.chance(TABLE):
        yield from _room(guest, "DISCUSSION_ROOM", generator.choice(targets.tables), scene)
    if scene.chance(BREAKOUT_ROOM):
        yield scene.moment(_at(scene), "JOINED_BREAKOUT_ROOM", guest, generator.choice(targets.breakout_rooms))
    if targets.stages and scene.chance(STAGE):
        stage = generator.choice(targets.stages)
        yield scene.moment(scene.in_burst(), "TIME_SPENT_IN_STAGE", guest, stage, generator.randint(5, 90))
    if scene.chance(WHOLE_EVENT):
        yield scene.moment(scene.in_burst(), "TIME_SPENT_IN_EVENT", guest, minutes=generator.randint(30, 600))


def _booth(guest: Guest, number: int, scene: Scene) -> Iterator[Moment]:
    at, booth = _at(scene), scene.targets.booths[number]
    yield scene.moment(at, "JOINED_BOOTH", guest, booth)
    if scene.chance(STAYED):
        # The vendor's pages know both names; one visit is reported under one of them.
        action = scene.generator.choices(("TIME_SPENT_IN_BOOTHS", "TIME_SPENT_IN_BOOTH"), cum_weights=(9, 10))[0]
        yield scene.moment(scene.in_burst(), action, guest, booth, scene.generator.randint(1, 25))
        if scene.chance(LEAD):
            yield from lead(guest, scene.sponsors[number], at + timedelta(minutes=5), scene)


def _room(guest: Guest, kind: str, room: bytes, scene: Scene) -> Iterator[Moment]:
    yield scene.moment(_at(scene), f"JOINED_{kind}", guest, room)
    if scene.chance(STAYED):
        yield scene.moment(scene.in_burst(), f"TIME_SPENT_IN_{kind}", guest, room, scene.generator.randint(1, 30))


def _at(scene: Scene) -> datetime:
    """Some time while the event is open, on either day."""
    day = scene.generator.choice((scene.event.starts_at, scene.event.ends_at - OPEN_HOURS))
    return day + scene.some(OPEN_HOURS)
