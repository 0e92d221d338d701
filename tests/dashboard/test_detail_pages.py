"""Links and filters; the pages of one session, speaker and attendee; comparison, data health and SQL; access."""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import at, cells, metrics, rows, said
from tests.dashboard.rows import TWO_EVENTS, Publish


@pytest.fixture
def two_events(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run, on the warehouse with two events."""
    publish(TWO_EVENTS)
    return app


def test_every_page_says_how_many_attendances_are_in(two_events: AppTest) -> None:
    """With and without a filter."""
    assert "6 attendances ·" in said(two_events.run())

    two_events.multiselect("tag").select("Data").run()

    assert "3 attendances ·" in said(two_events)


def test_a_link_with_every_filter_shows_what_its_sender_saw(two_events: AppTest) -> None:
    """Names stand in the address, not numbers."""
    page = at(
        two_events,
        "sessions",
        event="Summit",
        location="Main stage",
        tag="AI",
        speaker="Grace Hopper",
        company="Engines",
        industry="Computing",
        country="England",
        minutes="20",
    )

    assert rows(page, "session", "total_minutes") == [("Keynote", 60.0)]
    assert "1 attendance ·" in said(page)


def test_days_are_kept_in_the_link(two_events: AppTest) -> None:
    """Both ends of the range; a single date is one day."""
    two_events.query_params["days"] = ["2025-10-02", "2025-10-03"]

    page = at(two_events, "sessions")

    assert rows(page, "session") == [("SQL for all",)]
    assert "1 filter set" in said(page)

    two_events.date_input("days").set_value((date(2025, 10, 1),)).run()

    assert rows(two_events, "session") == [("Keynote",), ("Panel",)]


def test_filters_that_match_nothing_say_so(two_events: AppTest) -> None:
    """No chart is drawn without attendances."""
    page = at(two_events, "speakers", minutes="1000")

    assert "No attendance matches these filters. Remove a filter in the sidebar." in said(page)
    assert not page.get("vega_lite_chart")


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


@pytest.mark.parametrize(("credit", "minutes"), [("full", 120.0), ("split", 60.0)])
def test_the_page_of_one_speaker_shows_the_sessions(two_events: AppTest, credit: str, minutes: float) -> None:
    """In the selected credit."""
    page = at(two_events, "speakers", one_speaker="Grace Hopper", credit=credit)

    assert rows(page, "session", "minutes") == [
        *([("Keynote", minutes), ("SQL for all", 90.0)] if credit == "full" else []),
        *([("SQL for all", 90.0), ("Keynote", minutes)] if credit == "split" else []),
        ("Panel", 15.0),
    ]


def test_groups_share_their_minutes_among_tags(two_events: AppTest) -> None:
    """In full credit: Computing spent 240 minutes, 195 of them on AI."""
    interests = rows(at(two_events, "tags"), "group_name", "tag", "minutes", "share")

    assert ("Computing", "AI", 195.0, 81.25) in interests
    assert ("(not given)", "AI", 30.0, 100.0) in interests


@pytest.mark.parametrize(("page", "key"), [("attendees", "segment"), ("tags", "group")])
def test_a_link_with_an_unknown_group_shows_the_first_one(two_events: AppTest, page: str, key: str) -> None:
    assert "Computing" in cells(at(two_events, page, **{key: "Nonsense"}))


def test_sessions_are_ranked_by_what_the_link_says(two_events: AppTest) -> None:
    """By the name of the measure; the chart is drawn by it."""
    page = at(two_events, "sessions", by="Attendees")
    [ranking] = page.get("vega_lite_chart")[:1]

    assert "Bar chart of attendees" in ranking.proto.spec


def test_an_attendee_is_found_by_name_or_company(two_events: AppTest) -> None:
    """In upper or lower case. The score is that of the whole event."""
    page = at(two_events, "attendees", search="eNgInEs", event="Summit")

    assert rows(page, "attendee", "total_minutes", "engagement_score") == [
        ("Ada Lovelace", 75.0, 100.0),
        ("Bob", 75.0, 100.0),
    ]


def test_the_page_of_one_attendee_shows_the_score_and_its_parts(two_events: AppTest) -> None:
    """The score with its parts, and the sessions in their order."""
    page = at(two_events, "attendees", of_event="summit", attendee="r1")

    assert metrics(page) == {"Score": "100", "Rank": "1 of 3", "Minutes": "75", "Sessions": "2"}
    assert rows(page, "session", "minutes_spent", "completion") == [("Keynote", 60.0, 100.0), ("Panel", 15.0, 50.0)]


def test_a_link_to_an_attendee_who_is_gone_says_so(two_events: AppTest) -> None:
    """And breaks nothing."""
    assert "not in the warehouse" in said(at(two_events, "attendees", of_event="summit", attendee="gone"))


def test_attendees_who_came_back_are_known_by_their_actor_id(two_events: AppTest) -> None:
    """Ada was at both events."""
    page = at(two_events, "compare")

    assert rows(page, "earlier", "later", "both_count", "later_count", "share") == [
        ("Summit", "Workshops", 1, 1, 100.0)
    ]


def test_one_event_alone_is_not_compared(two_events: AppTest) -> None:
    """The page shows its row, and says what to choose."""
    page = at(two_events, "compare", event="Summit")

    assert "choose two or more" in said(page)
    assert rows(page, "event", "attendee_count", "total_minutes") == [("Summit", 3, 180.0)]
    assert len(page.dataframe) == 1


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


def test_mail_addresses_are_shown_when_the_operator_says_so(
    publish: Publish, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With DASHBOARD_SHOW_PII=1."""
    monkeypatch.setenv("DASHBOARD_SHOW_PII", "1")
    publish(TWO_EVENTS)

    assert ("ada@example.com",) in rows(at(app, "attendees"), "email")
