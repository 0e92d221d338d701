"""The guests of an event: all who are invited or register. Each has a registration and a known outcome."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from random import Random
from typing import NamedTuple

from ingest.simulate.ids import uuid_from
from ingest.simulate.payload import to_json
from ingest.simulate.people import Person, person
from ingest.simulate.vocabulary import CHANNELS, JOB_LEVELS, TICKETS, Channel, Ticket

FLOW_ID = "7a1d2c3b-4e5f-4a6b-8c7d-9e0f1a2b3c4d"  # of the registration form
CIRCLE = 2.1  # guests for each one who attends
NEWCOMERS = 0.4  # share of the guests who weren't guests of the event before


class Outcome(Enum):
    """What becomes of a guest."""

    ATTENDS = 0
    NO_SHOW = 1
    ON_DEMAND = 2  # registers afterwards, for the recordings
    DELETED = 3
    REJECTED = 4
    ABANDONED = 5  # began to register
    DECLINED = 6
    SILENT = 7  # invited, and nothing more


# Guests for each one who attends; but for those who attend, a fifth more or less. All others are silent.
SHARES = {
    Outcome.ATTENDS: 1.0,
    Outcome.NO_SHOW: 0.45,
    Outcome.ON_DEMAND: 0.12,
    Outcome.DELETED: 0.05,
    Outcome.REJECTED: 0.03,
    Outcome.ABANDONED: 0.05,
    Outcome.DECLINED: 0.06,
}


class Taste(NamedTuple):
    """Cumulative weights of what guests choose, in percent, and the mean of how many days ahead they register."""

    channels: tuple[int, ...]
    tickets: tuple[int, ...]
    days_ahead: float


# Who comes chose another way to register than who does not: so a funnel by source or ticket has something to show.
COMES = Taste(channels=(32, 54, 62, 78, 92, 100), tickets=(24, 46, 58, 84, 100), days_ahead=8)
STAYS_AWAY = Taste(channels=(20, 42, 72, 80, 94, 100), tickets=(8, 14, 20, 50, 100), days_ahead=16)
MAX_DAYS_AHEAD = 30.0
# Shares of the guests who write their company in capitals, with needless blanks, and in full-width letters: each added
# to those before.
CAPITALS, BLANKS, FULL_WIDTH = 0.08, 0.14, 0.18
TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}


@dataclass(eq=False)
class Guest:
    """One person's registration for one event. What only the JSON needs is made when it is needed."""

    seed: int
    number: int
    event_id: str
    outcome: Outcome
    channel: Channel
    ticket: Ticket
    days_ahead: float

    @cached_property
    def person(self) -> Person:
        """Who it is: the same person at each event."""
        return person(self.seed, self.number)

    @cached_property
    def identity(self) -> bytes:
        """JSON: the registration's id and profile, with their keys."""
        generator = Random(f"{self.seed}, guest {self.number} of {self.event_id}, company")
        profile = self.person.profile
        company = profile["company"]
        if company:
            profile = profile | {"company": _spelt(company, generator.random())}
        return b'"id":"%b","profile":%b' % (self._registration_id, to_json(profile))

    @property
    def short_identity(self) -> bytes:
        """JSON: the registration's id, name and mail address, with their keys."""
        profile = {key: self.person.profile[key] for key in ("firstName", "lastName", "email")}
        return b'"id":"%b","profile":%b' % (self._registration_id, to_json(profile))

    @cached_property
    def actor(self) -> bytes:
        """JSON: the actor."""
        return to_json({"id": self.person.actor_id, "type": "USER"})

    @cached_property
    def answers(self) -> bytes:
        """JSON: custom fields and consent, with their keys."""
        fields = {
            "job_level1": JOB_LEVELS[self.number % len(JOB_LEVELS)],
            "city1": self.person.city,
            "years_in_role": self.person.years_in_role,
        }
        return b'"customFieldsData":%b,"disclaimers":%b' % (
            to_json([{"fieldSlug": slug, "value": value} for slug, value in fields.items()]),
            to_json([{"id": "terms1", "text": "<p>I agree</p>", "consentGiven": self.number % 10 > 0}]),
        )

    @cached_property
    def ticket_details(self) -> bytes:
        """JSON: the ticket, and how the guest came to register, with their keys."""
        utm = {
            "id": None,
            "source": self.channel.utm_source,
            "medium": self.channel.utm_medium,
            "campaign": self.channel.utm_campaign,
            "term": None,
            "content": None,
        }
        source = {
            "type": self.channel.source_type,
            "referrer": "https://www.example.org/",
            "utmParams": utm if self.channel.utm_source else None,
            "flowId": FLOW_ID,
            "metadata": {},
        }
        workshop = {"id": "addon1", "name": "Workshop", "sessions": [{"id": "workshop1", "name": "Hands on"}]}
        add_ons = [workshop] if self.ticket is TICKETS[0] else []
        ticket = {"ticketTypeId": self.ticket.name.lower(), "ticketName": self.ticket.name, "addOns": add_ons}
        return (
            b'"socialLinks":{"linkedin":null},"ticketDetails":%b,"oldTicketDetails":null,'
            b'"qrCodeImgUrl":"https://img.example/q.png","confirmationCode":"%b",'
            b'"status":"REGISTERED","statusUpdatedAt":null,"statusSource":"MANUAL_UPDATE","source":%b'
        ) % (to_json(ticket), f"Q{self.number:06}".encode(), to_json(source))

    @cached_property
    def _registration_id(self) -> bytes:
        return uuid_from(Random(f"{self.seed}, guest {self.number} of {self.event_id}")).encode()

    @property
    def attendance_type(self) -> bytes:
        """Whether the ticket is for the hall."""
        return b"IN_PERSON" if self.ticket.is_in_person else b"VIRTUAL"


def guests(number: int, *, event_id: str, attendees: int, seed: int, generator: Random) -> Iterator[Guest]:
    """Everybody around the event with this number: `attendees` of them attend, and more do not. In shuffled order."""
    size = round(attendees * CIRCLE)
    first = round(number * size * NEWCOMERS)
    order = list(range(first, first + size))
    generator.shuffle(order)
    outcomes = [outcome for outcome in SHARES for _ in range(_number_of(outcome, attendees, generator))]
    for place, who in enumerate(order):
        outcome = outcomes[place] if place < len(outcomes) else Outcome.SILENT
        taste = COMES if outcome is Outcome.ATTENDS else STAYS_AWAY
        (channel,) = generator.choices(CHANNELS, cum_weights=taste.channels)
        (ticket,) = generator.choices(TICKETS, cum_weights=taste.tickets)
        days_ahead = min(MAX_DAYS_AHEAD, 0.1 + generator.expovariate(1 / taste.days_ahead))
        yield Guest(seed, who, event_id, outcome, channel, ticket, days_ahead)


def _number_of(outcome: Outcome, attendees: int, generator: Random) -> int:
    if outcome is Outcome.ATTENDS:
        return attendees
    return round(SHARES[outcome] * attendees * generator.uniform(0.8, 1.2))


def _spelt(company: str, luck: float) -> str:
    """The company as somebody types it."""
    if luck < CAPITALS:
        return company.upper()
    if luck < BLANKS:
        return f" {company.replace(' ', '  ')}\u00a0"
    if luck < FULL_WIDTH:
        return company.translate(TO_FULL_WIDTH)
    return company
