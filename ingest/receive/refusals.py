"""Refusals in the log: a line for each, up to a bound, as no log may grow with what a sender chooses."""

import logging
import secrets
from itertools import count
from time import monotonic as now

MAX_LOGGED_A_MINUTE = 60

log = logging.getLogger(__name__)


class Refusals:
    """The refusals of a process. Each has an id, which its answer carries and its line in the log."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._process = secrets.token_hex(4)
        self._minute = 0
        self._logged = 0

    def note(self, outcome: str) -> bytes:
        """The id of this refusal."""
        request_id = f"{self._process}-{next(self._numbers)}"
        minute = int(now() // 60)
        if minute != self._minute:
            self._minute, self._logged = minute, 0
        self._logged += 1
        if self._logged <= MAX_LOGGED_A_MINUTE:
            log.warning("refused a delivery", extra={"request_id": request_id, "outcome": outcome})
        elif self._logged == MAX_LOGGED_A_MINUTE + 1:
            log.warning("more refusals this minute are counted in /metrics, not logged")
        return request_id.encode()
