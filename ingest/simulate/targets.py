"""The JSON of what actions are about: sessions, booths, rooms, questions, polls, surveys and links, made once an event.

Each is one member of a payload, such as `"booth":{...}`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from random import Random

from ingest.simulate.ids import uuid_from
from ingest.simulate.payload import Generation, session_part, timestamp, to_json
from ingest.simulate.programme import Event, Session
from ingest.simulate.sponsors import Sponsor
from ingest.simulate.vocabulary import CTAS, POLLS, QUESTIONS, SURVEY_OPTIONS

TABLES, BREAKOUT_ROOMS = 6, 3


class Targets:
    """All that may be visited, asked or answered at one event, with ids of its own."""

    def __init__(
        self, event: Event, sponsors_of: Mapping[Session, list[Sponsor]], pool: Sequence[Sponsor], generator: Random
    ) -> None:
        sessions = [session for row in event.rows for session in row]
        self._sessions = {
            session: session_part(session, Generation.LOCATION_LIST, sponsors_of[session]) for session in sessions
        }
        self._polls = {session: (uuid_from(generator), *generator.choice(POLLS)) for session in sessions}
        self._survey_ids = {session: uuid_from(generator) for session in sessions}
        self._opened_at = timestamp(event.starts_at).decode()
        self._closed_at = timestamp(event.ends_at).decode()
        # Time spent has a session's location as an object, all other actions have it as a list.
        self.spent_sessions = {
            session: b'"session":%b' % session_part(session, Generation.LATEST, sponsors_of[session])
            for session in sessions
        }
        self.sessions = {session: b'"session":%b' % part for session, part in self._sessions.items()}
        self.stages = [
            member("stage", {"id": stage.location_id, "name": stage.name})
            for stage in dict.fromkeys(session.stage for session in sessions if session.stage)
        ]
        self.booths = [self._booth(sponsor, generator) for sponsor in pool]
        self.tables = [self._table(number, generator) for number in range(1, TABLES + 1)]
        self.breakout_rooms = [self._breakout_room(generator) for _ in range(BREAKOUT_ROOMS)]
        self.ctas = [self._cta(name, generator) for name in CTAS]

    @cached_property
    def surveys(self) -> dict[Session, list[bytes]]:
        """The surveys of each session, one for each answer."""
        return {session: [self._survey(session, response) for response in SURVEY_OPTIONS] for session in self._sessions}

    @cached_property
    def polls(self) -> dict[Session, list[bytes]]:
        """The polls of each session, one for each answer."""
        return {
            session: [self._poll(session, option) for option in options]
            for session, (_, _, options) in self._polls.items()
        }

    def _booth(self, sponsor: Sponsor, generator: Random) -> bytes:
        return member(
            "booth",
            {
                "id": uuid_from(generator),
                "name": sponsor.name,
                "tagline": "Come and see",
                "description": f"<p>The booth of {sponsor.name}.</p>",
                "brandName": sponsor.name,
                "ctaDescription": "Try it",
                "ctaText": "Try",
                "ctaUrl": f"https://{sponsor.slug}.example",
                "boothSize": "LARGE" if sponsor.category == "PLATINUM" else "SMALL",
                "boothCategory": sponsor.category,
                "boothOrder": 1,
                "startAt": self._opened_at,
                "endAt": self._closed_at,
                "createdAt": self._opened_at,
                "updatedAt": self._opened_at,
            },
        )

    def question(self, session: Session, asked_at: datetime, generator: Random) -> bytes:
        """A new question in the session."""
        at = timestamp(asked_at).decode()
        question = {
            "id": uuid_from(generator),
            "question": generator.choice(QUESTIONS),
            "status": "APPROVED",
            "createdAt": at,
            "updatedAt": at,
            "upvotes": 0,
        }
        return b"%b,%b" % (self.sessions[session], member("question", question))

    def _poll(self, session: Session, response: str) -> bytes:
        poll_id, question, options = self._polls[session]
        poll = {"id": poll_id, "question": question, "options": options, "response": response}
        return b"%b,%b" % (self.sessions[session], member("poll", poll))

    def _survey(self, session: Session, response: str) -> bytes:
        question = {
            "id": self._survey_ids[session],
            "questionOrder": 1,
            "question": "Your rating",
            "type": "SINGLE_CHOICE",
            "dataType": "STRING",
            "isMandatory": True,
            "options": ["good", "fair", "poor"],
            "response": response,
        }
        survey = {
            "id": self._survey_ids[session],
            "title": "How was it?",
            "description": "One question",
            "questions": [question],
        }
        return b"%b,%b" % (self.sessions[session], member("survey", survey))

    def _table(self, number: int, generator: Random) -> bytes:
        return member(
            "discussionRoom",
            {
                "id": uuid_from(generator),
                "name": f"Networking Table {number}",
                "description": "Meet",
                "dailyRoomName": f"table-{number}",
                "type": "ROUNDTABLE",
                "roomCategory": "NETWORKING",
                "capacity": 8,
                "attendeeCreated": False,
                "isMeetingRoom": False,
                "isLockedRoom": False,
                "createdAt": self._opened_at,
                "updatedAt": self._opened_at,
            },
        )

    def _breakout_room(self, generator: Random) -> bytes:
        room_id, stage_id = uuid_from(generator), uuid_from(generator)
        return member("breakOutRoom", {"id": room_id, "stageId": stage_id, "breakoutType": "RANDOM", "maxRoomSize": 6})

    def _cta(self, name: str, generator: Random) -> bytes:
        slug = name.lower().replace(" ", "-")
        return member(
            "cta",
            {
                "id": uuid_from(generator),
                "name": name,
                "url": f"https://files.example/{slug}",
                "type": "CHANNEL_FILE",
                "subType": "BUTTON",
                "location": "STAGE",
                "locationId": uuid_from(generator),
            },
        )


def member(key: str, value: object) -> bytes:
    """One member of a JSON object."""
    return b'"%b":%b' % (key.encode(), to_json(value))
