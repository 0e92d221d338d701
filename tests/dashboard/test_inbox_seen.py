"""What Data health sees of the inbox: how many deliveries wait there. Looking changes nothing."""

from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.rows import TWO_EVENTS, Publish
from warehouse.inbox.sqlite_queue import Inbox


def waiting(app: AppTest, data_dir: Path) -> str:
    """The number that the page shows as waiting. Showing it leaves the folder as it was."""
    before = sorted(data_dir.iterdir())
    page = app.run().switch_page("app_pages/health.py").run()
    assert sorted(data_dir.iterdir()) == before
    return next(metric.value for metric in page.metric if metric.label == "Waiting")


@pytest.fixture
def inbox(publish: Publish, data_dir: Path) -> Inbox:
    """An open inbox beside the warehouse; two deliveries are accepted, none is loaded."""
    publish(TWO_EVENTS)
    its = Inbox(data_dir / "inbox.sqlite", create=True)
    its.append([(1, b"{}"), (2, b"{}")])
    return its


def test_what_waits_is_counted_while_the_receiver_runs(inbox: Inbox, data_dir: Path, app: AppTest) -> None:
    """Although its deliveries are still in the write-ahead log."""
    with closing(inbox):
        assert waiting(app, data_dir) == "2"


def test_what_waits_is_counted_after_the_receiver_has_ended(inbox: Inbox, data_dir: Path, app: AppTest) -> None:
    """And no file appears beside the inbox."""
    inbox.close()

    assert waiting(app, data_dir) == "2"
