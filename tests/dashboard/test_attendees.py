"""Attendees: the whole list, its segments, and one attendee's journey."""

from pathlib import Path

import pytest
from pandas import isna as missing
from streamlit.testing.v1 import AppTest

from dashboard.filters import Filters
from dashboard.queries import attendees, comparison
from tests.dashboard.page import at, cells, metrics, rows, said, view_of
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish

# Eve (r10) is at the workshops. To the summit she was invited, and did not come.
INVITED_BEFORE = """
INSERT INTO attendees (event_id, registration_id, actor_id) VALUES ('workshops', 'r10', 'a4');
INSERT INTO attendee_engagement (event_id, registration_id, actor_id) VALUES ('workshops', 'r10', 'a4');
INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent) VALUES ('workshops', 'sql', 'r10', 20);
INSERT INTO registrations (event_id, registration_id, actor_id) VALUES ('summit', 'r4', 'a4');
"""


@pytest.fixture
def both(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run."""
    publish(TWO_EVENTS + AUDIENCE)
    return app


@pytest.mark.parametrize(
    ("link", "table"),
    [
        ({}, [("Ada Lovelace", 1.3, 2, 75.0), ("Bob", 1.3, 2, 50.0), ("r3", 0.5, 1, 50.0)]),
        ({"tag": "Data"}, [("Ada Lovelace", 1.0, 1, 100.0), ("Bob", 0.5, 1, 50.0), ("r3", 0.5, 1, 50.0)]),
        ({"country": "France"}, [("Bob", 1.3, 2, 50.0)]),
        ({"search": "analyst"}, [("Ada Lovelace", 1.3, 2, 75.0)]),
    ],
    ids=["all", "tag", "country", "search"],
)
def test_attendees_are_listed_with_most_minutes_first(
    both: AppTest, link: dict[str, str], table: list[tuple[str, float, int, float]]
) -> None:
    page = at(both, "attendees", event="summit", **link)

    assert rows(page, "attendee", "hours", "session_count", "mean_completion") == table


def test_all_spellings_of_a_company_are_one_group(both: AppTest) -> None:
    page = at(both, "attendees", event="summit", group="company")

    assert rows(page, "name", "hours", "attendee_count") == [("ENGINES", 2.5, 2), ("(not given)", 0.5, 1)]


@pytest.mark.parametrize(
    ("event", "tag", "sizes"),
    [
        ("summit", "", {"all": 3, "stayed": 0, "sessions": 0, "first": 3, "returning": 0}),
        ("summit", "Data", {"all": 3, "stayed": 1, "sessions": 0, "first": 3, "returning": 0}),
        ("workshops", "", {"all": 1, "stayed": 1, "sessions": 0, "first": 0, "returning": 1}),
    ],
)
def test_segments_are_counted_under_the_filters(both: AppTest, event: str, tag: str, sizes: dict[str, int]) -> None:
    """Ada (r9 of the workshops) had been at the summit, where her completion of the keynote was 100 %."""
    at(both, "attendees", event=event, **({"tag": tag} if tag else {}))

    assert attendees.segment_sizes(both.session_state["view"], "") == sizes


def test_a_segment_leaves_in_its_attendees_alone(both: AppTest) -> None:
    assert rows(at(both, "attendees", event="workshops", segment="returning"), "attendee") == [("Ada Lovelace",)]
    both.query_params.update({"segment": "first"})

    assert "No attendee under these filters is in this segment" in said(both.run())


@pytest.mark.parametrize(("segment", "ids"), [("first", ["r10"]), ("returning", ["r9"])])
def test_the_files_hold_the_segment_alone(publish: Publish, data_dir: Path, segment: str, ids: list[str]) -> None:
    publish(TWO_EVENTS + INVITED_BEFORE)
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("workshops",)))
    rows_of_file = attendees.everybody(view, segment=segment)

    assert rows_of_file["registration_id"].to_list() == ids


def test_returning_attendees_are_those_of_the_page_compare(publish: Publish, data_dir: Path) -> None:
    """Eve (r10) was only invited to the summit."""
    publish(TWO_EVENTS + INVITED_BEFORE)
    view = view_of(data_dir)
    (pair,) = comparison.returning(view).iter_rows(named=True)
    sizes = attendees.segment_sizes(view._replace(filters=Filters(event_ids=("workshops",))), "")

    assert (pair["both_count"], pair["later_count"]) == (1, 2)
    assert (sizes["returning"], sizes["first"]) == (1, 1)


def test_pages_hold_every_attendee_once(publish: Publish, data_dir: Path) -> None:
    """1,203 attendees on three pages."""
    publish("""
        INSERT INTO events (event_id) VALUES ('e');
        INSERT INTO sessions (event_id, session_id) VALUES ('e', 's');
        INSERT INTO attendees (event_id, registration_id) SELECT 'e', 'r' || i FROM range(1203) AS t(i);
        INSERT INTO attendee_engagement (event_id, registration_id) SELECT 'e', 'r' || i FROM range(1203) AS t(i);
        INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent)
            SELECT 'e', 's', 'r' || i, i % 7 FROM range(1203) AS t(i);
        INSERT INTO raw.loads (load_id, loaded_at) VALUES (1, '2025-11-01 12:00:00+00')
    """)
    pages = [attendees.found(view_of(data_dir), "", page=page) for page in (1, 2, 3, 4)]

    assert [page.height for page in pages] == [500, 500, 203, 0]
    assert len({id_ for page in pages for id_ in page["registration_id"]}) == 1203


@pytest.mark.parametrize(
    ("link", "shown"), [("1", 1), ("2", 2), ("9", 2), ("none", 1)], ids=["first", "second", "too far", "no number"]
)
def test_the_page_stands_in_the_link(publish: Publish, app: AppTest, link: str, shown: int) -> None:
    publish(f"""
        {TWO_EVENTS}
        INSERT INTO attendees (event_id, registration_id) SELECT 'summit', 'x' || i FROM range(500) AS t(i);
        INSERT INTO attendee_engagement (event_id, registration_id) SELECT 'summit', 'x' || i FROM range(500) AS t(i);
        INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent)
            SELECT 'summit', 'panel', 'x' || i, 1 FROM range(500) AS t(i)
    """)
    app.query_params["page"] = link
    page = at(app, "attendees", event="summit")

    assert page.number_input("page-number").value == shown
    assert len(rows(page, "attendee", "hours")) == {1: 500, 2: 3}[shown]


def test_one_attendee_shows_score_and_sessions(both: AppTest) -> None:
    """Figures of the whole event, and sessions under the filters."""
    page = at(both, "attendees", event="summit", show="r1", tag="Data")

    assert metrics(page) | {"Time": ""} == {"Score": "100", "Rank by minutes": "1 of 3", "Time": "", "Sessions": "2"}
    assert rows(page, "session", "minutes_spent", "completion") == [("Keynote", 60.0, 100.0)]


def test_a_journey_is_told_by_the_clock_of_the_event(both: AppTest) -> None:
    """Ada registered at 22:30 UTC, which is past midnight in Berlin. Nobody reads what she asked."""
    page = at(both, "attendees", event="summit", show="r1")
    journey = [
        (f"{when:%d %b %H:%M}", *("" if missing(text) else text for text in texts))
        for when, *texts in rows(page, "at", "step", "about", "session")
    ]

    assert journey == [
        ("01 Aug 12:00", "Invited", "", ""),
        ("01 Oct 00:30", "Registered", "", ""),
        ("01 Oct 10:30", "Visited a booth", "Grace", ""),
        ("01 Oct 11:10", "Answered a poll", "Tea?", "Keynote"),
        ("01 Oct 11:20", "Asked a question", "", "Keynote"),
    ]
    assert rows(page, "place", "place_type", "minutes") == [("Grace", "Booth", 10.0)]
    assert "By the clock of the event (Europe/Berlin)." in said(page).replace("\\", "")


def test_a_question_is_shown_where_the_operator_allows_it(
    publish: Publish, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_SHOW_PII", "1")
    publish(TWO_EVENTS + AUDIENCE)
    page = at(app, "attendees", event="summit", show="r1")

    assert "?" in cells(page)
    assert "ada@example" in said(page).replace("\\", "")


def test_mail_addresses_are_not_shown_else(both: AppTest) -> None:
    page = at(both, "attendees", event="summit", show="r1")

    assert "ada@example" not in said(page).replace("\\", "") + cells(page)
