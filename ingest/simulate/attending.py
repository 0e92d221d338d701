"""One guest at an event: arrival, sessions, what they ask and answer there, and the time spent, told afterwards."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from ingest.simulate.attendance import Attendance, Besides
from ingest.simulate.guests import Guest
from ingest.simulate.moments import Moment, Scene
from ingest.simulate.programme import Session

SCANNED = 0.05  # share of the sessions at whose door an in-person ticket is scanned; online each is joined
WITHOUT_SESSIONS = 0.02  # share of the guests who come for the booths or the coffee
PEEKS = 0.06  # share of the guests who join one more session and leave at once: they spend no time there
# What a talkative guest does in a session. Shares of the attendances, each added to those before.
INTERACTIONS = ("ASKED_QUESTION", "QUESTION_UPVOTED", "ANSWERED_POLL", "ANSWERED_SURVEY", "CTA_CLICKED")
UP_TO = (0.025, 0.065, 0.125, 0.150, 0.170)
MOST_TALKATIVE = 4.0  # times the mean


class Questions:
    """The questions that were asked so far in each session: there must be one before somebody can vote for it."""

    def __init__(self) -> None:
        self._asked: dict[Session, list[tuple[datetime, bytes]]] = {}

    def ask(self, session: Session, at: datetime, question: bytes) -> None:
        """Remember a question."""
        self._asked.setdefault(session, []).append((at, question))

    def pick(self, session: Session, generator: Random) -> tuple[datetime, bytes] | None:
        """One of the session's questions, and when it was asked; none when there is none."""
        asked = self._asked.get(session)
        return generator.choice(asked) if asked else None


def attending(guest: Guest, attended: Sequence[Attendance], questions: Questions, scene: Scene) -> Iterator[Moment]:
    """Arrival, and everything in sessions. Some guests arrive and see none."""
    if scene.chance(WITHOUT_SESSIONS):
        attended = []
    starts = [attendance.session.starts_at for attendance in attended]
    arrived_at = min(starts, default=scene.event.starts_at + timedelta(hours=2)) - scene.some(timedelta(minutes=40))
    yield scene.moment(arrived_at, "ENTERED" if guest.ticket.is_in_person else "ATTENDED", guest)
    talkative = min(scene.generator.expovariate(1), MOST_TALKATIVE)
    for session, minutes, besides in attended:
        joined_at = session.starts_at + scene.some(timedelta(minutes=8))
        if not guest.ticket.is_in_person or scene.chance(SCANNED):
            yield scene.moment(joined_at, "JOINED_SESSION", guest, scene.targets.sessions[session])
        yield from _interacting(guest, session, joined_at, talkative, questions, scene)
        yield from _time_spent(guest, session, minutes, besides, scene)
    if scene.chance(PEEKS):
        session = scene.generator.choice(list(scene.targets.sessions))
        if session.starts_at > arrived_at and all(each.session is not session for each in attended):
            yield scene.moment(session.starts_at, "JOINED_SESSION", guest, scene.targets.sessions[session])


def _interacting(  # noqa: PLR0913, PLR0917 -- who, where, when and how willing
    guest: Guest, session: Session, at: datetime, talkative: float, questions: Questions, scene: Scene
) -> Iterator[Moment]:
    luck = scene.generator.random()
    if luck >= UP_TO[-1] * talkative:
        return
    action = INTERACTIONS[bisect(UP_TO, luck / talkative)]
    at += scene.some(timedelta(minutes=session.minutes))
    targets, choice = scene.targets, scene.generator.choice
    match action:
        case "ASKED_QUESTION":
            target = targets.question(session, at, scene.generator)
            questions.ask(session, at, target)
        case "QUESTION_UPVOTED":
            picked = questions.pick(session, scene.generator)
            if picked is None:
                return
            asked_at, question = picked
            target = question + b',"booth":null,"discussionRoom":null'
            at = max(at, asked_at + timedelta(minutes=1))
        case "ANSWERED_POLL":
            target = choice(targets.polls[session])
        case "ANSWERED_SURVEY":
            target = choice(targets.surveys[session])
        case _:
            target = choice(targets.ctas)
    yield scene.moment(at, action, guest, target)


def _time_spent(guest: Guest, session: Session, minutes: int, besides: Besides, scene: Scene) -> Iterator[Moment]:
    at, about = scene.in_burst(), scene.targets.spent_sessions[session]
    yield scene.moment(at, "TIME_SPENT_IN_SESSION", guest, about, minutes)
    if besides is Besides.CORRECTION:
        later = at + timedelta(minutes=scene.generator.randint(1, 30))
        corrected = minutes + scene.generator.randint(1, 5)
        yield scene.moment(later, "TIME_SPENT_IN_SESSION", guest, about, corrected)
