"""Files made when their button is pressed."""

import threading

import pytest

from dashboard.display import downloads


def test_a_look_for_new_data_waits_until_a_file_is_made() -> None:
    """Otherwise Streamlit would forget the file before its visitor has it."""
    order: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def make() -> bytes:
        begun.set()
        may_end.wait()
        order.append("made")
        return b"file"

    def look() -> None:
        assert downloads.wait_until_fetched(max_seconds=60)
        order.append("looked")

    making = threading.Thread(target=downloads.made(make, seconds_to_fetch=0.0))
    looking = threading.Thread(target=look)
    making.start()
    begun.wait()
    assert not downloads.wait_until_fetched(max_seconds=0.0)
    looking.start()
    may_end.set()
    making.join()
    looking.join()
    assert order == ["made", "looked"]


def test_a_look_for_new_data_waits_until_a_file_is_fetched() -> None:
    """The browser asks for it a moment after it is made."""
    downloads.made(lambda: b"file", seconds_to_fetch=60.0)()
    assert not downloads.wait_until_fetched(max_seconds=0.0)

    downloads.made(lambda: b"file", seconds_to_fetch=0.0)()
    assert downloads.wait_until_fetched(max_seconds=0.0)


def test_a_file_that_cannot_be_made_holds_nobody_up() -> None:
    def fail() -> bytes:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        downloads.made(fail, seconds_to_fetch=0.0)()
    assert downloads.wait_until_fetched(max_seconds=0.0)
