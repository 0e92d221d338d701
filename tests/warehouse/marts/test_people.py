"""People: one row per person over all events."""

import pytest

from tests.kinds import Action, Load, Query


def test_the_same_actor_in_two_events_is_one_person(load: Load, action: Action, query: Query) -> None:
    load(
        action(
            "r2", minutes=20, event="late", actor={"id": "ann"}, profile={"company": "New"}, startDateTime="2025-09-18"
        ),
        action(
            "r1", minutes=10, event="early", actor={"id": "ann"}, profile={"company": "Old"}, startDateTime="2025-05-18"
        ),
    )
    columns = "person_id, company, event_count, first_event_id, latest_event_id, session_count, total_minutes"
    assert query(f"SELECT {columns} FROM people") == [("ann", "New", 2, "early", "late", 2, 30.0)]


@pytest.mark.parametrize(
    ("profile", "person_id"), [({"email": "\u3000 Ann@Example.org "}, "ann@example.org"), (None, "r1")]
)
def test_without_an_actor_the_mail_address_or_the_registration_tells(
    profile: dict[str, str] | None, person_id: str, load: Load, action: Action, query: Query
) -> None:
    load(action("r1", profile=profile))
    assert query("SELECT person_id FROM people") == [(person_id,)]


def test_an_events_own_start_orders_before_its_sessions(load: Load, action: Action, query: Query) -> None:
    ann = {"actor": {"id": "ann"}}
    first = action("r1", startDateTime="2025-12-01", **ann)
    first["event"] = {"id": "first", "startDate": "2025-01-01"}
    load(action("r2", event="second", startDateTime="2025-06-01", **ann), first)
    assert query("SELECT first_event_id, latest_event_id FROM people") == [("first", "second")]


def test_without_times_events_are_in_the_order_of_receipt(load: Load, action: Action, query: Query) -> None:
    load(action("r1", event="z", actor={"id": "ann"}), action("r2", event="a", actor={"id": "ann"}))
    assert query("SELECT first_event_id, latest_event_id FROM people") == [("z", "a")]
