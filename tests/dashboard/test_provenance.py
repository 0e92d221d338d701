"""What files say about themselves, and how they are named."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.filters import Filters
from dashboard.provenance import Provenance, slug
from dashboard.queries.provenance import provenance, with_provenance
from tests.dashboard.page import at, downloads, view_of
from tests.dashboard.rows import AUDIENCE, SPONSORED, SUMMIT, TWO_EVENTS, Publish

IN_BERLIN = f"""{TWO_EVENTS};
    UPDATE events SET time_zone = 'Europe/Berlin';
    UPDATE sessions SET local_starts_at = starts_at AT TIME ZONE 'Europe/Berlin';
    UPDATE session_engagement SET local_starts_at = starts_at AT TIME ZONE 'Europe/Berlin';
"""


def test_a_file_is_named_by_event_content_filters_and_day() -> None:
    assert SUMMIT.file_name("sessions", "csv") == "summit_sessions_tag-ai_2025-11-01.csv"


def test_a_file_about_one_speaker_names_the_speaker() -> None:
    assert SUMMIT.of("Grace Hopper").file_name("sessions", "csv") == (
        "summit_sessions-grace-hopper_tag-ai_2025-11-01.csv"
    )


def test_a_file_says_what_was_chosen_beside_the_filters() -> None:
    """In its name, in its facts and in one line; what is not chosen is left out."""
    about = SUMMIT.choosing({"Segment": "Returning", "Search": "Nordwind", "By": ""})

    assert about.file_name("attendees", "csv") == (
        "summit_attendees_segment-returning_search-nordwind_tag-ai_2025-11-01.csv"
    )
    assert list(about.facts.items())[4:7] == [("Segment", "Returning"), ("Search", "Nordwind"), ("Filters", "Tag: AI")]
    assert "Segment: Returning · Search: Nordwind · Tag: AI" in about.sentence


@pytest.mark.parametrize(
    ("page", "link", "names"),
    [
        ("attendees", {"segment": "first", "search": "Engines"}, ["attendees_segment-first-timers_search-engines"]),
        ("attendees", {"group": "country"}, ["attendees", "segments_by-country"]),
        ("attendees", {"show": "r1"}, ["time-line-ada-lovelace", "sessions-of-attendee-ada-lovelace"]),
        ("tags", {"group": "country"}, ["interests_by-country", "interests-grid-by-country"]),
        ("funnel", {"group": "ticket_name"}, ["funnel_by-ticket"]),
        ("agenda", {"show": "2025-10-01"}, ["agenda_on-2025-10-01", "agenda-2025-10-01"]),
    ],
)
def test_the_files_of_a_page_are_named_after_its_own_choices(
    publish: Publish, app: AppTest, page: str, link: dict[str, str], names: list[str]
) -> None:
    publish(TWO_EVENTS + AUDIENCE)
    files = {
        name.removeprefix("summit_").split("_2025-11-01.")[0]
        for name in downloads(at(app, page, event="summit", **link))
    }

    assert set(names) <= files


def test_many_filters_are_counted_in_the_name() -> None:
    many = SUMMIT._replace(filters=tuple(("Company", f"Company number {number}") for number in range(9)))

    assert many.file_name("sessions", "csv") == "summit_sessions_9-filters_2025-11-01.csv"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Signal & Story 2026", "signal-story-2026"),
        ("../../etc/passwd", "etc-passwd"),
        ("Café à la carte", "cafe-a-la-carte"),
        ("データ 2026", "テータ-2026"),
        ("🎉", ""),
    ],
)
def test_a_name_is_of_letters_and_digits_alone(text: str, written: str) -> None:
    assert slug(text) == written


def test_an_event_without_letters_is_named_by_its_id() -> None:
    assert SUMMIT._replace(event="🎉", filters=(), as_of=None).file_name("sessions", "csv") == "summit_sessions.csv"


def test_a_source_names_filters_and_time_as_people_do(publish: Publish, data_dir: Path) -> None:
    """A speaker by name, not by id; the last load by the event's clock."""
    publish(IN_BERLIN)
    filters = Filters(("summit",), days=(date(2025, 10, 1),), speaker_ids=("p1",), min_minutes=5, credit="split")

    assert provenance(view_of(data_dir)._replace(filters=filters)) == SUMMIT._replace(
        filters=(
            ("Day", "2025-10-01"),
            ("Speaker", "Grace Hopper"),
            ("Minutes", "at least 5"),
            ("Credit", "split"),
        )
    )


def test_a_source_of_all_events_names_none_and_no_clock(publish: Publish, data_dir: Path) -> None:
    publish(TWO_EVENTS)
    whence = provenance(view_of(data_dir))

    assert (whence.event, whence.event_id, whence.time_zone) == ("All events", None, "UTC")
    assert whence.file_name("answer", "csv") == "all-events_answer_2025-11-01.csv"


def test_a_source_before_the_first_load_has_no_time(publish: Publish, data_dir: Path) -> None:
    publish("SELECT 1")

    assert provenance(view_of(data_dir)).file_name("answer", "csv") == "all-events_answer.csv"


def test_what_is_made_after_a_publication_says_so(publish: Publish, data_dir: Path) -> None:
    """The page was drawn before it."""
    publish(TWO_EVENTS)
    view = view_of(data_dir)
    view = view._replace(filters=replace(view.filters, event_ids=("summit",)))
    publish(f"{TWO_EVENTS}; INSERT INTO raw.loads (load_id, loaded_at) VALUES (3, '2025-12-24 00:00:00+00')")

    made, whence = with_provenance(lambda latest: latest.published.generation, view)

    assert made != view.published.generation
    assert isinstance(whence, Provenance)
    assert str(whence.as_of) == "2025-12-24 00:00:00"


def test_the_share_menu_hands_on_the_link_and_the_event(publish: Publish, app: AppTest) -> None:
    publish(IN_BERLIN)
    page = at(app, "attendees", event="summit", tag="AI")

    assert "?event=summit&tag=AI" in [code.value for code in page.code]
    assert {"Report of the event", "All tables, for Excel"} <= set(downloads(page).values())


@pytest.mark.parametrize(("kind", "part"), [("speaker", "p1"), ("sponsor", "s1")])
def test_the_share_menu_of_one_speaker_or_sponsor_has_the_report_for_them(
    publish: Publish, app: AppTest, kind: str, part: str
) -> None:
    publish(IN_BERLIN + SPONSORED)
    page = at(app, f"{kind}s", event="summit", show=part)

    assert f"Report for this {kind}" in downloads(page).values()


def test_each_download_of_one_session_names_it(publish: Publish, app: AppTest) -> None:
    publish(IN_BERLIN)
    page = at(app, "sessions", event="summit", show="keynote")

    files = [name for name, label in downloads(page).items() if label in {"CSV", "PNG"}]
    assert files
    assert all("-keynote_2025-11-01." in file for file in files)


def test_each_download_of_a_page_says_the_event_and_the_filters(publish: Publish, app: AppTest) -> None:
    publish(IN_BERLIN)
    page = at(app, "overview", event="summit", tag="AI")

    names = set(downloads(page))

    assert {f"summit_top-sessions_tag-ai_2025-11-01.{ending}" for ending in ("xlsx", "csv", "parquet")} <= names
    assert {f"summit_reach_tag-ai_2025-11-01.{ending}" for ending in ("png", "svg")} <= names
