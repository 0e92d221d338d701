"""The page Trace: one box for every id."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import at, rows, said
from tests.dashboard.rows import TWO_EVENTS, Publish

TRACED = """
    INSERT INTO raw.deliveries (delivery_id, action_id, action, received_at, load_id) VALUES
        (1, 'earlier', 'TIME_SPENT_IN_SESSION', '2025-10-01 12:00:00+00', 1),
        (2, 'later', 'TIME_SPENT_IN_SESSION', '2025-10-01 12:01:00+00', 1);
    INSERT INTO staging.actions
            (delivery_id, action, action_created_at, event_id, session_id, registration_id, minutes_spent,
             attendee_version) VALUES
        (1, 'TIME_SPENT_IN_SESSION', '2025-10-01 11:00:00+00', 'summit', 'keynote', 'r1', 20, 1),
        (2, 'TIME_SPENT_IN_SESSION', '2025-10-01 11:30:00+00', 'summit', 'keynote', 'r1', 60, 1);
    INSERT INTO staging.attendee_versions (attendee_version, email) VALUES (1, 'Ada@example.com');
    UPDATE time_spent SET action_id = 'later' WHERE session_id = 'keynote' AND registration_id = 'r1';
    INSERT INTO raw.repeats VALUES (3, 1, '2025-10-01 12:02:00+00', 2);
"""
COLUMNS = ("delivery_id", "load_id", "outcome", "minutes_spent")
EARLIER, LATER, REPEAT = (1, 1, "superseded", 20.0), (2, 1, "counted", 60.0), (3, 2, "duplicate", 20.0)


@pytest.fixture
def traced(publish: Publish, app: AppTest) -> AppTest:
    """Two actions of one attendance, and a repeat of the first."""
    publish(f"{TWO_EVENTS} {TRACED}")
    return app


def test_it_waits_for_an_id(traced: AppTest) -> None:
    page = at(traced, "trace")

    assert "What became of a delivery" in said(page)
    assert not page.dataframe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("later", [LATER]),
        ("earlier", [EARLIER, REPEAT]),
        ("r1", [EARLIER, LATER, REPEAT]),
        ("ada@EXAMPLE.com", [EARLIER, LATER, REPEAT]),
        ("2", [LATER]),
    ],
    ids=["action", "action with a repeat", "registration", "mail address", "delivery"],
)
def test_one_box_takes_every_id(text: str, expected: list[tuple[object, ...]], traced: AppTest) -> None:
    """A link has it in its address."""
    page = at(traced, "trace", show=text)

    assert rows(page, *COLUMNS) == expected


def test_it_says_what_the_other_policy_would_say(traced: AppTest) -> None:
    page = at(traced, "trace", show="later")

    assert page.text[0].value == (
        "r1 in “Keynote” of Summit: 60 minutes count, of 2 actions (REPEAT_POLICY=latest); sum would say 80."
    )


def test_what_nobody_knows_is_said(traced: AppTest) -> None:
    page = at(traced, "trace", show="nothing")

    assert "No delivery is known by this." in said(page)


def test_an_inbox_that_cannot_be_read_is_named(traced: AppTest, data_dir: Path) -> None:
    (data_dir / "inbox.sqlite").write_bytes(b"not SQLite" * 100)

    traced.query_params["show"] = "later"
    page = traced.run().switch_page("app_pages/trace.py").run()

    assert [error.value for error in page.error] == [
        "The inbox can't be read from here, so what waits or was refused can't be told. `warehouse trace` can."
    ]
