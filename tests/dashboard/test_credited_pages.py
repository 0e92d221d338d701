"""Speakers, tags and sponsors: one shape, in full and in split credit."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import at, metrics, rows, said
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish

SUMMIT = {"event": "summit"}


@pytest.fixture
def summit(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run."""
    publish(TWO_EVENTS + AUDIENCE)
    return app


@pytest.mark.parametrize(
    ("page", "full", "split"),
    [
        (
            "speakers",
            [("Grace Hopper", 2.3, 2, 3), ("p2", 2.0, 1, 3), ("(no speaker)", 0.8, 1, 1)],
            [1.3, 1.0, 0.8],
        ),
        ("tags", [("AI", 2.3, 2, 3), ("Data", 2.0, 1, 3), ("(untagged)", 0.8, 1, 1)], [1.3, 1.0, 0.8]),
        ("sponsors", [("Acme", 2.3, 2, 3), ("(no sponsor)", 0.8, 1, 1), ("s2", 0.3, 1, 1)], [2.1, 0.8, 0.1]),
    ],
)
def test_hours_are_in_the_credit_that_is_set(
    summit: AppTest, page: str, full: list[tuple[str, float, int, int]], split: list[float]
) -> None:
    """With the sessions, and the attendees, each of whom counts once."""
    assert rows(at(summit, page, **SUMMIT), "name", "hours", "session_count", "attendee_count") == full
    assert [hours for (hours,) in rows(at(summit, page, **SUMMIT, credit="split"), "hours")] == split


def test_completion_is_the_mean_over_the_attendances_of_all_sessions(summit: AppTest) -> None:
    """Acme: 60, 30 and 30 of 60 minutes in the keynote, 15 of 30 in the panel. No schedule, no completion."""
    completions = dict(rows(at(summit, "sponsors", **SUMMIT), "name", "mean_completion"))

    assert completions["Acme"] == 62.5
    assert str(completions["(no sponsor)"]) in ("nan", "None")


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        (
            {},
            "each tag of a session gets all of its minutes, so the column adds up to 5 h, more than the 3 h spent",
        ),
        ({"credit": "split"}, "Split credit: the minutes of a session are divided equally among its tags"),
    ],
    ids=["full", "split"],
)
def test_the_credit_is_explained_where_sessions_are_shared(
    summit: AppTest, link: dict[str, str], sentence: str
) -> None:
    assert sentence in said(at(summit, "tags", **SUMMIT, **link)).replace("\N{NO-BREAK SPACE}", " ")


def test_full_credit_is_not_explained_where_nothing_is_shared(summit: AppTest) -> None:
    assert "Full credit" not in said(at(summit, "tags", event="workshops"))


@pytest.mark.parametrize(
    ("link", "sessions"),
    [
        ({}, [("Keynote", 2.0, 3), ("Panel", 0.3, 1)]),
        ({"credit": "split"}, [("Keynote", 2.0, 3), ("Panel", 0.1, 1)]),
        ({"country": "France"}, [("Keynote", 0.5, 1)]),
    ],
    ids=["full", "split", "France"],
)
def test_one_sponsor_shows_its_sessions(
    summit: AppTest, link: dict[str, str], sessions: list[tuple[str, float, int]]
) -> None:
    page = at(summit, "sponsors", **SUMMIT, show="s1", **link)

    assert rows(page, "session", "hours", "attendee_count") == sessions


def test_one_sponsor_shows_time_reach_and_completion_against_all_sessions(summit: AppTest) -> None:
    """135 of 180 minutes, and all of the three attendees; the fourth session's minutes have no schedule."""
    shown = metrics(at(summit, "sponsors", **SUMMIT, show="s1"))

    assert {label: text.replace("\N{NO-BREAK SPACE}", " ") for label, text in shown.items()} == {
        "Time (full credit)": "2.3 h",
        "Share of all time": "75 %",
        "Attendees": "3",
        "Reach": "100 %",
        "Completion": "63 %",
    }


@pytest.mark.parametrize(
    ("link", "share", "reach"),
    [
        ({"tag": "Data"}, "67 %", "100 %"),
        ({"sponsor": "s1"}, "75 %", "100 %"),
        ({"minutes": "60"}, "33 %", "33 %"),
        ({"country": "France"}, "40 %", "100 %"),
    ],
    ids=["tag", "sponsor", "minutes", "country"],
)
def test_shares_of_one_sponsor_are_of_the_whole_event(
    summit: AppTest, link: dict[str, str], share: str, reach: str
) -> None:
    """Whatever the filters on sessions and minutes; of the people under the filters."""
    shown = metrics(at(summit, "sponsors", **SUMMIT, show="s1", **link))

    assert [shown[label].replace("\N{NO-BREAK SPACE}", " ") for label in ("Share of all time", "Reach")] == [
        share,
        reach,
    ]


def test_sponsors_without_a_name_are_explained(summit: AppTest) -> None:
    """Their ids stand in the table."""
    assert "they come from the file sponsors.csv" in said(at(summit, "sponsors", **SUMMIT))


def test_groups_are_set_against_the_average_of_all(summit: AppTest) -> None:
    """Computing gave 105 of its 150 minutes to AI: 70 %. All gave 135 of 180: 75 %."""
    table = rows(at(summit, "tags", **SUMMIT), "group_name", "tag", "index", "share", "average")

    assert ("Computing", "AI", 93.3, 70.0, 75.0) in table
    assert ("(not given)", "AI", 133.3, 100.0, 75.0) in table
    assert ("(not given)", "(untagged)", 0.0, 0.0, 25.0) in table
