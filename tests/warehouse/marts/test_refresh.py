"""A load refreshes what its actions touch: their sessions and attendees, and of others what depends on these."""

import polars as pl
import pytest

from tests.kinds import Action, Load, Query
from warehouse.commands.check import check
from warehouse.marts import facts
from warehouse.settings import WarehouseSettings

HOUR = {"startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z"}
TWO_HOURS = {"startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T11:00:00Z"}


def test_sessions_without_speaker_or_tag_are_credited_to_nobody(load: Load, action: Action, query: Query) -> None:
    load(action("ann", "a", 30, tags=["data"]), action("ann", "b", 10, speakers=[{"speakerId": "sue"}]))
    assert query("SELECT tag, total_minutes, split_minutes FROM tag_engagement ORDER BY tag") == [
        ("(untagged)", 10.0, 10.0),
        ("data", 30.0, 30.0),
    ]
    assert query("SELECT speaker_id, total_minutes FROM speaker_engagement ORDER BY speaker_id") == [
        ("(no speaker)", 30.0),
        ("sue", 10.0),
    ]


def test_a_speakers_attendees_are_counted_once_over_all_sessions(load: Load, action: Action, query: Query) -> None:
    sue = [{"speakerId": "sue"}]
    load(action("ann", "a", 30, speakers=sue), action("ann", "b", 10, speakers=sue), action("bob", "b", 20))
    assert query("SELECT session_count, attendee_count, mean_minutes FROM speaker_engagement") == [(2, 2, 20.0)]
    load(action("cat", "a", 40))
    assert query("SELECT session_count, attendee_count, mean_minutes FROM speaker_engagement") == [(2, 3, 25.0)]


def test_a_late_description_moves_the_credit_and_the_top_tag_of_those_who_were_there(
    load: Load, action: Action, query: Query
) -> None:
    load(action("ann", "a", 30, tags=["old"]), action("ann", "b", 40, tags=["other"]), action("bob", "b", 5))
    load(action("cat", "a", 1, tags=["new", "other"]))
    assert query("SELECT tag, total_minutes, attendee_count FROM tag_engagement ORDER BY tag") == [
        ("new", 31.0, 2),
        ("other", 76.0, 3),
    ]
    assert query("SELECT registration_id, top_tag FROM attendee_engagement ORDER BY ALL") == [
        ("ann", "other"),
        ("bob", "other"),
        ("cat", "new"),
    ]
    load(action("cat", "b", 1, tags=[]))
    assert query("SELECT registration_id, top_tag FROM attendee_engagement ORDER BY ALL") == [
        ("ann", "new"),
        ("bob", None),
        ("cat", "new"),
    ]


def test_a_late_schedule_changes_the_completion_of_those_who_were_there(
    load: Load, action: Action, query: Query
) -> None:
    load(action("ann", "a", 30, **HOUR), action("ann", "b", 30, **HOUR))
    assert query("SELECT mean_completion FROM attendee_engagement") == [(0.5,)]
    load(action("bob", "a", 120, **TWO_HOURS))
    assert query("SELECT mean_completion FROM attendee_engagement ORDER BY registration_id") == [(0.375,), (1.0,)]
    assert query("SELECT session_id, mean_completion FROM session_engagement ORDER BY ALL") == [
        ("a", 0.625),
        ("b", 0.5),
    ]


def test_a_newcomer_changes_the_ranks_and_scores_of_others(load: Load, action: Action, query: Query) -> None:
    load(action("ann", "a", 30), action("bob", "a", 20))
    load(action("cat", "a", 25))
    assert query("SELECT registration_id, engagement_rank, engagement_score FROM attendee_engagement ORDER BY ALL") == [
        ("ann", 1, 100.0),
        ("bob", 3, 60.0),
        ("cat", 2, 80.0),
    ]


