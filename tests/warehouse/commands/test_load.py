"""The loader: each delivery exactly once, in the right table, whatever the batches, the order and the repeats."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.kinds import Action, Load, NewSettings, Payload, Query, Sample
from tests.loading import load_waiting
from tests.storages import opened_to_write
from warehouse import pipeline
from warehouse.commands.check import check
from warehouse.commands.load import load as load_inbox
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import DEFAULT_LIMITS, Limits
from warehouse.marts import audience, facts
from warehouse.schema import MARTS, VIEWS
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of


@pytest.mark.parametrize(
    ("name", "time_spent"),
    [
        ("time_spent_vendor_sample", [("d5e31ba5-2d1e-4918-bb60-dd1514b4b397", 123.0)]),
        ("time_spent_full", [("9f4a3f4e-3f5f-4b1d-8c53-5f1c2a7be001", 38.0)]),
        ("time_spent_location_list", [("4f8b6a3e-2f10-4b6e-9a53-7c6d5e4f3a2b", 12.0)]),
        ("time_spent_sparse", [("4f8b6a3e-2f10-4b6e-9a53-7c6d5e4f3a2b", 7.0)]),
        ("joined_session", []),
        ("time_spent_in_discussion_room", []),
    ],
)
def test_every_generation_of_the_payload_is_stored_and_only_time_spent_counts(
    name: str, time_spent: list[tuple[str, float]], load: Load, sample: Sample, query: Query
) -> None:
    load(sample(name))
    assert query("SELECT registration_id, minutes_spent FROM time_spent") == time_spent
    assert query("SELECT body FROM raw.deliveries") == [(sample(name).decode(),)]
    assert query("SELECT count(*) FROM raw.quarantine") == [(0,)]


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (b"no json", "not_json", None),
        (b'{"action": "TIME_SPENT_IN_SESSION"', "not_json", None),
        (b"", "not_json", None),
        (b"\xff\xfe", "not_json", None),
        (b'{"action": NaN}', "not_json", None),
        (b'{"session": {"id": "s",}}', "not_json", None),
        (b"[1, 2", "not_json", None),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "unloadable", "nested too deeply"),
        (b"[1, 2]", "not_object", None),
        (b"null", "not_object", None),
        (b"{}", "missing_field", "action"),
        (b'{"action": {"name": "TIME_SPENT_IN_SESSION"}}', "missing_field", "action"),
        (b'{"action": "TIME_SPENT_IN_SESSION"}', "missing_field", "session.id"),
        (b'{"action": "TIME_SPENT_IN_SESSION", "session": "talk"}', "missing_field", "session.id"),
        (
            b'{"action":"TIME_SPENT_IN_SESSION","session":{"id":"s"},"timeSpentInMinutes":1,"actor":{"id":" "}}',
            "missing_field",
            "registration.id",
        ),
        (b'{"action": "TIME_SPENT_IN_SESSION", "session": {"id": "s"}}', "missing_field", "timeSpentInMinutes"),
        (
            b'{"action": "TIME_SPENT_IN_SESSION", "session": {"id": "s"}, "timeSpentInMinutes": " "}',
            "missing_field",
            "timeSpentInMinutes",
        ),
        (
            b'{"action": "TIME_SPENT_IN_SESSION", "session": {"id": "' + b"s" * 1_001 + b'"}}',
            "missing_field",
            "session.id",
        ),
    ],
    ids=[
        "text",
        "cut short",
        "empty",
        "no utf-8",
        "NaN, which is not in JSON",
        "a comma too many, in a session",
        "a list cut short",
        "too deep",
        "a list",
        "null",
        "empty object",
        "action of another type",
        "no session",
        "session of another type",
        "blank registration and actor",
        "no minutes",
        "blank minutes",
        "an id too long to read",
    ],
)
def test_what_cannot_be_used_is_quarantined_with_its_reason(
    body: bytes, reason: str, detail: str | None, load: Load, query: Query
) -> None:
    load(body)
    assert query("SELECT reason, detail, action_id IS NULL FROM raw.quarantine") == [(reason, detail, False)]
    assert query("SELECT count(*) FROM raw.deliveries") == [(0,)]


@pytest.mark.parametrize(
    "minutes", [-1, "-0.5", 527_041, 1e308, "seven", True, [7], {"value": 7}, "NaN", "Infinity"], ids=repr
)
def test_minutes_that_are_no_number_from_zero_to_a_leap_year_are_quarantined(
    minutes: object, load: Load, action: Action, query: Query
) -> None:
    load(action(minutes=minutes))
    assert query("SELECT reason, detail FROM raw.quarantine") == [("invalid_minutes", "timeSpentInMinutes")]


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, 0.0), (7, 7.0), ("7", 7.0), (7.5, 7.5), (" 7.5 ", 7.5), (1e3, 1000.0)], ids=repr
)
def test_minutes_are_a_number_also_as_text(
    minutes: object, expected: float, load: Load, action: Action, query: Query
) -> None:
    load(action(minutes=minutes))
    assert query("SELECT minutes_spent FROM time_spent") == [(expected,)]


def test_a_missing_event_is_unknown(load: Load, sample: Sample, query: Query) -> None:
    load(sample("time_spent_sparse"))
    assert query("SELECT event_id FROM event_engagement") == [("(unknown)",)]


def test_an_event_is_also_named_by_the_registration(load: Load, action: Action, query: Query) -> None:
    load({**action(), "event": None, "registration": {"id": "ann", "eventId": "conf"}})
    load({**action(), "registration": {"id": "bob", "eventId": "other"}})
    assert query("SELECT event_id, registration_id FROM time_spent ORDER BY ALL") == [("conf", "ann"), ("conf", "bob")]


def test_half_an_emoji_and_a_byte_order_mark_are_read_over_and_stored_as_they_came(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(action(title="x\ud83d", tags=["\ude00"])).encode()
    assert load(body, body).duplicate_count == 1
    assert load(body).duplicate_count == 1
    for _ in ("loaded", "rebuilt"):
        assert query("SELECT session_title, tag FROM sessions JOIN session_tags USING (session_id)") == [
            ("x\ufffd", "\ufffd")
        ]
        assert query("SELECT body FROM raw.deliveries") == [(body.decode(),)]
        rebuild(settings)


def test_what_an_older_release_quarantined_for_its_rendering_is_used_after_a_rebuild(
    load: Load, inbox: Inbox, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    first = action("ann")
    load(first, {**first, "timeSpentInMinutes": 99}, b"no json")
    inbox.prune(loaded_up_to=3, received_before=2_000_000_000_000_000)
    with opened_to_write(settings) as connection:
        connection.execute("UPDATE raw.quarantine SET body = ? WHERE delivery_id = 2", [json.dumps(first, indent=1)])
        marked = "\ufeff" + json.dumps(action("bob"))
        connection.execute(
            "UPDATE raw.quarantine SET body = $1, action_id = sha256($1) WHERE delivery_id = 3", [marked]
        )
    rebuild(settings)
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",)]
    assert query("SELECT count(*) FROM raw.quarantine") == [(0,)]
    assert query("SELECT sum(delivery_count), sum(duplicate_count) FROM raw.loads") == [(3, 1)]
    assert [finding for finding in check(settings) if not finding.is_good] == []


def test_what_made_polars_fail_is_tried_again_by_a_rebuild(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    with opened_to_write(settings) as connection:
        connection.execute("""
            INSERT INTO raw.quarantine BY NAME
                SELECT * EXCLUDE (action), 'unloadable' AS reason FROM raw.deliveries
        """)
        connection.execute("DELETE FROM raw.deliveries")
    rebuild(settings)
    assert query("SELECT registration_id FROM time_spent") == [("ann",)]


def test_what_else_is_odd_in_a_text_is_read_as_it_is(load: Load, action: Action, query: Query) -> None:
    load(action(title="a\x00b", profile={"company": "\u202eCorp\ufffe"}, actor={"id": "x", "far": [1e300, 10**400]}))
    assert query("SELECT session_title, company FROM sessions, attendees") == [("a\x00b", "\u202eCorp\ufffe")]


def test_blank_text_does_not_carry(load: Load, action: Action, query: Query) -> None:
    load(action(title="Talk", profile={"company": "ACME"}), action(title="\xa0", profile={"company": ""}))
    assert query("SELECT session_title, company FROM sessions, attendees") == [("Talk", "ACME")]


def test_bytes_that_are_no_utf8_are_shown_escaped_and_known_by_the_hash_of_what_came(load: Load, query: Query) -> None:
    load(b"caf\xe9")
    assert query("SELECT body, action_id FROM raw.quarantine") == [("caf\\xe9", hashlib.sha256(b"caf\xe9").hexdigest())]


def test_the_same_action_with_the_same_content_is_one_delivery(load: Load, action: Action, query: Query) -> None:
    first = action()
    assert load(first, first).duplicate_count == 1
    assert load(first).duplicate_count == 1
    assert query("SELECT count(*) FROM raw.deliveries") == [(1,)]
    assert query("SELECT sum(delivery_count), sum(duplicate_count) FROM raw.loads") == [(3, 2)]


@pytest.mark.parametrize("is_one_load", [True, False], ids=["in one load", "in two loads"])
def test_the_same_content_in_another_rendering_is_a_duplicate(
    is_one_load: bool, load: Load, action: Action, query: Query
) -> None:
    first = action(minutes=38, title="Café")
    usable = [
        json.dumps(first).encode(),
        json.dumps(dict(reversed(first.items())), indent=1, ensure_ascii=False).encode(),
    ]
    usable.append(usable[0].replace(b": 38", b": 3.80e1"))
    other = [usable[0].replace(b": 38", b": 39"), usable[1].replace(b": 38", b": 39.0")]
    for load_of in ([*usable, *other],) if is_one_load else ([body] for body in (*usable, *other)):
        load(*load_of)
    assert query("SELECT sum(duplicate_count), sum(quarantine_count) FROM raw.loads") == [(3, 1)]
    assert query("SELECT delivery_id, body FROM raw.deliveries") == [(1, usable[0].decode())]
    assert query("SELECT body, reason FROM raw.quarantine") == [(other[0].decode(), "action_id_reused")]


@pytest.mark.parametrize("body", [b"nonsense", b"\xff", b'{"action": "LOGIN"}'], ids=["no json", "no utf-8", "no id"])
def test_without_an_action_id_the_same_body_is_one_delivery(body: bytes, load: Load, query: Query) -> None:
    load(body, body)
    load(body)
    assert query("SELECT (SELECT count(*) FROM raw.deliveries) + (SELECT count(*) FROM raw.quarantine)") == [(1,)]


@pytest.mark.parametrize("is_one_load", [True, False], ids=["in one load", "in two loads"])
def test_the_same_action_id_with_other_content_is_quarantined_and_the_first_stands(
    is_one_load: bool, load: Load, action: Action, query: Query
) -> None:
    first = action(minutes=10)
    other = {**first, "timeSpentInMinutes": 20}
    if is_one_load:
        load(first, other, other)
    else:
        load(first)
        load(other)
        load(other)
    assert query("SELECT minutes_spent FROM time_spent") == [(10.0,)]
    assert query("SELECT reason FROM raw.quarantine") == [("action_id_reused",)]
    assert query("SELECT sum(duplicate_count) FROM raw.loads") == [(1,)]


def test_action_ids_that_share_a_key_are_two_actions_and_each_repeat_is_found(
    load: Load, action: Action, query: Query
) -> None:
    first, second = (action(attendee, actionId=f"action-{number}") for attendee, number in (("a", 25387), ("b", 86591)))
    load(first)
    load(second)
    load(first, second)
    assert query("SELECT count(*), count(DISTINCT action_key) FROM staging.action_keys") == [(2, 1)]
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("a",), ("b",)]
    assert query("SELECT sum(duplicate_count), sum(quarantine_count) FROM raw.loads") == [(2, 0)]


def test_nothing_new_publishes_an_empty_warehouse_that_can_be_asked(load: Load, query: Query) -> None:
    load()
    assert query("FROM session_engagement") == []


def test_marts_of_untouched_events_stay(
    load: Load, action: Action, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the attendees of the new deliveries are derived; the rows of the other event are not written again."""
    derived: list[list[str]] = []
    registrations = audience.registrations

    def watched(descriptions: pl.DataFrame) -> pl.DataFrame:
        derived.append(descriptions["event_id"].unique().sort().to_list())
        return registrations(descriptions)

    monkeypatch.setattr(audience, "registrations", watched)
    load(action(event="one"))
    rows_of_one = "SELECT rowid, * FROM event_engagement WHERE event_id = 'one'"
    before = query(rows_of_one)
    load(action(event="two"))
    assert derived == [["one"], ["two"]]
    assert query(rows_of_one) == before
    assert query("SELECT event_id FROM event_engagement ORDER BY event_id") == [("one",), ("two",)]


