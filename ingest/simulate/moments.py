"""Moments: what happens, to whom and when. These are decisions alone; `delivery` writes the JSON."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from ingest.simulate.guests import Guest
from ingest.simulate.programme import Event
from ingest.simulate.sponsors import Sponsor
from ingest.simulate.targets import Targets

ON_TIME = timedelta(0)


class Moment(NamedTuple):
    """One action. Delivered again, it is the same to the byte."""

    at: datetime
    action: str
    guest: Guest | None  # none: staff act
    target: bytes  # JSON of what the action is about, with its key; may be empty
    minutes: int | None  # time spent
    action_id: int
    delay: timedelta  # until it is delivered


@dataclass(frozen=True)
class Scene:
    """An event, with all that moments are made of. One generator makes all decisions, in the same order each time."""

    event: Event
    sponsors: list[Sponsor]
    targets: Targets
    generator: Random
    burst: timedelta  # how long Zuddl takes to send the time spent

    def moment(
        self,
        at: datetime,
        action: str,
        guest: Guest | None = None,
        target: bytes = b"",
        minutes: int | None = None,
    ) -> Moment:
        """A moment with an action id of its own, delivered at once."""
        return Moment(at, action, guest, target, minutes, self.generator.getrandbits(128), ON_TIME)

    def chance(self, share: float) -> bool:
        """True for this share of the calls."""
        return self.generator.random() < share

    def some(self, longest: timedelta) -> timedelta:
        """A time between nothing and the longest, in whole milliseconds."""
        return timedelta(milliseconds=int(self.generator.random() * longest.total_seconds() * 1000))

    def in_burst(self) -> datetime:
        """A time in the burst, which begins an hour after the event."""
        return self.event.ends_at + timedelta(hours=1) + self.some(self.burst)
