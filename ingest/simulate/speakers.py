"""Who speaks at the organisation's events."""

from random import Random
from typing import NamedTuple

from ingest.simulate.countries import COUNTRIES
from ingest.simulate.ids import uuid_from


class Speaker(NamedTuple):
    """Someone who draws an audience (`pull`, around 1) and keeps it (`hold`, from 0 to 1)."""

    speaker_id: str
    name: str
    slug: str
    pull: float
    hold: float


def speakers(sessions: int, seed: int) -> list[Speaker]:
    """All the organisation's speakers, the greatest draw first. They are the same at each event."""
    generator = Random(f"{seed}, speakers")
    pool = []
    for rank in range(1, max(3, sessions * 4 // 5) + 1):
        country = generator.choice(COUNTRIES)
        first, last = generator.choice(country.given_names), generator.choice(country.family_names)
        pool.append(
            Speaker(
                speaker_id=uuid_from(generator),
                name=f"{first.written} {last.written}",
                slug=f"{first.ascii}-{last.ascii}-{rank}",
                pull=3 / rank**0.5,
                hold=0.3 + 0.65 * generator.random(),
            )
        )
    return pool
