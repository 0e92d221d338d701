"""Compare: all events on rates, stay curves, and who came back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.queries import comparison
from tests.dashboard.page import at, rows, said, view_of
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish


@pytest.fixture
def both(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run."""
    publish(TWO_EVENTS + AUDIENCE)
    return app


@pytest.mark.parametrize(
    ("link", "table"),
    [
        ({}, [("Workshops", 100.0, 100.0, 90.0, 100.0), ("Summit", 62.5, 25.0, 60.0, 75.0)]),
        ({"room": "Main stage"}, [("Workshops", 100.0, 100.0, 90.0, 100.0), ("Summit", 62.5, 25.0, 60.0, 75.0)]),
        ({"tag": "Data"}, [("Summit", pytest.approx(200 / 3), pytest.approx(100 / 3), 40.0, 75.0)]),
        ({"country": "England"}, [("Workshops", 100.0, 100.0, 90.0, 100.0), ("Summit", 75.0, 50.0, 75.0, 100.0)]),
    ],
    ids=["all", "a room, which is one event's", "tag", "country"],
)
def test_all_events_stand_side_by_side_on_rates(
    both: AppTest, link: dict[str, str], table: list[tuple[str, float, float, float, float]]
) -> None:
    page = at(both, "compare", event="summit", **link)

    columns = ("event", "mean_completion", "full_stay_rate", "mean_minutes_per_attendee", "show_rate")
    assert rows(page, *columns) == table


def test_the_event_is_set_against_the_median_of_own_events(publish: Publish, app: AppTest) -> None:
    """From three events on, of the same organisation: 100, 62.5 and 50 % are; 0 % of another one is not."""
    publish(f"""
        {TWO_EVENTS} {AUDIENCE}
        INSERT INTO events (event_id, organization_id, event_name) VALUES
            ('m', 'org', 'Meetup'), ('o', 'else', 'Other');
        INSERT INTO sessions (event_id, session_id, starts_at, scheduled_minutes) VALUES
            ('m', 'm', '2025-09-01 09:00:00+00', 60), ('o', 'o', '2025-09-02 09:00:00+00', 60);
        INSERT INTO session_engagement BY NAME SELECT event_id, session_id, starts_at FROM sessions
            WHERE event_id IN ('m', 'o');
        INSERT INTO attendees (event_id, registration_id) VALUES ('m', 'x'), ('o', 'y');
        INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent) VALUES
            ('m', 'm', 'x', 30), ('o', 'o', 'y', 0)
    """)
    text = said(at(app, "compare", event="summit")).replace("\N{NO-BREAK SPACE}", " ")

    assert "Summit: 63 %. Median of own events: 63 %." in text
    assert "Summit: 1 h. Median of own events: 1 h." in text


def test_two_events_have_no_median(both: AppTest) -> None:
    text = said(at(both, "compare", event="summit")).replace("\N{NO-BREAK SPACE}", " ")

    assert "Summit: 63 %" in text
    assert "Median" not in text


def test_stay_curves_are_shares_of_attendances(publish: Publish, data_dir: Path) -> None:
    """Of the summit's four with a schedule, all stayed half of it, and one to its end."""
    publish(TWO_EVENTS + AUDIENCE)
    curve = comparison.stay_curves(view_of(data_dir))
    summit = {stayed: share for event_id, share, stayed in curve.iter_rows() if event_id == "summit"}

    assert (summit[0.0], summit[0.5], summit[0.55], summit[1.0]) == (1.0, 1.0, 0.25, 0.25)


def test_attendees_who_came_back_are_known_by_their_actor_id(both: AppTest) -> None:
    """Ada was at both events."""
    page = at(both, "compare", event="workshops")

    assert rows(page, "earlier", "later", "both_count", "later_count", "share") == [
        ("Summit", "Workshops", 1, 1, 100.0)
    ]
    assert "Of the 1 attendees of Workshops, 1" in said(page)


def test_one_event_alone_is_not_compared(publish: Publish, app: AppTest) -> None:
    """The page still shows its figures."""
    publish(
        f"{TWO_EVENTS} DELETE FROM time_spent WHERE event_id = 'workshops'; "
        "DELETE FROM session_engagement WHERE event_id = 'workshops'"
    )
    page = at(app, "compare", event="summit")

    assert "There is only one event under these filters" in said(page)
    assert rows(page, "event", "attendee_count") == [("Summit", 3)]
