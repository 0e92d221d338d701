"""Filters: each alone, several together, and none: then the figures are those of the marts."""

from datetime import date
from pathlib import Path

import pytest

import dashboard
from dashboard.data import View
from dashboard.filters import Filters, NotInAddress
from dashboard.queries import attendees, credited, overview, sessions
from dashboard.queries.credited import Kind
from tests.dashboard.page import view_of
from tests.dashboard.rows import TWO_EVENTS, Publish
from warehouse.storage.errors import Superseded


@pytest.fixture
def view(publish: Publish, data_dir: Path) -> View:
    """The warehouse with two events, without a filter."""
    publish(
        f"""
        {TWO_EVENTS}; INSERT INTO session_sponsors (event_id, session_id, sponsor_id) VALUES
            ('summit', 'keynote', 's1'), ('summit', 'panel', 's1'), ('summit', 'keynote', 's2')
        """
    )
    return view_of(data_dir)


@pytest.mark.parametrize(
    ("filters", "minutes"),
    [
        (Filters(), [15, 30, 30, 45, 60, 90]),
        (Filters(event_ids=("summit",)), [15, 30, 30, 45, 60]),
        (Filters(days=(date(2025, 10, 1), date(2025, 10, 2))), [15, 30, 30, 60, 90]),
        (Filters(days=(date(2025, 10, 2),)), [90]),
        (Filters(rooms=("Main stage",)), [15, 30, 30, 60]),
        (Filters(rooms=("room-2",)), [90]),
        (Filters(rooms=("(not given)",)), [45]),
        (Filters(tags=("Data",)), [30, 30, 60]),
        (Filters(tags=("(untagged)",)), [45]),
        (Filters(tags=("AI", "(untagged)")), [15, 30, 30, 45, 60, 90]),
        (Filters(speaker_ids=("p2",)), [30, 30, 60]),
        (Filters(speaker_ids=("(no speaker)",)), [45]),
        (Filters(sponsor_ids=("s1",)), [15, 30, 30, 60]),
        (Filters(sponsor_ids=("(no sponsor)",)), [45, 90]),
        (Filters(companies=("Engines",)), [15, 30, 45, 60, 90]),
        (Filters(industries=("(not given)",)), [30]),
        (Filters(countries=("England", "France")), [15, 30, 45, 60, 90]),
        (Filters(min_minutes=45), [45, 60, 90]),
        (Filters(event_ids=("summit",), tags=("AI",), countries=("England",), min_minutes=20), [60]),
        (Filters(companies=("'; DROP TABLE events; --",)), []),
    ],
)
def test_each_filter_leaves_in_what_it_says(view: View, filters: Filters, minutes: list[float]) -> None:
    """Attendances of the literal rows, told apart by their minutes."""
    found = view._replace(filters=filters).rows("SELECT minutes_spent FROM attendances ORDER BY 1")

    assert found.to_series().to_list() == minutes


def test_filters_are_read_from_the_address_by_id() -> None:
    address = {"event": ["e1"], "day": ["2025-10-01"], "room": ["r1", "r2"], "minutes": ["20"], "credit": ["split"]}
    assert Filters.from_address({**address, "tag": []}) == Filters(
        event_ids=("e1",), days=(date(2025, 10, 1),), rooms=("r1", "r2"), min_minutes=20, credit="split"
    )


@pytest.mark.parametrize(("name", "text"), [("day", "yesterday"), ("minutes", "many"), ("credit", "all")])
def test_what_no_filter_can_be_is_refused(name: str, text: str) -> None:
    with pytest.raises(NotInAddress):
        Filters.from_address({name: [text]})


@pytest.mark.parametrize("credit", ["full", "split"])
@pytest.mark.parametrize(("kind", "column"), [(Kind.SPEAKER, "speaker_id"), (Kind.TAG, "tag")])
def test_without_a_filter_credit_is_that_of_the_marts(view: View, credit: str, kind: Kind, column: str) -> None:
    """Minutes, sessions and attendees of each speaker and tag."""
    minutes = {"full": "total_minutes", "split": "split_minutes"}[credit]
    marts = view.published.rows(f"""
        SELECT {column}, sum({minutes}), sum(session_count)::BIGINT, sum(attendee_count)::BIGINT
        FROM {column.removesuffix("_id")}_engagement GROUP BY ALL ORDER BY ALL
    """)

    filters = Filters(credit=credit)  # type: ignore[arg-type]  # two literals
    ranked = credited.ranking_with_attendees(view._replace(filters=filters), kind)

    assert sorted(ranked.select("part", "minutes", "session_count", "attendee_count").rows()) == marts.rows()


@pytest.mark.parametrize("max_attendances", [1, 1_000_000], ids=["in several queries", "in one query"])
def test_without_a_filter_sessions_are_those_of_the_mart(max_attendances: int, view: View) -> None:
    """All measures of each session."""
    measures = """event_id, session_id, attendee_count, total_minutes, mean_minutes, median_minutes, p90_minutes,
        mean_completion, full_stay_rate, early_exit_rate"""
    mart = view.published.rows(f"SELECT {measures} FROM session_engagement ORDER BY ALL")

    asked = sessions.with_quantiles(view, max_attendances)

    asked = asked.select(name.strip() for name in measures.split(","))
    assert asked.sort("event_id", "session_id").rows() == [pytest.approx(row) for row in mart.rows()]


def test_without_a_filter_events_are_those_of_the_mart(view: View) -> None:
    """All measures of each event."""
    measures = "event_id, attendee_count, session_count, total_minutes, mean_minutes_per_attendee"
    mart = view.published.rows(f"SELECT {measures} FROM event_engagement ORDER BY ALL")

    asked = overview.events(view).select(measures.split(", "))

    assert asked.sort("event_id").rows() == mart.rows()


def test_without_a_filter_attendees_are_those_of_the_mart(view: View) -> None:
    """Minutes and sessions of each attendee."""
    mart = view.published.rows(
        "SELECT event_id, registration_id, total_minutes, session_count FROM attendee_engagement ORDER BY ALL"
    )

    asked = attendees.found(view, "")

    assert sorted(asked.select(mart.columns).rows()) == mart.rows()


def test_an_answer_never_comes_from_another_generation(view: View, publish: Publish) -> None:
    """A query on a generation that has been replaced is refused, so that no page mixes two."""
    publish(f"{TWO_EVENTS}; DELETE FROM time_spent")

    with pytest.raises(Superseded):
        view.rows("SELECT count(*) FROM attendances")


def test_only_the_filters_name_the_schema_of_the_surrogate_keys() -> None:
    """Queries and pages use the relations of `Filters.relations`."""
    files = Path(dashboard.__file__).parent.rglob("*.py")

    assert [file.name for file in files if "surrogate_keys" in file.read_text(encoding="utf-8")] == ["filters.py"]
