"""The event of a rehearsal: its deliveries, which name nobody, and the figures that they must become."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

ATTENDEES_OF_A_SESSION = 50
MAX_MINUTES = 60


@dataclass(frozen=True)
class RehearsalEvent:
    """An event with an id that no other one has. Each of its deliveries is one attendance in a session."""

    delivery_count: int
    event_id: str = field(default_factory=lambda: f"rehearsal-{uuid.uuid4()}")
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @property
    def total_minutes(self) -> int:
        """The minutes of all attendances."""
        return sum(map(_minutes, range(self.delivery_count)))

    def deliveries(self) -> Iterator[bytes]:
        """The body of each delivery."""
        for number in range(self.delivery_count):
            session, attendee = divmod(number, ATTENDEES_OF_A_SESSION)
            yield self._time_spent(str(number), f"session-{session}", f"attendee-{attendee}", _minutes(number))

    def forged(self) -> bytes:
        """A delivery for a wrong signature. Its minutes would show in the sum."""
        return self._time_spent("forged", "forged", "forged", 1_000)

    def _time_spent(self, action: str, session: str, attendee: str, minutes: int) -> bytes:
        began = self.now - timedelta(hours=3)
        return json.dumps(
            {
                "action": "TIME_SPENT_IN_SESSION",
                "actionId": f"{self.event_id}-{action}",
                "actionCreatedAt": _written(self.now),
                "registration": {"id": f"{self.event_id}-{attendee}"},
                "event": {"id": self.event_id, "name": "Rehearsal"},
                "session": {
                    "id": f"{self.event_id}-{session}",
                    "title": f"Rehearsal, {session}",
                    "startDateTime": _written(began),
                    "endDateTime": _written(began + timedelta(minutes=MAX_MINUTES)),
                },
                "timeSpentInMinutes": minutes,
            }
        ).encode()


def _minutes(number: int) -> int:
    return 1 + number % MAX_MINUTES


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
