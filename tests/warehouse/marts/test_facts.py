"""Who spent how long where, and the latest description of each event, session and attendee."""

import json
from dataclasses import replace

import pytest

from tests.kinds import Action, Load, Query
from tests.loading import load_waiting
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import RepeatPolicy, WarehouseSettings


@pytest.mark.parametrize(("policy", "minutes"), [("latest", 12.0), ("sum", 27.0)])
def test_repeated_actions_count_by_the_repeat_policy(
    policy: RepeatPolicy, minutes: float, inbox: Inbox, settings: WarehouseSettings, action: Action, query: Query
) -> None:
    """Of several actions for one attendee and session the latest created counts, or all of them."""
    actions = [
        action(minutes=15, actionCreatedAt="2025-09-18T18:00:00Z"),
        action(minutes=12, actionCreatedAt="2025-09-18T19:00:00Z"),
    ]
    inbox.append([(1, json.dumps(a).encode()) for a in reversed(actions)])
    load_waiting(inbox, replace(settings, repeat_policy=policy))
    assert query("SELECT minutes_spent, action_id FROM time_spent") == [(minutes, actions[1]["actionId"])]


def test_of_actions_created_at_the_same_time_the_latest_received_counts(
    load: Load, action: Action, query: Query
) -> None:
    load(action(minutes=15), action(minutes=12))
    assert query("SELECT minutes_spent FROM time_spent") == [(12.0,)]


def test_an_action_without_a_readable_time_counts_as_the_oldest(load: Load, action: Action, query: Query) -> None:
    load(action(minutes=15), action(minutes=12, actionCreatedAt="yesterday"))
    assert query("SELECT minutes_spent, action_created_at IS NULL FROM time_spent") == [(15.0, False)]


def test_a_description_comes_field_by_field_from_the_latest_action_that_carries_it(
    load: Load, action: Action, query: Query
) -> None:
    load(
        action("ann", title="Old title", location={"locationName": "Stage"}),
        action("bob", title="New title", location=None),
    )
    assert query("SELECT session_title, location_name FROM sessions") == [("New title", "Stage")]


def test_an_empty_list_carries_and_null_does_not(load: Load, action: Action, query: Query) -> None:
    load(
        action("ann", "emptied", tags=["data"]),
        action("bob", "emptied", tags=[]),
        action("ann", "kept", tags=["data"]),
        action("bob", "kept", tags=None),
    )
    assert query("SELECT session_id, tag FROM session_tags") == [("kept", "data")]


def test_tags_are_trimmed_and_empty_ones_and_repeats_dropped(load: Load, action: Action, query: Query) -> None:
    load(action(tags=["Streaming", " data platforms ", "Streaming", "", None, "  "]))
    assert query("SELECT tag FROM session_tags ORDER BY tag") == [("Streaming",), ("data platforms",)]


def test_speakers_without_an_id_are_dropped_and_repeats_too(load: Load, action: Action, query: Query) -> None:
    load(action(speakers=[{"speakerId": "sue", "url": "u"}, {"speakerId": "sue"}, {"url": "x"}, None, "tom"]))
    assert query("SELECT speaker_id, speaker_url FROM session_speakers") == [("sue", "u")]


@pytest.mark.parametrize(
    ("end", "minutes"),
    [
        ("2025-09-18T09:45:00Z", 45.0),
        ("2025-09-18T09:00:30Z", 0.5),
        ("2025-09-18T09:00:00Z", None),
        ("2025-09-18T08:00:00Z", None),
        ("2025-09-18T11:00:00+01:00", 60.0),
        ("soon", None),
    ],
    ids=["minutes", "half a minute", "zero", "negative", "another offset", "unreadable"],
)
def test_scheduled_minutes(end: str, minutes: float | None, load: Load, action: Action, query: Query) -> None:
    load(action(startDateTime="2025-09-18T09:00:00Z", endDateTime=end))
    assert query("SELECT scheduled_minutes FROM sessions") == [(minutes,)]


@pytest.mark.parametrize(
    "location",
    [
        {"locationId": "1", "locationName": "Foyer", "type": "STAGE"},
        [{"locationId": "1", "locationName": "Foyer", "type": "STAGE"}, {"locationId": "2"}],
    ],
    ids=["an object", "a list: its first"],
)
def test_a_location_is_read_in_both_shapes(location: object, load: Load, action: Action, query: Query) -> None:
    load(action(location=location))
    assert query("SELECT location_id, location_name, location_type FROM sessions") == [("1", "Foyer", "STAGE")]


def test_an_attendees_number_stays_while_the_profile_changes(load: Load, action: Action, query: Query) -> None:
    """What attendances are grouped by is the latest, as in `attendees`; somebody else comes in between."""
    ask = "SELECT attendee_key, registration_id, company FROM surrogate_keys.attendees ORDER BY ALL"
    load(action("ann", profile={"company": "Old"}))
    assert query(ask) == [(1, "ann", "Old")]
    load(action("abe", profile={"company": "Another"}), action("ann", profile={"company": "New"}))
    assert query(ask) == [(1, "ann", "New"), (2, "abe", "Another")]