def test_a_second_inbox_is_read_from_its_own_start(
    load: Load, action: Action, query: Query, settings: WarehouseSettings, tmp_path: Path
) -> None:
    """The watermark belongs to an inbox's identity: another inbox's ids are not mistaken for ones already read."""
    load(action("ann"), action("bob"))
    with closing(Inbox(tmp_path / "other.sqlite", create=True)) as other:
        other.append([(1, json.dumps(action("cat")).encode())])
        load_waiting(other, settings)
    load(action("dan"))
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",), ("cat",), ("dan",)]
    assert query("SELECT cardinality(inbox_positions) FROM raw.loads ORDER BY load_id") == [(1,), (2,), (2,)]


def test_a_long_backlog_is_drained_in_bounded_batches(
    inbox: Inbox, settings: WarehouseSettings, action: Action, query: Query
) -> None:
    limits = Limits(batch_count=2, batches_per_load=2)
    inbox.append([(i, json.dumps(action(f"attendee-{i}")).encode()) for i in range(5)])
    assert [load_waiting(inbox, settings, limits).delivery_count for _ in range(3)] == [4, 1, 0]
    assert query("SELECT count(*) FROM time_spent") == [(5,)]


@pytest.mark.parametrize(
    ("owner", "part"),
    [(pipeline, "parse"), (pipeline, "store"), (facts, "time_spent")],
    ids=["parsing ahead", "storing", "deriving"],
)
def test_a_failed_load_leaves_the_published_warehouse_and_is_made_up_for(
    owner: object,
    part: str,
    load: Load,
    action: Action,
    query: Query,
    settings: WarehouseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(action("ann"))
    with monkeypatch.context() as broken:
        broken.setattr(owner, part, lambda *_: (_ for _ in ()).throw(OSError("no space left")))
        with pytest.raises(OSError, match="no space left"):
            load(action("bob"))
    assert query("SELECT registration_id FROM time_spent") == [("ann",)]
    load()
    assert query("SELECT registration_id FROM time_spent ORDER BY ALL") == [("ann",), ("bob",)]
    assert not list(settings.data_dir.glob(".warehouse*"))


@pytest.mark.file_only("a lake's readers have snapshots")
def test_a_prompt_that_stays_open_neither_stops_the_loader_nor_sees_a_torn_file(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as prompt:
        load(action("bob"))
        assert prompt.sql("SELECT registration_id FROM time_spent").fetchall() == [("ann",)]
        assert query("SELECT count(*) FROM time_spent") == [(2,)]


@pytest.mark.file_only("a lake's hosts prune as they forward")
@pytest.mark.parametrize(("days", "kept"), [(30, 1), (0, 0)], ids=["within retention", "beyond"])
def test_loaded_deliveries_leave_the_inbox_after_the_retention_time(
    days: int, kept: int, inbox: Inbox, tmp_path: Path, action: Action
) -> None:
    """And only once the generation before the published one, which is there for bad days, holds them too."""
    now = int(datetime.now(UTC).timestamp() * 1e6)
    inbox.append([(now - 1, json.dumps(action()).encode())])
    settings = WarehouseSettings(data_dir=tmp_path, inbox_retention=timedelta(days=days))
    load_inbox(inbox, settings)
    assert len(inbox.read_after(0, max_count=10, max_bytes=1)) == 1
    load_inbox(inbox, settings)
    assert len(inbox.read_after(0, max_count=10, max_bytes=1)) == kept


def test_names_of_speakers_come_from_the_file_and_bad_lines_are_skipped(
    load: Load, action: Action, query: Query, settings: WarehouseSettings, caplog: pytest.LogCaptureFixture
) -> None:
    load(action(speakers=[{"speakerId": "sue"}, {"speakerId": "tom"}]))
    (settings.data_dir / "speakers.csv").write_text(
        "speaker_id,speaker_name\nsue,Sue Öz\nonly-an-id\n\nunseen,Nobody\n", "utf-8"
    )
    load()
    assert query("FROM speakers ORDER BY ALL") == [("sue", "Sue Öz"), ("tom", None)]
    assert query("SELECT speaker_name FROM speaker_engagement ORDER BY speaker_id") == [("Sue Öz",), (None,)]
    assert "line 3" in caplog.text


def test_every_table_and_column_carries_a_comment(load: Load, query: Query, settings: WarehouseSettings) -> None:
    """DuckLake takes no comment on a column of a view."""
    load()
    undocumented = query("""
        SELECT table_name, NULL FROM duckdb_tables() WHERE database_name = 'warehouse' AND comment IS NULL
        UNION ALL
        SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'warehouse' AND comment IS NULL
    """)
    unsupported = [("people", column.name) for view in VIEWS for column in view.columns] if settings.lake else []
    assert sorted(undocumented) == sorted(unsupported)


# The law: loading in any batches, in any order, with repeats, equals one load of everything.

ATTENDEES, SESSIONS, EVENTS = st.sampled_from("abcd"), st.sampled_from("xyz"), st.sampled_from(["one", "two"])


@st.composite
def deliveries(draw: st.DrawFn) -> list[Payload]:
    """Actions with distinct ids and times, so that their order is theirs and not that of their arrival."""
    count = draw(st.integers(1, 12))
    lists = st.none() | st.lists(st.sampled_from(["red", "blue", " red", ""]), max_size=3)
    return [
        {
            "action": "TIME_SPENT_IN_SESSION",
            "actionId": f"action-{number}",
            "actionCreatedAt": f"2025-09-18T18:00:{number:02}Z",
            "registration": {"id": draw(ATTENDEES), "profile": {"company": draw(st.none() | st.sampled_from("pq"))}},
            "event": {"id": draw(EVENTS), "name": draw(st.none() | st.sampled_from("ef"))},
            "session": {
                "id": draw(SESSIONS),
                "title": draw(st.none() | st.text(max_size=3).filter(str.isprintable)),
                "endDateTime": "2025-09-18T10:00:00Z",
                "startDateTime": draw(st.sampled_from([None, "2025-09-18T09:00:00Z", "2025-09-18T10:00:00Z"])),
                "tags": draw(lists),
                "speakers": [{"speakerId": s} for s in draw(st.lists(st.sampled_from("st"), max_size=2))],
            },
            "timeSpentInMinutes": draw(st.sampled_from([0, 0.1, 0.7, 1 / 3, 2.5, 30, 61, "7", -1, None])),
        }
        for number in range(count)
    ]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Payload], list[list[Payload]]]:
    """The same deliveries twice: once as they are, once shuffled, with repeats, cut into batches."""
    once = draw(deliveries())
    shuffled = draw(st.permutations(once + draw(st.lists(st.sampled_from(once), max_size=6))))
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)), max_size=3)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    return once, batches


