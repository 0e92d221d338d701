"""Who pays for the organisation's events: each sponsor has a booth, and puts its name to some sessions."""

from random import Random
from typing import NamedTuple

from ingest.simulate.countries import ascii_of
from ingest.simulate.ids import uuid_from
from ingest.simulate.programme import Event, Session
from ingest.simulate.vocabulary import SPONSORS, zipf

SPONSORED = 0.45  # share of the talks
SECOND_SPONSOR = 0.25  # share of those
CATEGORIES = ("PLATINUM", "GOLD", "GOLD", "SILVER", "SILVER", "SILVER")
WEIGHTS = zipf(SPONSORS)


class Sponsor(NamedTuple):
    """A company that pays. Its staff stand at the booth and write down leads."""

    sponsor_id: str
    name: str
    slug: str
    category: str
    staff_id: str
    staff_name: str

    @property
    def staff_email(self) -> str:
        """The mail address of whoever stands at the booth."""
        return f"{ascii_of(self.staff_name)}@{self.slug}.example"


def sponsors(seed: int) -> list[Sponsor]:
    """All the organisation's sponsors, the greatest first. They are the same at each event."""
    generator = Random(f"{seed}, sponsors")
    return [
        Sponsor(
            sponsor_id=uuid_from(generator),
            name=name,
            slug="-".join(ascii_of(name).split()),
            category=category,
            staff_id=uuid_from(generator),
            staff_name=staff_name,
        )
        for (name, staff_name), category in zip(SPONSORS, CATEGORIES, strict=True)
    ]


def sponsored(event: Event, pool: list[Sponsor], generator: Random) -> dict[Session, list[Sponsor]]:
    """The sponsors of each session; most have none. The greatest sponsor has all keynotes."""
    chosen: dict[Session, list[Sponsor]] = {}
    for row in event.rows:
        for session in row:
            if session.is_keynote:
                chosen[session] = pool[:1]
            elif generator.random() < SPONSORED:
                count = 2 if generator.random() < SECOND_SPONSOR else 1
                chosen[session] = list(dict.fromkeys(generator.choices(pool, cum_weights=WEIGHTS, k=count)))
            else:
                chosen[session] = []
    return chosen
