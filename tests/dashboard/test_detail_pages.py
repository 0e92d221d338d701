"""Links and filters; the pages of one session, speaker and attendee; comparison, data health and SQL; access."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import at, metrics, rows, said
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish


@pytest.fixture
def two_events(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run, on the warehouse with two events."""
    publish(TWO_EVENTS)
    return app


def test_a_link_with_every_filter_shows_what_its_sender_saw(two_events: AppTest) -> None:
    """Ids stand in the address."""
    page = at(
        two_events,
        "attendees",
        event="summit",
        room="Main stage",
        tag="AI",
        speaker="p1",
        company="Engines",
        industry="Computing",
        country="England",
        minutes="20",
    )

    assert rows(page, "attendee", "hours") == [("Ada Lovelace", 1.0)]


@pytest.mark.parametrize("page", ["speakers", "tags", "sponsors", "companies", "attendees"])
def test_filters_that_match_nothing_say_so(two_events: AppTest, page: str) -> None:
    """No chart and no table is drawn without attendances."""
    drawn = at(two_events, page, event="summit", minutes="1000")

    assert "No attendance matches these filters." in said(drawn)
    assert not drawn.get("vega_lite_chart")
    assert not drawn.dataframe


@pytest.mark.parametrize(("page", "key"), [("attendees", "group"), ("tags", "group"), ("funnel", "group")])
def test_a_link_with_an_unknown_group_shows_the_first_one(publish: Publish, app: AppTest, page: str, key: str) -> None:
    publish(TWO_EVENTS + AUDIENCE)

    drawn = at(app, page, event="summit", **{key: "Nonsense"})

    assert (
        next(iter(drawn.segmented_control(f"one-of-{key}").options)) == drawn.segmented_control(f"one-of-{key}").value
    )


def test_the_overview_says_what_the_data_supports(two_events: AppTest) -> None:
    """In whole sentences, from the same figures as the tables."""
    text = said(two_events.run()).replace("\\", "")

    assert "4 attendees spent 4.5 hours in 4 sessions: 67.5 minutes per attendee on average." in text
    assert "The session with most minutes is “Keynote”: 44.4% of all minutes." in text
    assert "The speaker with most minutes is Grace Hopper: 3.8 hours in 3 sessions." in text
    assert "highest completion" not in text  # no session has ten attendees


def test_one_event_is_set_against_the_one_before(two_events: AppTest) -> None:
    """Of the same organisation, by the first session's start."""
    page = at(two_events, "overview", event="Workshops")

    assert {metric.label: metric.delta for metric in page.metric} == {
        "Attendees": "-66.7%",
        "Hours": "-50.0%",
        "Minutes per attendee": "+50.0%",
        "Sessions": "-66.7%",
        "Completion": "+37.5 points",
    }
    assert "Change since Summit" in said(page)


def test_an_event_without_attendances_is_no_event_before(publish: Publish, app: AppTest) -> None:
    """There would be nothing to set the figures against."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO events (event_id, organization_id, event_name) VALUES ('cancelled', 'org', 'Cancelled');
        INSERT INTO sessions (event_id, session_id, starts_at) VALUES ('cancelled', 'c', '2025-10-01 12:00:00+00')
        """
    )

    assert "Change since Summit" in said(at(app, "overview", event="Workshops"))


def test_the_page_of_one_session_shows_its_figures(two_events: AppTest) -> None:
    """Its figures, and what else its attendees were in."""
    page = at(two_events, "sessions", session="Keynote")

    assert metrics(page) == {
        "Attendees": "3",
        "Mean minutes": "40",
        "Completion": "66.7%",
        "Stayed to the end": "33.3%",
        "Left early": "0.0%",
    }
    assert rows(page, "session", "attendee_count") == [("Panel", 1), ("untitled-id", 1)]


def test_a_session_without_a_schedule_says_what_cannot_be_drawn(two_events: AppTest) -> None:
    """A sentence stands in place of the stay curve."""
    assert "no scheduled length" in said(at(two_events, "sessions", session="untitled-id"))


