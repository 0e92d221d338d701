"""Who was in a booth, a room or at a stage, and for how long."""

import json
from dataclasses import replace

import pytest

from tests.kinds import Happened, Load, Query
from tests.loading import load_waiting
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import RepeatPolicy, WarehouseSettings

BOOTH = {"booth": {"id": "b1", "name": "Tools"}}


def spent(
    happened: Happened, attendee: str, minutes: object, kind: str = "BOOTH", at: str = "18:00"
) -> dict[str, object]:
    """Time spent in the booth."""
    return happened(f"TIME_SPENT_IN_{kind}", attendee, at, timeSpentInMinutes=minutes, **BOOTH)


def test_visitors_came_and_attendees_have_minutes(load: Load, happened: Happened, query: Query) -> None:
    load(
        happened("JOINED_BOOTH", "ann", **BOOTH),
        happened("JOINED_BOOTH", "bob", **BOOTH),
        spent(happened, "bob", 4),
        spent(happened, "cat", 8),
        spent(happened, "dan", "long"),
        happened("QUESTION_UPVOTED", "eve", **BOOTH),
    )
    assert query("FROM place_engagement") == [("conf", "BOOTH", "b1", "Tools", 4, 2, 12.0, 6.0)]


def test_without_minutes_the_mean_is_null(load: Load, happened: Happened, query: Query) -> None:
    load(happened("JOINED_BREAKOUT_ROOM", breakOutRoom={"id": 7}))
    assert query("FROM place_engagement") == [("conf", "BREAKOUT_ROOM", "7", None, 1, 0, 0.0, None)]


@pytest.mark.parametrize(("policy", "minutes"), [("latest", 5.0), ("sum", 12.0)])
def test_repeats_in_booth_and_booths_are_one_and_follow_the_policy(
    policy: RepeatPolicy, minutes: float, inbox: Inbox, settings: WarehouseSettings, happened: Happened, query: Query
) -> None:
    actions = [spent(happened, "ann", 5, at="19:00"), spent(happened, "ann", 7, "BOOTHS")]
    inbox.append([(1, json.dumps(a).encode()) for a in actions])
    load_waiting(inbox, replace(settings, repeat_policy=policy))
    assert query("SELECT visitor_count, attendee_count, total_minutes FROM place_engagement") == [(1, 1, minutes)]


def test_aggregated_minutes_are_never_added(load: Load, happened: Happened, query: Query) -> None:
    load(spent(happened, "ann", 5), happened("AGGREGATED_TIME_SPENT_IN_BOOTH", timeSpentInMinutes=5, **BOOTH))
    assert query("SELECT total_minutes FROM place_engagement") == [(5.0,)]
    assert query("SELECT minutes_spent FROM actions") == [(5.0,), (5.0,)]


def test_the_first_object_with_an_id_is_the_place(load: Load, happened: Happened, query: Query) -> None:
    load(
        happened("JOINED_X", booth={"name": "no id"}, discussionRoom="no object", stage={"id": "s", "name": "Main"}),
        happened("JOINED_X", stage={"id": "s"}, breakOutRoom={"id": "r"}),
    )
    assert query("SELECT place_type, place_id, place_name FROM place_engagement ORDER BY ALL") == [
        ("BREAKOUT_ROOM", "r", None),
        ("STAGE", "s", "Main"),
    ]


def test_a_place_has_its_latest_name(load: Load, happened: Happened, query: Query) -> None:
    load(happened("JOINED_BOOTH", **BOOTH))
    load(happened("QUESTION_UPVOTED", at="19:00", booth={"id": "b1", "name": "New tools"}))
    load(happened("JOINED_BOOTH", at="20:00", booth={"id": "b1", "name": None}))
    assert query("SELECT place_name FROM place_engagement") == [("New tools",)]
