"""Files made when their button is pressed."""

import threading

import pytest

from dashboard.display import downloads


def test_looking_for_something_new_waits_until_a_file_that_is_being_made_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else Streamlit would forget the file before its visitor has it."""
    monkeypatch.setattr(downloads, "SECONDS_TO_FETCH", 0.0)
    order: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def make() -> bytes:
        begun.set()
        may_end.wait()
        order.append("made")
        return b"file"

    def look() -> None:
        downloads.wait_until_fetched()
        order.append("looked")

    making, looking = threading.Thread(target=downloads.made(make)), threading.Thread(target=look)
    making.start()
    begun.wait()
    looking.start()
    may_end.set()
    making.join()
    looking.join()
    assert order == ["made", "looked"]


def test_a_file_that_cannot_be_made_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "SECONDS_TO_FETCH", 0.0)

    def fail() -> bytes:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        downloads.made(fail)()
    monkeypatch.setattr("time.sleep", lambda _seconds: pytest.fail("it waits"))
    downloads.wait_until_fetched()
