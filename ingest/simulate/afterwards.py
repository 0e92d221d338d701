"""After an event: no-shows, recordings, credits, and sums that restate what was sent."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from ingest.simulate.attendance import Attendance
from ingest.simulate.guests import Guest, Outcome
from ingest.simulate.moments import Moment, Scene

RECORDINGS_AFTER = timedelta(days=1)
WATCHED_WITHIN = timedelta(days=5)
CATCH_UP = {Outcome.NO_SHOW: 0.2, Outcome.ATTENDS: 0.03, Outcome.ON_DEMAND: 0.9}  # shares who watch a recording
CREDIT, RESTATED = 0.03, 0.12  # shares of those who attend


def publishing(scene: Scene) -> Iterator[Moment]:
    """Staff put the recordings online."""
    yield scene.moment(scene.event.ends_at + RECORDINGS_AFTER, "ON_DEMAND_SETTING_UPDATED")


def afterwards(guest: Guest, scene: Scene) -> Iterator[Moment]:
    """Whoever registered: did not come, or watches a recording."""
    if guest.outcome is Outcome.NO_SHOW:
        yield scene.moment(scene.in_burst(), "NO_SHOW", guest)
    at = scene.event.ends_at + RECORDINGS_AFTER + scene.some(WATCHED_WITHIN)
    if guest.outcome is Outcome.ON_DEMAND:
        yield scene.moment(at, "REGISTRATION_FOR_ON_DEMAND", guest)
    if scene.chance(CATCH_UP.get(guest.outcome, 0)):
        yield scene.moment(at + timedelta(minutes=2), "ATTENDED_ON_DEMAND", guest)
        for number in range(scene.generator.choice((1, 1, 1, 2, 3))):
            yield scene.moment(at + timedelta(minutes=4 + 40 * number), "WATCHED_VOD", guest)


def restating(guest: Guest, attended: Sequence[Attendance], scene: Scene) -> Iterator[Moment]:
    """Credits for whoever attended, and one of the sums, whose kind Zuddl's pages only name."""
    generator, targets = scene.generator, scene.targets
    at = scene.event.ends_at + timedelta(hours=3) + scene.some(timedelta(hours=2))
    if scene.chance(CREDIT):
        yield scene.moment(at, "CPE_CREDIT_ADDED", guest)
    if not attended or not scene.chance(RESTATED):
        return
    session, minutes, _ = attended[0]
    about, asked = targets.sessions[session], targets.question(session, session.starts_at, generator)
    sums: tuple[tuple[str, bytes, int | None], ...] = (
        ("TIME_SPENT_IN_SESSION", about, minutes),
        ("TIME_SPENT_IN_BOOTH", generator.choice(targets.booths), generator.randint(1, 25)),
        ("TIME_SPENT_IN_DISCUSSION_ROOM", generator.choice(targets.tables), generator.randint(1, 30)),
        ("POLL_ANSWERED", targets.polls[session][0], None),
        ("QUESTION_ASKED", asked, None),
        ("QUESTION_UPVOTED", asked, None),
        ("SURVEY_ANSWERED", targets.surveys[session][0], None),
        ("CTA_CLICKED", generator.choice(targets.ctas), None),
        ("WATCHED_VOD", b"", None),
        ("JOINED_BREAKOUT_ROOM", generator.choice(targets.breakout_rooms), None),
    )
    name, target, spent = generator.choice(sums)
    yield scene.moment(at, f"AGGREGATED_{name}", guest, target, spent)
