"""The event of a rehearsal: what it holds, and what it must add up to."""

import json

from ingest.rehearse.event import RehearsalEvent
from tests.kinds import Load, Query


def test_the_sum_is_that_of_the_deliveries() -> None:
    event = RehearsalEvent(delivery_count=130)
    minutes = [json.loads(body)["timeSpentInMinutes"] for body in event.deliveries()]
    assert len(minutes) == 130
    assert sum(minutes) == event.total_minutes == 2 * (60 * 61 // 2) + 55


def test_each_delivery_is_one_row_of_time_spent_and_names_nobody(load: Load, query: Query) -> None:
    event = RehearsalEvent(delivery_count=120)
    load(*event.deliveries())
    assert query("SELECT count(*), sum(minutes_spent), count(DISTINCT session_id) FROM time_spent") == [
        (120, event.total_minutes, 3)
    ]
    assert query("SELECT DISTINCT first_name, last_name, email FROM attendees") == [(None, None, None)]


def test_every_id_begins_with_the_events_own() -> None:
    event = RehearsalEvent(delivery_count=2)
    assert event.event_id.startswith("rehearsal-")
    for body in (*event.deliveries(), event.forged()):
        payload = json.loads(body)
        ids = [payload["actionId"], payload["registration"]["id"], payload["session"]["id"]]
        assert all(its.startswith(f"{event.event_id}-") for its in ids)
        assert payload["event"]["id"] == event.event_id


def test_two_rehearsals_are_two_events() -> None:
    assert RehearsalEvent(1).event_id != RehearsalEvent(1).event_id
