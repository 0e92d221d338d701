"""What holds on every page: the guards, the filters, and what must never be shown."""

from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import app_pages
from tests.dashboard.page import at, cells, said
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish
from warehouse.schema import SCHEMA_VERSION
from warehouse.storage.file import upgrading

PAGES = sorted(f"app_pages/{page.name}" for page in Path(app_pages.__file__).parent.glob("[!_]*.py"))
MINUTES = "This link can't be read: the minutes are one whole number from 0 to 1,000,000."
HOSTILE = "<script>alert(1)</script> :red[**x**] $\\sqrt{2}$ مرحبا 🚀 " + "long " * 500


def test_without_a_warehouse_the_first_screen_says_what_to_do(app: AppTest) -> None:
    """It names the demo, Zuddl and files, and shows no error."""
    shown = said(app.run())

    assert not app.exception
    assert not app.error
    for way in ("make demo", "https://your-host/webhooks/zuddl", "ingest send FILE.ndjson"):
        assert way in shown


def test_a_warehouse_without_time_spent_says_what_it_does_hold(publish: Publish, app: AppTest) -> None:
    """It counts deliveries of other kinds, so that a visitor sees that the connection works."""
    publish("INSERT INTO raw.deliveries (delivery_id, action) VALUES (1, 'JOINED_SESSION')")

    shown = said(app.run())

    assert not app.exception
    assert "Deliveries loaded so far: 1." in shown
    assert "make demo" in shown


def test_what_cannot_be_read_is_one_sentence(data_dir: Path, app: AppTest) -> None:
    """A damaged file shows neither figures nor a stack trace."""
    (data_dir / "warehouse.duckdb").write_bytes(b"not a database" * 1000)

    app.run()

    assert not app.exception
    assert [error.value.partition(":")[0] for error in app.error] == [
        f"The warehouse `{data_dir}/warehouse.duckdb` cannot be read"
    ]