@pytest.mark.parametrize(
    ("created_at", "name"),
    [("2025-09-18T19:00:00Z", "New"), ("2025-09-18T17:00:00Z", "Old")],
    ids=["a newer action", "an older action"],
)
def test_an_event_is_renamed_by_a_newer_action_only(
    created_at: str, name: str, load: Load, action: Action, query: Query
) -> None:
    load(action("ann", event_name="Old"))
    load(action("bob", event_name="New", actionCreatedAt=created_at))
    load(action("cat", event_name=None))
    assert query("SELECT event_name FROM events") == [(name,)]
    assert query("SELECT event_name, attendee_count FROM event_engagement") == [(name, 3)]


def test_rows_that_stay_the_same_are_not_written_again(load: Load, action: Action, query: Query) -> None:
    """A row that is written again has another row id, and so have the rows behind a deleted one."""
    load(action("ann", "a", 30), action("ann", "b", 30, tags=["data"]), action("bob", "a", 10))
    kept = {
        "time_spent": "registration_id IN ('ann', 'bob')",
        "attendees": "registration_id IN ('ann', 'bob')",
        "attendee_engagement": "registration_id IN ('ann', 'bob')",
        "sessions": "true",
        "session_tags": "true",
        "surrogate_keys.time_spent": "attendee_key IN (1, 2)",
    }
    rows = {table: f"SELECT rowid FROM {table} WHERE {which} ORDER BY ALL" for table, which in kept.items()}
    before = {table: query(sql) for table, sql in rows.items()}
    assert all(before.values())
    load(action("cat", "a", 5))
    assert {table: query(sql) for table, sql in rows.items()} == before


def test_a_stored_action_that_makes_polars_fail_later_leaves_no_trace_in_the_figures(
    load: Load, action: Action, query: Query, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its attendance, its attendee, its session and its event were derived before, and have nothing left."""
    load(action("ann", "a", 30, event="one"), action("bob", "b", 20, event="two", tags=["data"]))
    sessions = facts.sessions

    def strict(descriptions: pl.DataFrame) -> pl.DataFrame:
        if descriptions["session_id"].is_in(["b"]).any():
            raise pl.exceptions.ComputeError("cannot compute b")
        return sessions(descriptions)

    monkeypatch.setattr(facts, "sessions", strict)
    load(action("cat", "b", 5, event="two"), action("cat", "c", 7, event="two"))
    assert query("SELECT reason, detail FROM raw.quarantine") == [("unloadable", "cannot compute b")] * 2
    assert query("SELECT event_id, session_id, registration_id FROM time_spent ORDER BY ALL") == [
        ("one", "a", "ann"),
        ("two", "c", "cat"),
    ]
    assert query("SELECT tag, total_minutes FROM tag_engagement WHERE event_id = 'two'") == [("(untagged)", 7.0)]
    assert query("SELECT registration_id FROM surrogate_keys.attendees ORDER BY ALL") == [("ann",), ("cat",)]
    assert [finding.name for finding in check(settings) if not finding.is_good] == []


def test_what_many_actions_describe_by_nothing_has_its_row_all_the_same(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    """Each action has a description of its own, so that there are many; none of them carries a field."""
    load(*(action(event=None, location={"n": n}, registration={"id": "ann", "n": n}) for n in range(40)))
    assert query("SELECT event_id, event_name, attendee_count FROM event_engagement") == [("(unknown)", None, 1)]
    assert query("SELECT session_id, session_title FROM sessions") == [("talk", None)]
    assert query("SELECT registration_id, email FROM attendees") == [("ann", None)]
    assert [finding.name for finding in check(settings) if not finding.is_good] == []


def test_of_many_descriptions_each_field_comes_from_the_latest_that_carries_it(
    load: Load, action: Action, query: Query
) -> None:
    first = action("ann", "a", title="Title", tags=["data"], event_name="Conf", profile={"company": "ACME"})
    load(first, *(action(f"p{n}", "a", location={"locationName": f"Room {n}"}) for n in range(40)))
    assert query("SELECT session_title, location_name FROM sessions") == [("Title", "Room 39")]
    assert query("SELECT event_name FROM events") == [("Conf",)]
    assert query("SELECT tag FROM session_tags") == [("data",)]
