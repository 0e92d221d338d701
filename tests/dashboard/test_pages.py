"""What each page shows of a warehouse whose figures are known."""

import json

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import metrics, rows, said
from tests.dashboard.rows import TWO_EVENTS, Publish

SESSIONS, SPEAKERS = (f"app_pages/{page}.py" for page in ("sessions", "speakers"))


@pytest.fixture
def two_events(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard on its first page, on the warehouse with two events."""
    publish(TWO_EVENTS)
    return app.run()


def test_overview_shows_the_figures_of_all_events(two_events: AppTest) -> None:
    """Without a choice, all events count."""
    assert not two_events.exception
    assert metrics(two_events) == {
        "Attendees": "4",
        "Hours": "4.5",
        "Minutes per attendee": "67.5",
        "Sessions": "4",
        "Completion": "70.0%",
    }


def test_overview_shows_the_figures_of_the_chosen_event(two_events: AppTest) -> None:
    """Every figure keeps to the selected event."""
    two_events.multiselect("event").select("Summit").run()

    assert metrics(two_events) == {
        "Attendees": "3",
        "Hours": "3",
        "Minutes per attendee": "60",
        "Sessions": "3",
        "Completion": "62.5%",
    }


def test_overview_says_that_attendees_count_once_per_event(two_events: AppTest) -> None:
    """A sum over several events comes with a sentence about what it counts."""
    assert "counted once per event" in said(two_events)

    two_events.multiselect("event").select("Summit").run()

    assert "counted once per event" not in said(two_events)


def test_overview_shows_no_completion_where_nothing_is_scheduled(publish: Publish, app: AppTest) -> None:
    """A mean of nothing is a dash, not a zero."""
    publish(f"{TWO_EVENTS}; UPDATE sessions SET scheduled_minutes = NULL")

    assert metrics(app.run())["Completion"] == "—"


def test_large_figures_carry_thousands_separators(publish: Publish, app: AppTest) -> None:
    """Long numbers can be read at a glance."""
    publish(f"{TWO_EVENTS}; UPDATE time_spent SET minutes_spent = 411522.6")

    assert metrics(app.run()) | {"Completion": ""} == {
        "Attendees": "4",
        "Hours": "41,152.3",
        "Minutes per attendee": "617,283.9",
        "Sessions": "4",
        "Completion": "",
    }


def test_sessions_stand_by_minutes_and_fall_back_to_their_id(two_events: AppTest) -> None:
    """Most minutes come first; a session without a title is called by its id."""
    page = two_events.switch_page(SESSIONS).run()

    assert not page.exception
    assert rows(page, "session", "event", "total_minutes", "attendee_count", "median_minutes") == [
        ("Keynote", "Summit", 120.0, 3, 30.0),
        ("SQL for all", "Workshops", 90.0, 1, 90.0),
        ("untitled-id", "Summit", 45.0, 1, 45.0),
        ("Panel", "Summit", 15.0, 1, 15.0),
    ]


@pytest.mark.parametrize("page", ["overview", "sessions", "speakers", "tags", "attendees", "compare"])
def test_a_chart_draws_its_rows_and_no_others(page: str, two_events: AppTest) -> None:
    for chart in two_events.switch_page(f"app_pages/{page}.py").run().get("vega_lite_chart"):
        (dataset,) = chart.proto.datasets
        specification = json.loads(chart.proto.spec)
        assert (specification["data"], specification.get("datasets")) == ({"name": dataset.name}, None)
        assert len(pa.ipc.open_stream(dataset.data.data).read_all()) > 0


def test_minutes_in_a_table_show_a_decimal_only_where_there_is_one(two_events: AppTest) -> None:
    """The browser writes the number as it is, so 56.25 is rounded before and 60 stays 60."""
    [table] = [table for table in two_events.switch_page(SPEAKERS).run().dataframe if "name" in table.value.columns]
    formats = {
        name: column.get("type_config", {}).get("format") for name, column in json.loads(table.proto.columns).items()
    }

    assert (formats["minutes"], formats["mean_minutes_per_attendee"]) == ("%,f", "%,f")
    assert rows(two_events, "minutes", "mean_minutes_per_attendee") == [(225.0, 56.3), (120.0, 40.0), (45.0, 45.0)]
