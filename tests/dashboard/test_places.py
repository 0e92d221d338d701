"""Booths and leads: visits, leads by rating, and the overlap with the sponsors' sessions."""

import pandas as pd
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.display import bars, columns
from tests.dashboard.page import at, cells, rows, said
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish


@pytest.fixture
def summit(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run."""
    publish(TWO_EVENTS + AUDIENCE)
    return app


@pytest.mark.parametrize(
    ("link", "visitors", "mean_minutes"),
    [({}, 2, 7.0), ({"country": "France"}, 1, 4.0)],
    ids=["all", "France"],
)
def test_visits_count_the_latest_minutes_of_each_visitor(
    summit: AppTest, link: dict[str, str], visitors: int, mean_minutes: float
) -> None:
    """As `place_engagement` has them: 10 and 4 minutes. Aggregates restate minutes, and are left out."""
    page = at(summit, "places", event="summit", **link)

    assert rows(page, "place", "visitor_count", "mean_minutes")[0] == ("Grace", visitors, mean_minutes)


def test_under_the_policy_sum_all_minutes_of_a_visitor_count(publish: Publish, app: AppTest) -> None:
    publish(f"{TWO_EVENTS} {AUDIENCE} INSERT INTO raw.settings VALUES ('sum')")

    assert rows(at(app, "places", event="summit"), "place", "mean_minutes")[0] == ("Grace", 9.5)


def test_a_place_without_a_name_is_called_by_its_id(summit: AppTest) -> None:
    page = at(summit, "places", event="summit")

    assert "d1" in cells(page)
    assert "Where Zuddl sends no name, the id stands here." in said(page)


@pytest.mark.parametrize(
    ("link", "ratings", "companies"),
    [
        ({}, [("5", 1), ("2.5", 1), ("(not given)", 1)], [("Engines", 2, 5.0), ("(no company)", 1, 2.5)]),
        ({"company": "Engines"}, [("5", 1), ("(not given)", 1)], [("Engines", 2, 5.0)]),
    ],
    ids=["all", "company"],
)
def test_leads_are_counted_by_rating_and_company(
    summit: AppTest, link: dict[str, str], ratings: list[tuple[str, int]], companies: list[tuple[str, int, float]]
) -> None:
    page = at(summit, "places", event="summit", **link)
    tables = [table.value for table in page.dataframe if "lead_count" in table.value.columns]

    assert list(tables[0][["name", "lead_count"]].itertuples(index=False, name=None)) == ratings
    assert list(tables[2][["name", "lead_count", "mean_rating"]].itertuples(index=False, name=None)) == companies


def test_no_lead_is_named(summit: AppTest) -> None:
    """Whom an exhibitor notes need not have registered."""
    page = at(summit, "places", event="summit")

    assert "Kim" not in cells(page)
    assert "kim@" not in cells(page)


def test_leads_are_named_where_the_operator_allows_it(
    publish: Publish, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_SHOW_PII", "1")
    publish(TWO_EVENTS + AUDIENCE)

    assert rows(at(app, "places", event="summit"), "lead", "email")[0] == ("Kim", "kim@example.com")


@pytest.mark.parametrize(
    ("link", "overlap"),
    [
        ({}, [("Grace", "Acme", 2, 100.0, 100.0), ("Grace", "s2", 1, 50.0, pytest.approx(100 / 3))]),
        ({"minutes": "20"}, [("Grace", "Acme", 2, 100.0, 100.0)]),
        ({"minutes": "50"}, [("Grace", "Acme", 1, 100.0, 100.0)]),
        ({"speaker": "(no speaker)"}, []),
    ],
    ids=["all", "20 minutes", "50 minutes", "no sponsor's session"],
)
def test_booth_visitors_are_set_against_the_sponsors_audience(
    summit: AppTest, link: dict[str, str], overlap: list[tuple[str, str, int, float, float]]
) -> None:
    """Ada and Bob were in Acme's keynote, Ada in the panel of s2: 1 of 2, where it is 1 of 3 in all.

    Only Ada was anywhere for 50 minutes, so it is she alone who is compared with all.
    """
    page = at(summit, "places", event="summit", **link)

    assert (rows(page, "booth", "sponsor", "both_count", "share", "average") if overlap else []) == overlap
    assert ("one of them is missing" in said(page)) == (not overlap)


def test_a_booth_visitor_in_no_session_is_not_compared(publish: Publish, app: AppTest) -> None:
    """Eve (r4) was at Grace's booth alone."""
    publish(f"""{TWO_EVENTS} {AUDIENCE}
        INSERT INTO actions (delivery_id, action, event_id, registration_id, place_type, place_id)
            VALUES (99, 'JOINED_BOOTH', 'summit', 'r4', 'BOOTH', 'b1')
    """)
    page = at(app, "places", event="summit")

    assert rows(page, "place", "visitor_count")[0] == ("Grace", 3)
    assert rows(page, "booth", "sponsor", "visitor_count", "share")[0] == ("Grace", "Acme", 2, 100.0)


def test_a_place_without_reported_minutes_has_no_hours(summit: AppTest) -> None:
    page = at(summit, "places", event="summit")
    (table,) = [table.value for table in page.dataframe if "d1" in table.value.get("place", pd.Series()).to_list()]

    assert table["hours"].isna().all()
    assert bars.amount("Hours", pl.Series([None], dtype=pl.Float64)) == columns.minutes("Hours")


def test_without_visits_and_leads_the_page_says_what_is_missing(publish: Publish, app: AppTest) -> None:
    publish(TWO_EVENTS)
    text = said(at(app, "places", event="summit"))

    assert "Nobody visited a booth" in text
    assert "No lead was noted" in text
    assert "This needs a booth with visitors who were in sessions, and a session with a sponsor" in text