def test_a_warehouse_of_an_older_release_waits_for_its_upgrade(data_dir: Path, publish: Publish, app: AppTest) -> None:
    """`make run` starts the dashboard while the loader still upgrades the file: it is not called damaged.

    Its tables may all be there, and mean something else.
    """
    publish(TWO_EVENTS)
    with duckdb.connect(str(data_dir / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = 7")

    app.run()

    assert not app.exception
    assert not app.error
    assert (
        f"its schema version is 7, not {SCHEMA_VERSION}; the receiver or `warehouse load` upgrades it"
        in app.info[0].value
    )


def test_an_upgrade_under_way_says_how_far_it_is(data_dir: Path, publish: Publish, app: AppTest) -> None:
    publish(TWO_EVENTS)
    with duckdb.connect(str(data_dir / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE raw.schema_version SET schema_version = 7")

    with upgrading.noted(data_dir, 7, SCHEMA_VERSION) as tell:
        tell(50, 100)
        app.run()

    assert not app.exception
    assert not app.error
    assert f"The warehouse is being upgraded, 7 → {SCHEMA_VERSION}, 40 %." in app.info[0].value


def test_a_warehouse_without_our_tables_is_one_sentence(data_dir: Path, publish: Publish, app: AppTest) -> None:
    """A file that lacks a table gets one sentence, as a damaged one does."""
    publish(TWO_EVENTS)
    with duckdb.connect(str(data_dir / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE sessions")

    app.switch_page("app_pages/sessions.py").run()

    assert not app.exception
    assert len(app.error) == 1
    assert data_dir.name in app.error[0].value


def test_a_wrong_setting_is_named(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says which variable is wrong, and what would be right."""
    monkeypatch.setenv("REPEAT_POLICY", "never")

    app.run()

    assert [error.value for error in app.error] == ["REPEAT_POLICY must be 'latest' or 'sum', not 'never'"]


def test_the_time_of_the_last_load_is_shown_by_the_events_clock(publish: Publish, app: AppTest) -> None:
    """The last load is the one with the highest number."""
    publish(f"{TWO_EVENTS}; UPDATE events SET time_zone = 'Europe/Berlin'")

    assert "Europe/Berlin · 1 session in 1 room · 1 attendee · compared with Summit · as of 1 Nov 2025, 13:30" in said(
        app.run()
    )


def test_the_next_run_shows_a_newly_published_warehouse(publish: Publish, app: AppTest) -> None:
    """No restart is needed, and nothing of the old generation is left in the cache."""
    publish(TWO_EVENTS)
    app.run()
    publish(f"{TWO_EVENTS}; DELETE FROM time_spent WHERE event_id = 'summit'")

    app.run()

    assert app.metric[0].value == "1"


def test_the_first_screen_gives_way_to_the_first_figures(publish: Publish, app: AppTest) -> None:
    """A waiting visitor sees the first data once it is published."""
    app.run()
    publish(TWO_EVENTS)

    assert app.run().title[0].value == "Workshops"


def test_the_latest_event_is_chosen_by_default(publish: Publish, app: AppTest) -> None:
    """Its name is the heading, with days, clock, size, and what it is compared with."""
    publish(TWO_EVENTS)

    page = app.run()

    assert page.title[0].value == "Workshops"
    assert (
        "2 October 2025 · UTC, the event's time zone is unknown · 1 session in 1 room · 1 attendee · "
        "compared with Summit · as of 1 Nov 2025, 12:30"
    ) in [caption.value for caption in page.caption]
    assert page.query_params["event"] == "workshops"


def test_filters_survive_a_change_of_page(publish: Publish, app: AppTest) -> None:
    """What a visitor sets on one page holds on the next, although Streamlit empties the address."""
    publish(TWO_EVENTS)
    at(app, "overview", event="summit", tag="AI", credit="split")
    app.query_params.clear()

    page = app.switch_page("app_pages/tags.py").run()

    assert page.title[0].value == "Summit"
    assert (page.multiselect("filter-tag").value, page.radio("filter-credit").value) == (["AI"], "split")


def test_a_filter_stands_in_the_address_by_its_id(publish: Publish, app: AppTest) -> None:
    """A link shows what its sender sees, also after a speaker got another name."""
    publish(TWO_EVENTS)
    page = at(app, "overview", event="summit")

    page.multiselect("filter-speaker").select("Grace Hopper").run()

    assert page.query_params["speaker"] == "p1"
    publish(f"{TWO_EVENTS}; UPDATE speakers SET speaker_name = 'Rear Admiral Hopper' WHERE speaker_id = 'p1'")
    assert page.run().multiselect("filter-speaker").value == ["p1"]


@pytest.mark.parametrize(
    ("link", "what"),
    [
        ({"event": "gone"}, "The event that this link is about is not here: gone"),
        ({"event": "summit", "speaker": "gone"}, "The speaker that this link is about is not here: gone"),
        ({"event": "summit", "day": "2026-01-01"}, "The day that this link is about is not here: 2026\\-01\\-01"),
        (
            {"event": "summit", "day": "yesterday"},
            "This link can't be read: its days are not dates such as 2026-05-19.",
        ),
        ({"event": ["summit", "workshops"]}, "This link can't be read: it names two events."),
        ({"event": "summit", "minutes": ["5", "20"]}, MINUTES),
        ({"event": "summit", "minutes": "-3"}, MINUTES),
        ({"event": "summit", "minutes": "many"}, MINUTES),
        ({"event": "summit", "minutes": "9" * 5000}, MINUTES),
        ({"event": "summit", "credit": ["split", "full"]}, "This link can't be read: the credit is full or split."),
        ({"event": "summit", "show": ["a", "b"]}, "This link can't be read: it gives two values for one thing."),
    ],
)
def test_a_link_to_what_is_not_here_says_so_and_shows_nothing_else(
    link: dict[str, str | list[str]], what: str, publish: Publish, app: AppTest
) -> None:
    """It never falls back to all."""
    publish(TWO_EVENTS)
    for name, value in link.items():
        app.query_params[name] = value

    app.run()

    assert [error.value for error in app.error] == [what]
    assert not app.metric
    assert not app.dataframe


@pytest.mark.parametrize(
    "link",
    [{"event": ["summit", "summit"]}, {"tag": ["AI", "AI"]}, {"minutes": ["5", "5"]}, {"credit": ["split", "split"]}],
    ids=["event", "tag", "minutes", "credit"],
)
def test_a_value_that_a_link_gives_twice_counts_once(
    link: dict[str, list[str]], publish: Publish, app: AppTest
) -> None:
    publish(TWO_EVENTS)
    app.query_params["event"] = "summit"
    for name, values in link.items():
        app.query_params[name] = values

    page = at(app, "overview")

    assert page.title[0].value == "Summit"
    assert all(page.query_params[name] in (values[0], values[:1]) for name, values in link.items())


@pytest.mark.parametrize(
    ("page", "name"), [("attendees", "segment"), ("attendees", "group"), ("tags", "group"), ("funnel", "group")]
)
def test_a_choice_that_the_page_does_not_have_is_named(page: str, name: str, publish: Publish, app: AppTest) -> None:
    """It does not show everybody in its place."""
    publish(TWO_EVENTS + AUDIENCE)
    app.query_params["event"] = "summit"
    app.query_params[name] = "gone"
    app.switch_page(f"app_pages/{page}.py").run()

    assert [error.value for error in app.error] == [f"The {name} that this link asks for is not on this page: gone"]
    next(button for button in app.button if button.label == "Take it off").click().run()
    assert not app.error


def test_a_page_of_thousands_of_digits_is_the_last_one(publish: Publish, app: AppTest) -> None:
    people = ", ".join(f"('summit', 'x{number}')" for number in range(600))
    spent = ", ".join(f"('summit', 'panel', 'x{number}', 1)" for number in range(600))
    publish(f"""{TWO_EVENTS}; INSERT INTO attendees (event_id, registration_id) VALUES {people};
        INSERT INTO attendee_engagement (event_id, registration_id) VALUES {people};
        INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent) VALUES {spent}""")

    app.query_params["page"] = "9" * 5000

    page = at(app, "attendees", event="summit")

    assert page.number_input("page-number").value == 2


def test_a_chip_takes_one_filter_off_and_reset_all(publish: Publish, app: AppTest) -> None:
    publish(TWO_EVENTS)
    page = at(app, "overview", event="summit", tag="AI", speaker="p1")

    page.button("chip-tag-AI").click().run()

    assert page.query_params.get("tag") is None
    assert page.query_params["speaker"] == "p1"
    next(button for button in page.button if button.label == "Reset").click().run()
    assert page.query_params.get("speaker") is None
    assert page.query_params["event"] == "summit"


def test_filters_that_leave_nothing_name_the_one_to_take_off(publish: Publish, app: AppTest) -> None:
    publish(TWO_EVENTS)
    page = at(app, "overview", event="summit", tag="AI", minutes="100")

    assert page.info[0].value == "No attendance matches these filters."
    assert [button.label for button in page.button if button.label.startswith("Without")] == [
        "Without the filter on minutes: 4 attendances"
    ]


def test_the_filters_offer_only_what_has_attendances(publish: Publish, app: AppTest) -> None:
    """Events and sessions that other actions name alone have no figure on any page."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO events (event_id, organization_id, event_name) VALUES ('next', 'org', 'Next year');
        INSERT INTO sessions (event_id, session_id, starts_at, location_name) VALUES
            ('next', 'opening', '2025-10-01 12:00:00+00', 'Roof'), ('summit', 'empty', NULL, 'Cellar');
        INSERT INTO session_tags VALUES ('next', 'opening', 'Hope'), ('summit', 'empty', 'Dust');
        INSERT INTO session_speakers (event_id, session_id, speaker_id) VALUES ('summit', 'empty', 'p3');
        INSERT INTO speakers VALUES ('p3', 'Nobody');
        """
    )

    page = at(app, "overview", event="summit")

    assert page.selectbox("event").options == ["Workshops", "Summit"]
    assert page.multiselect("filter-room").options == ["(not given)", "Main stage"]
    assert page.multiselect("filter-tag").options == ["AI", "Data", "(untagged)"]
    assert page.multiselect("filter-speaker").options == ["Grace Hopper", "p2", "(no speaker)"]
    assert page.multiselect("filter-sponsor").options == ["(no sponsor)"]


def test_a_chosen_event_stays_chosen_when_another_is_published(publish: Publish, app: AppTest) -> None:
    """New data does not undo the visitor's choice."""
    publish(TWO_EVENTS)
    app.run().selectbox("event").select("Summit").run()
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO events (event_id, event_name) VALUES ('a', 'Another');
        INSERT INTO session_engagement (event_id, session_id) VALUES ('a', 'talk')
        """
    )

    app.run()

    assert app.title[0].value == "Summit"


def test_events_of_one_name_can_be_told_apart(publish: Publish, app: AppTest) -> None:
    """Where names repeat, the id is added."""
    publish(f"{TWO_EVENTS}; UPDATE events SET event_name = 'Summit'")

    assert app.run().selectbox("event").options == ["Summit (workshops)", "Summit (summit)"]


def test_an_event_without_a_name_is_called_by_its_id(publish: Publish, app: AppTest) -> None:
    """No event is left out of the list."""
    publish(f"{TWO_EVENTS}; UPDATE events SET event_name = NULL")

    assert app.run().selectbox("event").options == ["workshops", "summit"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_names_its_version_and_no_mail_address(publish: Publish, app: AppTest, page: str) -> None:
    """The version of the package stands in the last line; the addresses are in the warehouse, and stay there."""
    publish(TWO_EVENTS + AUDIENCE)

    app.query_params["event"] = "summit"

    shown = app.switch_page(page).run()

    assert not shown.exception
    assert "@" not in said(shown) + cells(shown)
    assert shown.caption[-1].value == f"Engagement warehouse {version('engagement-warehouse')}"


@pytest.mark.parametrize("page", PAGES)
def test_hostile_text_is_shown_as_text(publish: Publish, app: AppTest, page: str) -> None:
    """Markup in titles, names and tags is data: no page breaks, and none of it lands in Markdown or HTML."""
    hostile = HOSTILE.replace("'", "''")
    publish(
        f"""
        {TWO_EVENTS + AUDIENCE};
        UPDATE events SET event_name = '{hostile}';
        UPDATE sessions SET session_title = '{hostile}', location_name = '{hostile}';
        UPDATE speakers SET speaker_name = '{hostile}';
        UPDATE sponsors SET sponsor_name = '{hostile}';
        UPDATE session_tags SET tag = '{hostile}' WHERE tag = 'AI';
        UPDATE registrations SET source_type = '{hostile}', company = '{hostile}';
        UPDATE place_engagement SET place_name = '{hostile}';
        UPDATE leads SET company = '{hostile}', lead_status = '{hostile}';
        UPDATE attendees SET first_name = '{hostile}', company = '{hostile}', industry = '{hostile}';
        UPDATE attendee_engagement SET first_name = '{hostile}', company = '{hostile}', top_tag = '{hostile}';
        INSERT INTO raw.quarantine (delivery_id, reason, detail, body) VALUES (1, 'not_json', '{hostile}', '{hostile}')
        """
    )

    app.query_params["event"] = "summit"
    if page == "app_pages/trace.py":  # it shows the delivery that it is asked for
        app.query_params["show"] = "1"

    app.switch_page(page).run()

    assert not app.exception
    assert not app.error
    if page != "app_pages/sql.py":  # it shows no table of data
        assert HOSTILE in cells(app)
    assert not any(markup in said(app) for markup in ("<script>", ":red[", "$\\sqrt"))
    assert not any("script" in str(html) for html in app.get("html"))  # the frame's own style is all there is
