"""Filters: each leaves in what it says, all together, and without any the figures are those of the marts."""

from datetime import date
from pathlib import Path

import pytest

from dashboard import data
from dashboard.data import Published
from dashboard.filters import Filters
from dashboard.queries import attendees, credited, overview, sessions
from dashboard.queries.credited import Kind
from tests.dashboard.rows import TWO_EVENTS, Publish
from warehouse.storage import reader


@pytest.fixture
def published(publish: Publish, data_dir: Path) -> Published:
    """The warehouse with two events."""
    publish(TWO_EVENTS)
    return current(data_dir)


def current(data_dir: Path) -> Published:
    """What is published in the directory now."""
    generation = reader.current_generation(data_dir / "warehouse.duckdb")
    assert generation
    return Published(data_dir / "warehouse.duckdb", generation)


@pytest.mark.parametrize(
    ("filters", "minutes"),
    [
        (Filters(), [15, 30, 30, 45, 60, 90]),
        (Filters(event_ids=("summit",)), [15, 30, 30, 45, 60]),
        (Filters(first_day=date(2025, 10, 2), last_day=date(2025, 10, 3)), [90]),
        (Filters(first_day=date(2025, 9, 1), last_day=date(2025, 10, 1)), [15, 30, 30, 60]),
        (Filters(locations=("Main stage",)), [15, 30, 30, 60]),
        (Filters(locations=("(not given)",)), [45]),
        (Filters(tags=("Data",)), [30, 30, 60]),
        (Filters(tags=("(untagged)",)), [45]),
        (Filters(tags=("AI", "(untagged)")), [15, 30, 30, 45, 60, 90]),
        (Filters(speaker_ids=("p2",)), [30, 30, 60]),
        (Filters(speaker_ids=("(no speaker)",)), [45]),
        (Filters(companies=("Engines",)), [15, 30, 45, 60, 90]),
        (Filters(industries=("(not given)",)), [30]),
        (Filters(countries=("England", "France")), [15, 30, 45, 60, 90]),
        (Filters(min_minutes=45), [45, 60, 90]),
        (Filters(event_ids=("summit",), tags=("AI",), countries=("England",), min_minutes=20), [60]),
        (Filters(companies=("'; DROP TABLE events; --",)), []),
    ],
)
def test_each_filter_leaves_in_what_it_says(published: Published, filters: Filters, minutes: list[float]) -> None:
    """Attendances of the literal rows, told apart by their minutes."""
    found = data.ask(published, filters, "SELECT minutes_spent FROM chosen ORDER BY 1")

    assert found.to_series().to_list() == minutes


@pytest.mark.parametrize("credit", ["full", "split"])
@pytest.mark.parametrize(("kind", "member"), [(Kind.SPEAKER, "speaker_id"), (Kind.TAG, "tag")])
def test_without_a_filter_credit_is_that_of_the_marts(
    published: Published, credit: str, kind: Kind, member: str
) -> None:
    """Minutes, sessions and attendees of each speaker and tag."""
    minutes = {"full": "total_minutes", "split": "split_minutes"}[credit]
    marts = data.rows(
        published,
        f"""
        SELECT {member}, sum({minutes}), sum(session_count)::BIGINT, sum(attendee_count)::BIGINT
        FROM {member.removesuffix("_id")}_engagement GROUP BY ALL ORDER BY ALL
        """,
    )

    filters = Filters(credit=credit)  # type: ignore[arg-type]  # two literals
    ranked = credited.with_attendees(
        credited.ranking(published, filters, kind), credited.attendee_counts(published, filters, kind)
    )

    assert sorted(ranked.select("member", "minutes", "session_count", "attendee_count").rows()) == marts.rows()


@pytest.mark.parametrize("attendances_at_once", [1, 1_000_000], ids=["part by part", "at once"])
def test_without_a_filter_sessions_are_those_of_the_mart(
    attendances_at_once: int, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All measures of each session."""
    monkeypatch.setattr(sessions, "ATTENDANCES_AT_ONCE", attendances_at_once)
    measures = """event_id, session_id, attendee_count, total_minutes, mean_minutes, median_minutes, p90_minutes,
        mean_completion, full_stay_rate, early_exit_rate"""
    mart = data.rows(published, f"SELECT {measures} FROM session_engagement ORDER BY ALL")

    asked = sessions.with_quantiles(published, Filters()).select(name.strip() for name in measures.split(","))

    assert asked.sort("event_id", "session_id").rows() == [pytest.approx(row) for row in mart.rows()]


def test_without_a_filter_events_are_those_of_the_mart(published: Published) -> None:
    """All measures of each event."""
    measures = "event_id, attendee_count, session_count, total_minutes, mean_minutes_per_attendee"
    mart = data.rows(published, f"SELECT {measures} FROM event_engagement ORDER BY ALL")

    asked = overview.events(published, Filters()).select(measures.split(", "))

    assert asked.sort("event_id").rows() == mart.rows()


def test_a_scan_for_two_tables_counts_as_a_scan_for_one(published: Published) -> None:
    """Attendees by tag, beside the groups' interests and alone."""
    alone = credited.attendee_counts(published, Filters(), Kind.TAG)

    beside = credited.interests(published, Filters(), "industry").attendee_counts

    assert sorted(beside.rows()) == sorted(alone.rows()) == [("(untagged)", 1), ("AI", 4), ("Data", 3)]


def test_without_a_filter_attendees_are_those_of_the_mart(published: Published) -> None:
    """Minutes and sessions of each attendee."""
    mart = data.rows(
        published,
        "SELECT event_id, registration_id, total_minutes, session_count FROM attendee_engagement ORDER BY ALL",
    )

    asked, _ = attendees.people(published, Filters(), "", "industry", show_pii=False)

    assert sorted(asked.select(mart.columns).rows()) == mart.rows()


def test_an_answer_never_comes_from_another_generation(published: Published, publish: Publish) -> None:
    """What is asked of a generation that is published no more is refused, so that no page mixes two."""
    publish(f"{TWO_EVENTS}; DELETE FROM time_spent")

    with pytest.raises(reader.Superseded):
        data.ask(published, Filters(), "SELECT count(*) FROM chosen")
