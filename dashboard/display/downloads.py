"""Files that are made when their button is pressed, and kept until the browser has fetched them.

Streamlit forgets such a file after two more script runs of any visitor, and each open page starts one every two seconds
to look for new data. So these runs wait while a file is made, and for two more seconds.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

Content = TypeVar("Content", bytes, str)

SECONDS_TO_FETCH = 2.0
# No page waits longer than this for somebody's file.
MAX_SECONDS = 5.0

_lock = threading.Lock()
_being_made = 0
_fetched_by = 0.0


@contextmanager
def menu(what: str) -> Iterator[None]:
    """Draw a menu for the buttons of the block, below the right end of what they download."""
    with (
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover(what, icon=":material/download:", type="tertiary"),
    ):
        yield


def button(label: str, make: Callable[[], Content], file_name: str, mime: str) -> None:
    """Draw a button that makes the file when it is pressed. The file's name is unique on the page."""
    st.download_button(
        label,
        made(make),
        file_name,
        mime,
        key=file_name,
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def made(make: Callable[[], Content], seconds_to_fetch: float = SECONDS_TO_FETCH) -> Callable[[], Content]:
    """The data of a download button: makes the file, and keeps it safe for so many seconds after that."""

    def make_and_keep() -> Content:
        global _being_made, _fetched_by  # noqa: PLW0603 -- one for all visitors, as Streamlit's files are
        with _lock:
            _being_made += 1
        try:
            return make()
        finally:
            with _lock:
                _being_made -= 1
                _fetched_by = time.monotonic() + seconds_to_fetch

    return make_and_keep


def wait_until_fetched(max_seconds: float = MAX_SECONDS) -> bool:
    """Whether every file has been made and fetched, waiting at most so many seconds for it."""
    give_up_at = time.monotonic() + max_seconds
    while _being_made or time.monotonic() < _fetched_by:
        if time.monotonic() >= give_up_at:
            return False
        time.sleep(0.05)
    return True
