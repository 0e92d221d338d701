"""Events before anybody spent time there, without times, and in their order."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.filters import Filters
from dashboard.reports import files
from tests.dashboard.page import at, metrics, rows, said, view_of
from tests.dashboard.rows import AUDIENCE, TWO_EVENTS, Publish

# Three have registered for an event in the next year, one of whom came by an advertisement. One has visited a booth.
NEXT_YEAR = """
INSERT INTO events (event_id, organization_id, event_name, time_zone, starts_at, ends_at) VALUES
    ('next', 'org', 'Next year', 'Europe/Berlin', '2026-10-01 07:00:00+00', '2026-10-02 22:30:00+00');
INSERT INTO registrations (event_id, registration_id, company, industry, source_type, invited_at, registered_at,
        is_registered, is_attended) VALUES
    ('next', 'n1', 'Engines', 'Computing', 'API', NULL, '2026-09-01 10:00:00+00', true, false),
    ('next', 'n2', 'Looms', 'Textiles', 'PAGE', NULL, '2026-09-28 10:00:00+00', true, true),
    ('next', 'n3', NULL, NULL, 'PAGE', '2026-08-01 10:00:00+00', NULL, false, false);
INSERT INTO actions (delivery_id, action, action_created_at, event_id, registration_id, place_type, place_id,
        place_name) VALUES
    (1, 'JOINED_BOOTH', '2026-09-28 08:30:00+00', 'next', 'n2', 'BOOTH', 'nb', 'Stand');
INSERT INTO place_engagement VALUES ('next', 'BOOTH', 'nb', 'Stand', 1, 0, 0, NULL);
"""
UNTIMED = """
UPDATE sessions SET starts_at = NULL, ends_at = NULL, local_starts_at = NULL, local_ends_at = NULL;
UPDATE session_engagement SET starts_at = NULL, ends_at = NULL, local_starts_at = NULL;
"""


@pytest.fixture
def coming(publish: Publish, app: AppTest) -> AppTest:
    """The dashboard, not yet run."""
    publish(f"{TWO_EVENTS} {AUDIENCE} {NEXT_YEAR}")
    return app


def test_an_event_that_nobody_was_at_is_offered_last(coming: AppTest) -> None:
    """The default stays the latest one that people were at."""
    page = coming.run()

    assert page.title[0].value == "Workshops"
    assert page.selectbox("event").options == ["Workshops", "Summit", "Next year"]


@pytest.mark.parametrize(
    "page", ["overview", "agenda", "sessions", "speakers", "tags", "companies", "attendees", "sponsors", "compare"]
)
def test_before_the_event_a_page_about_attendances_says_so(coming: AppTest, page: str) -> None:
    shown = at(coming, page, event="next")

    assert shown.title[0].value == "Next year"
    assert "1\N{EN DASH}3 October 2026 · Europe/Berlin · 2 registered · as of" in said(shown)
    assert "Nobody has spent time in this event yet. Registered so far: 2." in said(shown)


def test_before_the_event_its_funnel_is_there(coming: AppTest) -> None:
    page = at(coming, "funnel", event="next")

    assert (metrics(page)["Invited"], metrics(page)["Registered"]) == ("1", "2")
    assert rows(page, "when", "registered_count") == [("4 to 11 weeks", 1), ("1 to 6 days", 1)]
    assert page.multiselect("filter-company").options == ["(no company)", "Engines", "Looms"]
    assert page.multiselect("filter-industry").options == ["(not given)", "Computing", "Textiles"]
    assert metrics(at(page, "funnel", company="Looms"))["Registered"] == "1"


def test_before_the_event_its_booths_are_there(coming: AppTest) -> None:
    assert rows(at(coming, "places", event="next"), "place", "visitor_count") == [("Stand", 1)]


def test_before_the_event_its_files_can_be_had(publish: Publish, data_dir: Path) -> None:
    """They say that nobody came so far."""
    publish(f"{TWO_EVENTS} {AUDIENCE} {NEXT_YEAR}")
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("next",)))

    assert b"No attendance matches these filters." in files.event_report(view).content
    assert files.event_workbook(view).name == "next-year_workbook_2025-11-01.xlsx"


def test_before_the_first_event_its_funnel_is_all_there_is(publish: Publish, app: AppTest) -> None:
    publish(f"{NEXT_YEAR} INSERT INTO raw.loads (load_id, loaded_at) VALUES (1, '2026-09-30 12:00:00+00')")

    assert metrics(at(app, "funnel"))["Registered"] == "2"


def test_an_event_whose_sessions_have_no_times_has_its_own_days(publish: Publish, app: AppTest) -> None:
    """By its own clock: it ends after midnight there."""
    publish(f"""{TWO_EVENTS} {UNTIMED}
        UPDATE events SET time_zone = 'Europe/Berlin', starts_at = '2025-10-01 07:00:00+00',
            ends_at = '2025-10-02 22:30:00+00' WHERE event_id = 'summit'""")

    assert "1\N{EN DASH}3 October 2025 · Europe/Berlin · 3 sessions in 1 room" in said(
        at(app, "overview", event="summit")
    )


@pytest.mark.parametrize(
    "starts",
    [
        "UPDATE events SET starts_at = if(event_id = 'summit', '2025-12-01', '2025-11-01')::TIMESTAMPTZ",
        f"""{UNTIMED}
            UPDATE events SET starts_at = '2025-12-01 07:00:00+00' WHERE event_id = 'summit';
            UPDATE sessions SET starts_at = '2025-11-01 07:00:00+00' WHERE event_id = 'workshops'""",
        f"""{UNTIMED}
            UPDATE time_spent SET received_at = if(event_id = 'summit', '2025-12-01', '2025-11-01')::TIMESTAMPTZ""",
        f"{UNTIMED} UPDATE time_spent SET received_at = '2025-12-01' WHERE event_id = 'summit'",
    ],
    ids=["by their own start", "by the first session", "by the first delivery", "unknown is the earliest"],
)
def test_events_have_one_order_everywhere(starts: str, publish: Publish, app: AppTest) -> None:
    """The default and the list, the event before, the table of Compare, and who came back."""
    publish(f"{TWO_EVENTS} {starts}")
    page = app.run()

    assert page.selectbox("event").options == ["Summit", "Workshops"]
    assert page.title[0].value == "Summit"
    compared = at(app, "compare")
    assert rows(compared, "event", "attendee_count") == [("Summit", 3), ("Workshops", 1)]
    if "'workshops'" in starts or "if(" in starts:
        assert "compared with Workshops" in said(compared)
        assert rows(compared, "earlier", "later", "both_count") == [("Workshops", "Summit", 1)]
