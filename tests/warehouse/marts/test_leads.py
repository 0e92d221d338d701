"""Leads: one row each, field by field from the latest action."""

from tests.kinds import Happened, Load, Query


def test_a_lead_comes_field_by_field_from_the_latest_action(load: Load, happened: Happened, query: Query) -> None:
    lead = {
        "id": "l1",
        "firstName": "Noor",
        "email": "noor@example.org",
        "rating": 3,
        "leadAddedByName": "Sam",
        "createdAt": "2025-09-10T10:00:00Z",
    }
    load(
        happened("LEAD_ENRICHMENT", None, at="20:00", lead={"id": "l1", "company": "Foods", "rating": "4.5"}),
        happened("LEAD_ADDED", None, at="19:00", lead=lead),
    )
    columns = "event_id, lead_id, first_name, email, company, rating, added_by_name, strftime(created_at, '%H:%M')"
    assert query(f"SELECT {columns} FROM leads") == [
        ("conf", "l1", "Noor", "noor@example.org", "Foods", 4.5, "Sam", "10:00")
    ]


def test_a_lead_of_another_shape_is_none(load: Load, happened: Happened, query: Query) -> None:
    load(happened("LEAD_ADDED", None, lead="Noor"), happened("LEAD_ADDED", None, lead={"email": "no@id.example"}))
    assert query("SELECT count(*) FROM leads") == [(0,)]
    assert query("SELECT count(*) FROM actions") == [(2,)]


def test_a_rating_that_is_no_number_is_null_and_counted(load: Load, happened: Happened, query: Query) -> None:
    load(happened("LEAD_ADDED", None, lead={"id": "l1", "rating": "hot"}))
    assert query("SELECT rating FROM leads") == [(None,)]
    assert query("SELECT field, fault FROM staging.field_faults") == [("lead.rating", "unreadable")]
