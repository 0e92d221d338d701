"""Files that are made when their button is pressed, kept until the browser has fetched them.

Streamlit forgets such a file once two script runs have ended, whoever's they are, and each open page looks every two
seconds whether there is something new. So those looks wait while a file is made, and a little longer.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Content = TypeVar("Content", bytes, str)

SECONDS_TO_FETCH = 2.0
# Should making it take for ever: nobody's page stands still for longer.
MAX_SECONDS = 5.0

_lock = threading.Lock()
_being_made = 0
_fetched_by = 0.0


def made(make: Callable[[], Content]) -> Callable[[], Content]:
    """What a download button is given as its data: the file is safe until it is fetched."""

    def make_and_keep() -> Content:
        global _being_made, _fetched_by  # noqa: PLW0603 -- one for all visitors, as Streamlit's files are
        with _lock:
            _being_made += 1
        try:
            return make()
        finally:
            with _lock:
                _being_made -= 1
                _fetched_by = time.monotonic() + SECONDS_TO_FETCH

    return make_and_keep


def wait_until_fetched() -> None:
    """Return when no file is being made or fetched, or after a few seconds."""
    give_up_at = time.monotonic() + MAX_SECONDS
    while (_being_made or time.monotonic() < _fetched_by) and time.monotonic() < give_up_at:
        time.sleep(0.05)