def published(
    settings: WarehouseSettings, batches: Sequence[Sequence[Payload]], limits: Limits = DEFAULT_LIMITS
) -> dict[str, list[tuple[Any, ...]]]:
    """All marts, after loading the batches one by one; times of receipt left out."""
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        for batch in batches:
            inbox.append([(1, json.dumps(payload).encode()) for payload in batch])
            load_waiting(inbox, settings, limits)
    with storage_of(settings).connect() as connection:
        return {
            table.name: connection.sql(
                f"SELECT COLUMNS(c -> c <> 'received_at') FROM {table.name} ORDER BY ALL"
            ).fetchall()
            for table in MARTS
        }


@given(arrivals())
@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_batches_any_order_and_any_repeats_equal_one_load(
    new_settings: NewSettings, arrival: tuple[list[Payload], list[list[Payload]]]
) -> None:
    once, batches = arrival
    together = published(new_settings("together"), [once])
    assert published(new_settings("apart"), batches) == together


@given(arrivals(), st.integers(1, 3))
@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_backlog_in_small_batches_and_passes_equals_one_load(
    new_settings: NewSettings, arrival: tuple[list[Payload], list[list[Payload]]], batch_count: int
) -> None:
    """Events pause and go on again within one load."""
    once, batches = arrival
    together = published(new_settings("together"), [once])
    shuffled = [payload for batch in batches for payload in batch]
    limits = Limits(batch_count=batch_count, actions_per_pass=1)
    assert published(new_settings("apart"), [shuffled], limits) == together


@given(deliveries(), st.integers(1, 4), st.integers(1, 3))
@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_load_of_a_few_deliveries_onto_many_equals_one_load(
    new_settings: NewSettings, once: list[Payload], few: int, actions_per_pass: int
) -> None:
    """A few touch single sessions and attendees. They come late, and are older or newer than what is there."""
    together = published(new_settings("together"), [once])
    limits = Limits(actions_per_pass=actions_per_pass)
    for name, batches in (("newer", [once[few:], once[:few]]), ("older", [once[:few], once[few:]])):
        assert published(new_settings(name), batches, limits) == together


@given(deliveries())
@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_split_credit_adds_up_to_the_events_total_and_never_exceeds_full_credit(
    new_settings: NewSettings, once: list[Payload]
) -> None:
    marts = published(new_settings("credit"), [once])
    totals = {row[0]: row[5] for row in marts["main.event_engagement"]}
    for table, full, split in (("main.speaker_engagement", 5, 6), ("main.tag_engagement", 4, 5)):
        for event_id, total in totals.items():
            credit = [row for row in marts[table] if row[0] == event_id]
            assert sum(row[split] for row in credit) == pytest.approx(total)
            assert all(row[full] >= row[split] for row in credit)
