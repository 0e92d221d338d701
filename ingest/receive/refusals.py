"""Refusals: each is counted, and has a line in the log up to a bound: no log may grow with what a sender chooses."""

import logging
import secrets
import time
from collections.abc import Callable
from itertools import count

from ingest.metrics import Metrics

MAX_LOGGED_A_MINUTE = 60

log = logging.getLogger(__name__)


class Refusals:
    """The refusals of a process. Each has an id, which its answer and its line in the log both carry."""

    def __init__(
        self,
        metrics: Metrics,
        max_logged_a_minute: int = MAX_LOGGED_A_MINUTE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outcomes = metrics.outcomes
        self._max_logged_a_minute = max_logged_a_minute
        self._now = now
        self._numbers = count(1)
        self._process = secrets.token_hex(4)
        self._minute = 0
        self._logged = 0

    def note(self, outcome: str) -> bytes:
        """Count a refusal, and log it within the bound. Returns its id."""
        self._outcomes[outcome].inc()
        request_id = f"{self._process}-{next(self._numbers)}"
        minute = int(self._now() // 60)
        if minute != self._minute:
            self._minute, self._logged = minute, 0
        self._logged += 1
        if self._logged <= self._max_logged_a_minute:
            log.warning("refused a delivery", extra={"request_id": request_id, "outcome": outcome})
        elif self._logged == self._max_logged_a_minute + 1:
            log.warning("further refusals of this minute are counted in /metrics, not logged")
        return request_id.encode()
