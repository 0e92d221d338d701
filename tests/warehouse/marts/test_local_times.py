"""Local times: the clock on the wall, in the event's time zone."""

import pytest

from tests.kinds import Action, Happened, Load, Query

LOCAL = "SELECT strftime(local_starts_at, '%d %H:%M'), strftime(local_ends_at, '%d %H:%M') FROM sessions"


def at(action: Action, zone: object, day: str = "2025-09-18") -> dict[str, object]:
    """A session from 22:30 to 23:30 UTC."""
    payload = action(startDateTime=f"{day}T22:30:00Z", endDateTime=f"{day}T23:30:00Z")
    return {**payload, "event": {"id": "conf", "timezone": zone}}


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Paris", "2025-09-18", ("19 00:30", "19 01:30")),
        ("Europe/Paris", "2025-12-18", ("18 23:30", "19 00:30")),
        ("America/New_York", "2025-09-18", ("18 18:30", "18 19:30")),
        ("Asia/Kathmandu", "2025-09-18", ("19 04:15", "19 05:15")),
        ("Pacific/Auckland", "2025-09-27", ("28 11:30", "28 12:30")),
        ("Mars/Olympus", "2025-09-18", ("18 22:30", "18 23:30")),
        ("BST", "2025-09-18", ("18 22:30", "18 23:30")),
        (None, "2025-09-18", ("18 22:30", "18 23:30")),
    ],
)
def test_times_are_the_events_own_in_summer_and_winter(
    zone: object, day: str, expected: tuple[str, str], load: Load, action: Action, query: Query
) -> None:
    load(at(action, zone, day))
    assert query(LOCAL) == [expected]
    assert query("SELECT strftime(local_starts_at, '%d %H:%M') FROM session_engagement") == [expected[:1]]


def test_a_zone_that_iana_does_not_know_is_null_and_counted(load: Load, action: Action, query: Query) -> None:
    load(at(action, "Mars/Olympus"))
    assert query("SELECT time_zone FROM events") == [(None,)]
    assert query("SELECT field, fault FROM staging.field_faults") == [("event.timezone", "unreadable")]


def test_a_zone_that_comes_later_moves_all_sessions(
    load: Load, action: Action, happened: Happened, query: Query
) -> None:
    load(at(action, None))
    load(happened("EVENT_UPDATED", None, event={"timezone": "Europe/Paris"}))
    assert query(LOCAL) == [("19 00:30", "19 01:30")]
    assert query("SELECT time_zone FROM events") == [("Europe/Paris",)]
