"""The funnel: people at each stage, under the filters on people."""

from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import at, metrics, rows, said
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish

STAGES = ("Invited", "Registered", "Attended", "In a session", "Interacting")


@pytest.fixture
def summit(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run."""
    publish(TWO_EVENTS + AUDIENCE)
    return app


def test_without_a_filter_the_stages_are_those_of_the_mart(summit: AppTest, data_dir: Path) -> None:
    shown = metrics(at(summit, "funnel", event="summit"))

    with duckdb.connect(data_dir / "warehouse.duckdb", read_only=True) as connection:
        mart = connection.sql("""
            SELECT invited_count, registered_count, attended_count, session_attendee_count, interacting_count
            FROM event_funnel WHERE event_id = 'summit'
        """).fetchone()
    assert tuple(int(shown[stage]) for stage in STAGES) == mart == (3, 4, 3, 3, 1)


@pytest.mark.parametrize(
    ("link", "stages"),
    [
        ({"company": "engines"}, (2, 3, 2, 2, 1)),
        ({"industry": "Computing"}, (2, 3, 2, 2, 1)),
        ({"country": "France"}, (1, 2, 1, 1, 0)),
    ],
    ids=["company", "industry", "country"],
)
def test_filters_on_people_apply_to_every_stage(summit: AppTest, link: dict[str, str], stages: tuple[int, ...]) -> None:
    """A company that did not come has no attendance, so the whole page would be empty for it."""
    at(summit, "funnel", event="summit")
    summit.query_params.update(link)
    shown = metrics(summit.run())

    assert tuple(int(shown[stage]) for stage in STAGES) == stages


def test_filters_on_sessions_change_nothing_and_the_page_says_so(summit: AppTest) -> None:
    page = at(summit, "funnel", event="summit", tag="Data")

    assert metrics(page)["Registered"] == "4"
    assert "The others are set, but change nothing on this page." in said(page)


def test_the_funnel_is_told_by_source(summit: AppTest) -> None:
    table = rows(at(summit, "funnel", event="summit"), "name", "registered_count", "show_rate", "no_show_count")

    assert table == [("API", 2, 100.0, 0), ("(not given)", 1, 100.0, 0), ("Page", 1, 0.0, 1)]


def test_show_rates_go_by_the_days_on_the_clock_of_the_event(summit: AppTest) -> None:
    """Ada registered at 0:30 on the first day, when it was still the day before in UTC."""
    table = rows(at(summit, "funnel", event="summit"), "when", "registered_count", "show_rate")

    assert table == [("1 week", 1, 0.0), ("1 to 6 days", 1, 100.0), ("During the event", 1, 100.0)]


def test_no_shows_are_told_by_company_in_all_its_spellings(summit: AppTest) -> None:
    table = rows(at(summit, "funnel", event="summit"), "name", "no_show_count", "no_show_rate")

    assert table == [("ENGINES", 1, pytest.approx(100 / 3))]


def test_before_the_event_is_over_nobody_is_a_no_show(publish: Publish, app: AppTest) -> None:
    publish(f"{TWO_EVENTS} {AUDIENCE} UPDATE registrations SET is_no_show = NULL")

    assert "The event is not over" in said(at(app, "funnel", event="summit"))


def test_without_registrations_the_page_says_what_is_missing(publish: Publish, app: AppTest) -> None:
    publish(TWO_EVENTS)

    assert "No action names a registration. It needs webhooks" in said(at(app, "funnel", event="summit"))


@pytest.mark.parametrize(
    ("page", "sentence"),
    [("funnel", "No action names a registration under"), ("places", "Nobody visited a booth, a room or a stage under")],
)
def test_where_a_filter_leaves_nobody_the_filter_is_the_reason(summit: AppTest, page: str, sentence: str) -> None:
    """It names no webhooks, and offers to take the filter off."""
    shown = at(summit, page, event="summit", company="Nobody & Sons")

    assert sentence in said(shown)
    assert "webhooks" not in said(shown).split(sentence)[1].split("\n")[0]
    next(button for button in shown.button if button.label == "Without the filter on company").click().run()
    assert sentence not in said(shown)