def test_sessions_are_ranked_by_what_the_link_says(two_events: AppTest) -> None:
    """By the name of the measure; the chart is drawn by it."""
    page = at(two_events, "sessions", by="Attendees")
    [ranking] = page.get("vega_lite_chart")[:1]

    assert "Bar chart of attendees" in ranking.proto.spec


def test_data_health_accounts_for_every_delivery(publish: Publish, app: AppTest) -> None:
    """Also before any time is spent. The payload is shown without anybody in it."""
    publish(
        """
        INSERT INTO raw.loads (load_id, loaded_at, delivery_count, duplicate_count, quarantine_count)
            VALUES (1, '2025-11-01 12:00:00+00', 4, 1, 1);
        INSERT INTO raw.deliveries (delivery_id, action) VALUES (1, 'A'), (2, 'A');
        INSERT INTO raw.quarantine (delivery_id, reason, detail, body)
            VALUES (3, 'missing_field', 'session.id', '{"actionId": "x", "email": "ada@example.com"}')
        """
    )

    page = at(app, "health")

    assert metrics(page) == {"Received": "4", "Stored": "2", "Duplicates": "1", "Quarantined": "1", "Waiting": "—"}
    assert rows(page, "reason", "detail", "delivery_count") == [("missing_field", "session.id", 1)]
    assert '"actionId": "x"' in page.code[0].value
    assert "ada" not in page.code[0].value


def test_sql_is_answered_and_remembered(two_events: AppTest) -> None:
    """An earlier query can be run again."""
    page = at(two_events, "sql")
    page.text_area("sql_text").input("SELECT sum(minutes_spent) AS m FROM time_spent")
    page.button[-1].click().run()

    assert rows(page, "m") == [(270.0,)]
    assert any("sum(minutes_spent)" in option for option in page.run().selectbox("sql_example").options)


def test_each_example_is_answered(two_events: AppTest) -> None:
    """Every example that the page offers can be run."""
    page = at(two_events, "sql")
    examples = page.selectbox("sql_example").options
    assert len(examples) == 4

    for example in examples:
        page.selectbox("sql_example").select(example).run()
        page.button[-1].click().run()

        assert not page.error, page.code
        assert page.subheader[0].value == "Answer"


def test_an_empty_editor_is_named(two_events: AppTest) -> None:
    """Run does not stay silent."""
    page = at(two_events, "sql")
    page.text_area("sql_text").input("  ")
    page.button[-1].click().run()

    assert "The editor is empty." in said(page)


def test_an_answer_of_every_type_is_shown_and_drawn(two_events: AppTest) -> None:
    """Lists and structs name no bar; what is not finite is no bar."""
    page = at(two_events, "sql")
    page.text_area("sql_text").input(
        """
        SELECT [1] AS list, {'a': 1} AS struct, 'x'::BLOB AS blob, INTERVAL 1 DAY AS interval, 1::HUGEINT AS huge,
               'Infinity'::DOUBLE AS infinite, DATE '2025-10-01' AS date, NULL AS nothing, MAP {'a': 1} AS map,
               'a'::ENUM ('a') AS enum, '1'::BIT AS bit, 1 AS name, 2 AS name, TIME '10:00' AS time
        """
    )
    page.button[-1].click().run()

    assert not page.exception
    assert not page.error, page.code
    assert page.selectbox("sql_name").options == ["blob", "interval", "date", "map", "enum", "bit", "time"]
    for number in page.selectbox("sql_number").options:
        page.selectbox("sql_number").select(number).run()
        assert not page.exception


def test_sql_that_is_refused_says_why(two_events: AppTest) -> None:
    """The answer shows no stack trace."""
    page = at(two_events, "sql")
    page.text_area("sql_text").input("DROP TABLE events")
    page.button[-1].click().run()

    assert not page.exception
    assert "Write one SELECT" in page.code[0].value


def test_the_sql_page_can_be_removed(publish: Publish, app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With DASHBOARD_SQL=0 it is no page any more."""
    monkeypatch.setenv("DASHBOARD_SQL", "0")
    publish(TWO_EVENTS)

    with pytest.raises(ValueError, match=r"sql\.py"):
        app.run().switch_page("app_pages/sql.py")
