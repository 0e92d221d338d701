"""Companies: all spellings as one, and the accounts that are pasted as a filter."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.data import View
from dashboard.queries import companies
from tests.dashboard.page import at, downloads, metrics, rows, said, view_of
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish


@pytest.fixture
def summit(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run."""
    publish(TWO_EVENTS + AUDIENCE)
    return app


@pytest.fixture
def view(publish: Publish, data_dir: Path) -> View:
    """The summit."""
    publish(TWO_EVENTS + AUDIENCE)
    view = view_of(data_dir)
    return view._replace(filters=replace(view.filters, event_ids=("summit",)))


def test_without_a_filter_companies_are_those_of_the_mart(view: View) -> None:
    measures = "attendee_count, session_count, total_minutes, mean_minutes, top_tag"
    mart = view.published.rows(f"SELECT company, {measures} FROM company_engagement WHERE event_id = 'summit'")

    asked = companies.companies(view).select("name", *measures.split(", "))

    assert sorted(asked.rows()) == sorted(mart.rows())


@pytest.mark.parametrize(
    ("link", "table"),
    [
        ({}, [("ENGINES", 2, 2.5, 3), ("(no company)", 1, 0.5, 1)]),
        ({"tag": "Data"}, [("ENGINES", 2, 1.5, 1), ("(no company)", 1, 0.5, 1)]),
        ({"country": "France"}, [("ENGINES", 1, 1.3, 2)]),
    ],
    ids=["all", "tag", "country"],
)
def test_people_and_hours_of_companies_obey_the_filters(
    summit: AppTest, link: dict[str, str], table: list[tuple[str, int, float, int]]
) -> None:
    page = at(summit, "companies", event="summit", **link)

    assert rows(page, "name", "attendee_count", "hours", "session_count") == table


@pytest.mark.parametrize("spelling", ["ENGINES", "Engines", " engines "])
def test_a_link_to_a_company_holds_in_any_spelling(summit: AppTest, spelling: str) -> None:
    """Its sessions, its topics, and how many had registered: two came, one did not."""
    page = at(summit, "companies", event="summit", show=spelling)

    assert page.subheader[0].value == "ENGINES"
    assert metrics(page)["Registered"] == "3"
    assert rows(page, "session", "attendee_count") == [("Keynote", 2), ("untitled-id", 1), ("Panel", 1)]
    topics = [("AI", 70.0, 280 / 3), ("Data", 60.0, 90.0), ("(untagged)", 30.0, 120.0)]
    assert rows(page, "name", "share", "index") == [
        (tag, pytest.approx(share), pytest.approx(index, abs=0.1)) for tag, share, index in topics
    ]


def test_pasted_accounts_become_the_filter_in_all_their_spellings(summit: AppTest) -> None:
    page = at(summit, "companies", event="summit")
    page.text_area("target-accounts").input("engines\n\nNobody & Sons\nengines").run()

    assert "1 of 2 accounts" in said(page)
    assert "Nobody from Nobody" in said(page)

    next(button for button in page.button if button.label == "Filter by these").click().run()

    assert page.query_params["company"] == "ENGINES"
    assert rows(page, "name", "attendee_count") == [("ENGINES", 2)]


@pytest.mark.parametrize("spelling", ["ENGINES", "Engines", "engines", " \uff25ngines"])
def test_a_filter_takes_all_spellings_of_a_company(summit: AppTest, spelling: str) -> None:
    """The page, the company's own page, the funnel and the list of filters agree."""
    page = at(summit, "companies", event="summit", company=spelling)

    assert rows(page, "name", "attendee_count") == [("ENGINES", 2)]
    assert page.multiselect("filter-company").value == ["ENGINES"]
    assert page.multiselect("filter-company").options == ["(no company)", "ENGINES"]
    assert metrics(at(summit, "overview", event="summit"))["Attendees"] == "2"
    assert metrics(at(summit, "funnel", event="summit"))["Registered"] == "3"
    assert metrics(at(summit, "companies", event="summit", show=spelling))["In a session"] == "2"


@pytest.mark.parametrize("word", ["(no company)", "(not given)"])
def test_people_without_a_company_have_one_word(summit: AppTest, word: str) -> None:
    """Also the word of earlier links filters by them."""
    page = at(summit, "companies", event="summit", company=word)

    assert rows(page, "name", "attendee_count") == [("(no company)", 1)]
    assert page.multiselect("filter-company").value == ["(no company)"]


def test_a_filter_on_a_company_takes_the_spellings_of_other_events(publish: Publish, app: AppTest) -> None:
    publish(f"{TWO_EVENTS + AUDIENCE}; UPDATE attendees SET company = 'EnGiNeS' WHERE event_id = 'workshops'")

    table = rows(at(app, "compare", event="summit", company="Engines"), "event", "attendee_count")

    assert table == [("Workshops", 1), ("Summit", 2)]


def test_a_file_names_a_company_that_is_a_filter_once(summit: AppTest) -> None:
    page = at(summit, "companies", event="summit", company="engines")

    assert "summit_companies_company-engines_2025-11-01.csv" in downloads(page)


def test_many_values_of_a_filter_are_one_chip(summit: AppTest) -> None:
    """A long pasted list would fill the page."""
    summit.query_params["company"] = ["Engines", " ENGINES", "a", "b", "c", "d", "e"]
    page = at(summit, "companies", event="summit")
    page.button("chip-company").click().run()

    assert "company" not in page.query_params
    assert len(rows(page, "name")) == 2
