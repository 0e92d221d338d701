"""Links and filters; the pages of one session, speaker and attendee; comparison, data health and SQL; access."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.queries.sessions import sessions, stay_curve
from tests.dashboard.page import at, cells, metrics, rows, said, view_of
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


@pytest.mark.parametrize(
    ("page", "link", "what"),
    [
        ("sessions", {"show": "gone"}, "This link shows a session that is not in this event"),
        ("sessions", {"show": "sql"}, "This link shows a session that is not in this event"),
        ("sessions", {"show": "panel", "country": "France"}, "or not under these filters: panel"),
        ("speakers", {"show": "gone"}, "This link shows a speaker that is not in this event"),
        ("tags", {"show": "gone"}, "This link shows a tag that is not in this event"),
        ("sponsors", {"show": "gone"}, "This link shows a sponsor that is not in this event"),
        ("sponsors", {"event": "workshops", "show": "s2"}, "or not under these filters: s2"),
        ("companies", {"show": "gone"}, "This link shows a company that is not in this event"),
        ("agenda", {"show": "2025-10-02"}, "This link shows a day that is not in this event"),
        ("attendees", {"show": "gone"}, "The attendee that this link is about is not here: gone"),
        ("attendees", {"show": "r9"}, "The attendee that this link is about is not here: r9"),
    ],
)
def test_a_page_of_what_is_not_here_says_so_and_shows_nothing_else(
    publish: Publish, app: AppTest, page: str, link: dict[str, str], what: str
) -> None:
    """Gone, of another event, or outside of the filters: it never falls back to all, nor to the first one."""
    publish(TWO_EVENTS + AUDIENCE)
    app.query_params.update({"event": "summit", **link})

    app.switch_page(f"app_pages/{page}.py").run()

    [error] = app.error
    assert what in error.value
    assert not any((app.exception, app.metric, app.dataframe, app.get("vega_lite_chart"), app.get("page_link")))


def test_an_event_without_attendances_is_no_event_before(publish: Publish, app: AppTest) -> None:
    """There would be nothing to set the figures against."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO events (event_id, organization_id, event_name) VALUES ('cancelled', 'org', 'Cancelled');
        INSERT INTO sessions (event_id, session_id, starts_at) VALUES ('cancelled', 'c', '2025-10-01 12:00:00+00')
        """
    )

    assert "Changes are since Summit" in said(at(app, "overview", event="workshops"))


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({}, ["3", "2 h", "40 min", "67 %", "33 %", "0 %"]),
        ({"country": "France"}, ["1", "0.5 h", "30 min", "50 %", "0 %", "0 %"]),
        ({"company": "Engines"}, ["2", "1.5 h", "45 min", "75 %", "50 %", "0 %"]),
        ({"minutes": "45"}, ["1", "1 h", "1 h", "100 %", "100 %", "0 %"]),
    ],
    ids=["no filter", "country", "company", "minutes"],
)
def test_the_page_of_one_session_shows_its_figures(
    publish: Publish, app: AppTest, link: dict[str, str], expected: list[str]
) -> None:
    """Under the filters."""
    publish(TWO_EVENTS + AUDIENCE)

    page = at(app, "sessions", event="summit", show="keynote", **link)

    assert list(metrics(page)) == [
        "Attendees",
        "Hours watched",
        "Per attendee",
        "Completion",
        "Stayed to the end",
        "Left early",
    ]
    assert [figure.replace("\N{NO-BREAK SPACE}", " ") for figure in metrics(page).values()] == expected
    assert "Wed 1 Oct 2025, 11:00\N{EN DASH}12:00 (Europe/Berlin) · Main stage" in said(page).replace("\\", "")


def test_the_page_of_one_session_links_to_its_speakers_sponsors_and_tags(publish: Publish, app: AppTest) -> None:
    """By id, and under the filters; one without a name is called by the id."""
    publish(TWO_EVENTS + AUDIENCE)

    page = at(app, "sessions", event="summit", show="keynote", minutes="5")

    assert [(link.proto.label, link.proto.page, link.proto.query_string) for link in page.get("page_link")] == [
        ("Speaker: Grace Hopper", "speakers", "event=summit&minutes=5&show=p1"),
        ("Speaker: p2", "speakers", "event=summit&minutes=5&show=p2"),
        ("Sponsor: Acme", "sponsors", "event=summit&minutes=5&show=s1"),
        ("Tag: AI", "tags", "event=summit&minutes=5&show=AI"),
        ("Tag: Data", "tags", "event=summit&minutes=5&show=Data"),
    ]


def test_a_session_says_where_its_attendees_went_next(publish: Publish, app: AppTest) -> None:
    """Each went to the first of the sessions that start later; one without a start is never next."""
    publish(
        f"""
        {TWO_EVENTS + AUDIENCE};
        INSERT INTO sessions (event_id, session_id, session_title, local_starts_at) VALUES
            ('summit', 'late', 'Late', '2025-10-01 15:00:00');
        INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent) VALUES
            ('summit', 'late', 'r1', 5), ('summit', 'late', 'r2', 5)
        """
    )

    page = at(app, "sessions", event="summit", show="keynote")

    went = rows(page, "session", "share", "attendee_count", "local_starts_at")
    assert [(session, count) for session, _, count, _ in went] == [("Panel", 1), ("Late", 1)]
    assert "1 attendee went to none." in said(page)


@pytest.mark.parametrize(
    ("link", "counts", "sentence"),
    [
        ({}, [1, 0, 1, 0], "0 joined, as Zuddl says. 1 attendee asked, voted or answered: 33\N{NO-BREAK SPACE}%"),
        ({"country": "England"}, [1, 0, 1, 0], "1 attendee asked, voted or answered: 100\N{NO-BREAK SPACE}%"),
        ({"country": "France"}, [0, 0, 0, 0], "0 attendees asked, voted or answered: 0\N{NO-BREAK SPACE}%"),
    ],
    ids=["no filter", "who interacted", "somebody else"],
)
def test_a_session_says_what_its_attendees_did(
    publish: Publish, app: AppTest, link: dict[str, str], counts: list[int], sentence: str
) -> None:
    """Of those alone whom the filters let in."""
    publish(TWO_EVENTS + AUDIENCE)

    page = at(app, "sessions", event="summit", show="keynote", **link)

    assert [count for (count,) in rows(page, "action_count")] == counts
    assert sentence in said(page)


def test_questions_are_shown_when_the_operator_says_so(
    publish: Publish, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question may name people. Those with most votes come first."""
    publish(
        f"""
        {TWO_EVENTS + AUDIENCE};
        INSERT INTO actions
                (delivery_id, action, event_id, registration_id, session_id, subject_type, subject_id, subject_name)
            VALUES (21, 'ASKED_QUESTION', 'summit', 'r1', 'keynote', 'QUESTION', 'q1', 'Why?'),
                (22, 'ASKED_QUESTION', 'summit', 'r2', 'keynote', 'QUESTION', 'q2', 'Who is Ada?'),
                (23, 'QUESTION_UPVOTED', 'summit', 'r3', 'keynote', 'QUESTION', 'q2', 'Who is Ada?')
        """
    )
    page = at(app, "sessions", event="summit", show="keynote")
    assert "Ada" not in cells(page)
    assert "What they asked is shown with" in said(page)

    monkeypatch.setenv("DASHBOARD_SHOW_PII", "1")
    page = at(app, "sessions", event="summit", show="keynote")

    assert rows(page, "question", "upvote_count")[0] == ("Who is Ada?", 1)
    assert ("Why?", 0) in rows(page, "question", "upvote_count")


