"""What each page shows of a warehouse whose figures are known."""

import json

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.display.text import MINUS
from tests.dashboard.page import at, metrics, rows, said
from tests.dashboard.rows import TWO_EVENTS, Publish

LOCAL = """
UPDATE sessions SET local_starts_at = starts_at::TIMESTAMP, local_ends_at = ends_at::TIMESTAMP
"""
# A third event of the organisation, with one attendee for half an hour.
THIRD = """
INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent) VALUES ('meetup', 'm', 'r0', 30);
INSERT INTO events (event_id, organization_id, event_name) VALUES ('meetup', 'org', 'Meetup');
INSERT INTO sessions (event_id, session_id, starts_at, scheduled_minutes) VALUES
    ('meetup', 'm', '2025-09-01 09:00:00+00', 60);
INSERT INTO attendees (event_id, registration_id) VALUES ('meetup', 'r0');
INSERT INTO event_engagement VALUES ('meetup', 'org', 'Meetup', 1, 1, 30, 30, 1);
INSERT INTO session_engagement (event_id, session_id, starts_at, attendee_count, total_minutes) VALUES
    ('meetup', 'm', '2025-09-01 09:00:00+00', 1, 30);
"""


@pytest.fixture
def two_events(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run, on the warehouse with two events."""
    publish(TWO_EVENTS + LOCAL)
    return app


def figures(app: AppTest) -> list[str]:
    """The five figures of the overview, in their order, with ordinary spaces."""
    assert list(metrics(app)) == ["Attendees", "Hours watched", "Per attendee", "Completion", "Stayed to the end"]
    return [figure.replace("\N{NO-BREAK SPACE}", " ") for figure in metrics(app).values()]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({"event": "summit"}, ["3", "3 h", "1 h", "63 %", "25 %"]),
        ({"event": "workshops"}, ["1", "1.5 h", "1 h 30 min", "100 %", "100 %"]),
        ({"event": "summit", "tag": "Data"}, ["3", "2 h", "40 min", "67 %", "33 %"]),
        ({"event": "summit", "country": "France"}, ["1", "1.3 h", "1 h 15 min", "50 %", "0 %"]),
        ({"event": "summit", "minutes": "40"}, ["2", "1.8 h", "53 min", "100 %", "100 %"]),
    ],
    ids=["event", "other event", "tag", "country", "minutes"],
)
def test_overview_shows_five_figures_of_the_event(
    two_events: AppTest, link: dict[str, str], expected: list[str]
) -> None:
    """Under every filter."""
    assert figures(at(two_events, "overview", **link)) == expected


def test_overview_shows_no_completion_where_nothing_is_scheduled(publish: Publish, app: AppTest) -> None:
    """A mean of nothing is a dash, not a zero."""
    publish(f"{TWO_EVENTS}; UPDATE sessions SET scheduled_minutes = NULL")

    assert figures(at(app, "overview", event="summit"))[-2:] == ["—", "—"]


def test_large_figures_carry_thousands_separators(publish: Publish, app: AppTest) -> None:
    """Long numbers can be read at a glance."""
    publish(f"{TWO_EVENTS}; UPDATE time_spent SET minutes_spent = 411522.6")

    assert figures(at(app, "overview", event="summit"))[:3] == ["3", "34,294 h", "11,431 h 11 min"]


def test_figures_are_set_against_the_event_before(two_events: AppTest) -> None:
    """Of the same organisation, by the first session's start."""
    page = at(two_events, "overview", event="workshops")

    changes = [metric.delta.replace("\N{NO-BREAK SPACE}", " ") for metric in page.metric]
    assert changes == [f"{MINUS}66.7 %", f"{MINUS}50 %", "+50 %", "+37.5 points", "+75 points"]
    assert "Changes are since Summit" in said(page)


def test_the_first_event_is_set_against_nothing(two_events: AppTest) -> None:
    page = at(two_events, "overview", event="summit")

    assert [metric.delta for metric in page.metric] == [""] * 5
    assert "Changes are since" not in said(page)


def test_three_own_events_have_a_median(publish: Publish, app: AppTest) -> None:
    """Two have none. The medians of 3, 1 and 1 attendees, of 180, 90 and 30 minutes, and so on."""
    publish(TWO_EVENTS)
    assert "Median of" not in said(at(app, "overview", event="summit"))

    publish(TWO_EVENTS + THIRD)
    medians = [caption.value for caption in at(app, "overview", event="summit").caption if "Median" in caption.value]

    assert [median.split(": ")[1].replace("\N{NO-BREAK SPACE}", " ") for median in medians] == [
        "1",
        "1.5 h",
        "1 h",
        "63 %",
        "25 %",
    ]
    assert medians[0].startswith("Median of 3 own events")


def test_a_finding_is_a_link_to_the_page_that_shows_it(two_events: AppTest) -> None:
    """With the filters of the page it stands on."""
    found = at(two_events, "overview", event="summit", minutes="10").get("page_link")

    first = found[0].proto
    assert first.label.replace("\\", "") == "“Keynote” drew most people: 3, 100\N{NO-BREAK SPACE}% of all attendees."
    assert (first.page, first.query_string) == ("sessions", "event=summit&minutes=10&show=keynote")


def test_top_sessions_stand_on_the_overview(two_events: AppTest) -> None:
    """Those with most hours."""
    page = at(two_events, "overview", event="summit")

    assert rows(page, "session", "hours", "attendee_count") == [
        ("Keynote", 2.0, 3),
        ("untitled-id", 0.8, 1),
        ("Panel", 0.3, 1),
    ]


def test_sessions_stand_by_hours_and_fall_back_to_their_id(two_events: AppTest) -> None:
    """Most hours come first; a session without a title is called by its id."""
    page = at(two_events, "sessions", event="summit")

    assert rows(page, "session", "attendee_count", "hours", "median_minutes") == [
        ("Keynote", 3, 2.0, 30.0),
        ("untitled-id", 1, 0.8, 45.0),
        ("Panel", 1, 0.3, 15.0),
    ]


def test_the_agenda_shows_the_sessions_of_a_day(two_events: AppTest) -> None:
    """In the order of their start; a session without one is counted in a sentence."""
    page = at(two_events, "agenda", event="summit", show="2025-10-01")

    assert rows(page, "session", "location_name", "attendee_count") == [
        ("Keynote", "Main stage", 3),
        ("Panel", "Main stage", 1),
    ]
    assert "1 session without a start, or without an end after it, is not in the agenda." in said(page)


def test_an_event_without_any_time_of_day_has_no_agenda(publish: Publish, app: AppTest) -> None:
    publish(f"{TWO_EVENTS}; UPDATE sessions SET local_starts_at = NULL")

    assert "there is no agenda" in said(at(app, "agenda", event="summit"))


@pytest.mark.parametrize("page", ["overview", "agenda", "tags", "compare"])
def test_a_chart_draws_its_rows_and_no_others(page: str, two_events: AppTest) -> None:
    charts = at(two_events, page, event="summit").get("vega_lite_chart")
    assert charts
    for chart in charts:
        (dataset,) = chart.proto.datasets
        specification = json.loads(chart.proto.spec)
        assert (specification["data"], specification.get("datasets")) == ({"name": dataset.name}, None)
        assert len(pa.ipc.open_stream(dataset.data.data).read_all()) > 0


def test_minutes_in_a_table_show_a_decimal_only_where_there_is_one(two_events: AppTest) -> None:
    """The browser writes the number as it is, so 33.33 is rounded before and 45 stays 45."""
    page = at(two_events, "sessions", event="summit")
    [table] = [table for table in page.dataframe if "mean_minutes" in table.value.columns]
    formats = {
        name: column.get("type_config", {}).get("format") for name, column in json.loads(table.proto.columns).items()
    }

    assert (formats["mean_minutes"], formats["p90_minutes"]) == ("%,.1f", "%,.1f")
    assert rows(page, "mean_minutes", "p90_minutes") == [(40.0, 54.0), (45.0, 45.0), (15.0, 15.0)]