def test_a_session_without_a_schedule_says_what_cannot_be_drawn(two_events: AppTest) -> None:
    """Sentences stand in place of the stay curve and of what came next."""
    page = said(at(two_events, "sessions", event="summit", show="untitled-id"))

    assert "no scheduled length" in page
    assert "no start" in page


@pytest.mark.parametrize("tags", [(), ("Data",)], ids=["all", "tag"])
def test_a_session_stands_beside_the_median_of_the_event(
    publish: Publish, data_dir: Path, tags: tuple[str, ...]
) -> None:
    """In Keynote one of three stayed for all of it and all for half of it; in Panel the one stayed for half of it.

    Panel is part of the event also where a filter leaves it out.
    """
    publish(TWO_EVENTS)
    view = view_of(data_dir)
    summit = view._replace(filters=replace(view.filters, event_ids=("summit",), tags=tags))
    (key,) = sessions(summit).filter(session_id="keynote")["session_key"]

    curve = {row[0]: row[1:] for row in stay_curve(summit, key).iter_rows()}

    assert curve[0.0] == curve[0.5] == (1.0, 1.0)
    assert curve[0.55] == curve[1.0] == (pytest.approx(1 / 3), pytest.approx(1 / 6))
    assert len(curve) == 21


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


def test_an_answer_has_a_link_that_asks_again(two_events: AppTest) -> None:
    """Who opens it sees the query and its answer."""
    page = at(two_events, "sql", query="SELECT 7 AS seven")

    assert rows(page, "seven") == [(7,)]
    assert page.text_area("sql_text").value == "SELECT 7 AS seven"
    assert "query=SELECT+7+AS+seven" in page.code[-1].value


def test_a_query_too_long_for_an_address_has_no_link(two_events: AppTest) -> None:
    """The page says so."""
    page = at(two_events, "sql")
    page.text_area("sql_text").input(f"SELECT '{'x' * 800}' AS text")
    page.button[-1].click().run()

    assert "too long for a link" in said(page)
    assert "query" not in page.query_params


def test_each_example_is_answered(two_events: AppTest) -> None:
    """Every example that the page offers can be run."""
    page = at(two_events, "sql")
    examples = page.selectbox("sql_example").options
    assert len(examples) == 4

    for example in examples:
        page.selectbox("sql_example").select(example).run()
        page.button[-1].click().run()

        assert not page.error, page.code
        assert page.header[0].value == "Answer"


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
