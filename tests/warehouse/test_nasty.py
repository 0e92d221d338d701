"""No payload stops the loader, however nasty; and what it makes of them is what a rebuild makes of them."""

import json
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.kinds import Action, Load, NewSettings, Query
from tests.loading import load_waiting
from warehouse import pipeline
from warehouse.blanks import BLANKS
from warehouse.commands.check import check
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import Limits
from warehouse.marts import audience
from warehouse.schema import TABLES
from warehouse.settings import WarehouseSettings
from warehouse.staging.parse import parse
from warehouse.staging.reading import MACROS
from warehouse.storage import storage_of

SAMPLES = [
    json.loads(path.read_bytes()) for path in sorted((Path(__file__).parents[1] / "payloads").glob("time_spent*.json"))
]

TIMES: list[Any] = [
    *("2025-09-18T09:00:00Z", "2025-09-18T11:00:00+02:00", "2025-09-18T09:00:00-11:30", "0000-00-00", "99999-01-01"),
    *("2025-09-18T09:00Z", "2025-09-18t09:00:00,5z[UTC]", "0001-01-01T00:00:00Z", "1758186000123", 1_758_186_000),
]
NASTY: list[Any] = [
    *("\xa0", "x\u2003", "\ud83d", "\ude00\ud83d", ["AI\xa0", "\u3000", "\u200b"], [{"speakerId": "s"}] * 300),
    *(None, True, 0, -1, 1.5, 1e308, -0.0, 10**30, "", " ", "\x00", "\ud800", "\ud83d\ude00", "x" * 100_000, "NaN"),
    *([], {}, [[]], [None], [{}], {"id": {}}, {"id": []}, {"id": None}, {"": ""}, "{", "[", "null", "\u202e", "\ufffe"),
]
DEEP = [b'{"a":' * depth + b"1" + b"}" * depth for depth in (100, 10_000)]
USABLE = b'{"action":"TIME_SPENT_IN_SESSION","timeSpentInMinutes":1,"actor":{"id":"a"},"session":{"id":"s",'
RAW = [
    *(b"", b" ", b"\x00", b"{", b"[", b'"', b"nul", b"\xef\xbb\xbf{}", b"{}", b" {} ", b"[{}]", b"1e999", b"-", b"NaN"),
    *(b'{"action":"\\ud800"}', b'{"action":"a","action":"b"}', b'{"action":NaN}', b'{"action":"\xff"}', b"[" * 10_000),
    b'\xef\xbb\xbf{"action":"a"}',
    *(b'{"action": "TIME_SPENT_IN_SESSION", "action": null, "session": {"id": "a", "id": ["b"]}}', *DEEP),
    *(
        USABLE + fields + b"}}"
        for fields in (b'"speakers":[{}],"speakers":1', b'"tags":1,"tags":[]', b'"location":[{}],"location":7')
    ),
]


def paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each part of the payload is."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in paths(child, (*path, key)))][not path :]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A sample with some of its parts missing, or something else, or somewhere else."""
    payload = json.loads(json.dumps(draw(st.sampled_from(SAMPLES))))
    payload["actionId"] = draw(st.sampled_from(["one", "two", "three", None, 7, ""]))
    for _ in range(draw(st.integers(0, 4))):
        *to_parent, key = draw(st.sampled_from(paths(payload)))
        parent = payload
        for step in to_parent:
            parent = parent[step]
        if draw(st.booleans()):
            parent[key] = draw(st.sampled_from([*NASTY, *TIMES]))
        else:
            del parent[key]
    return json.dumps(payload, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


def dump(settings: WarehouseSettings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, without the keys that depend on the batches; actions with their descriptions."""
    names = [
        table.name for table in TABLES if "_version" not in table.name and not table.name.startswith("surrogate_keys.")
    ]
    queries = {name: f"FROM {name} ORDER BY ALL" for name in names}
    # A description's faults are counted once a batch.
    queries["staging.field_faults"] = "SELECT DISTINCT field, fault FROM staging.field_faults ORDER BY ALL"
    queries["staging.actions"] = """
        SELECT * EXCLUDE (session_version, attendee_version)
        FROM staging.actions JOIN staging.session_versions USING (session_version)
        JOIN staging.attendee_versions USING (attendee_version) ORDER BY ALL
    """
    queries["surrogate_keys.time_spent"] = """
        SELECT sessions.event_id, session_id, registration_id, minutes_spent
        FROM surrogate_keys.time_spent JOIN surrogate_keys.sessions USING (session_key)
        JOIN surrogate_keys.attendees USING (attendee_key) ORDER BY ALL
    """
    queries["surrogate_keys.attendees"] = "SELECT * EXCLUDE (attendee_key) FROM surrogate_keys.attendees ORDER BY ALL"
    with storage_of(settings).connect() as connection:
        return {name: connection.sql(query).fetchall() for name, query in queries.items()}


@given(st.lists(spoilt() | st.sampled_from(RAW) | st.binary(max_size=20), min_size=5, max_size=60))
@hypothesis_settings(max_examples=8, suppress_health_check=list(HealthCheck))
def test_no_payload_stops_the_loader_and_a_rebuild_makes_the_same(
    new_settings: NewSettings, bodies: list[bytes]
) -> None:
    settings = new_settings("nasty")
    # They are split three at a time, and all at once by the rebuild.
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        for half in (bodies[::2], bodies[1::2]):
            inbox.append([(4_000_000_000_000_000, body) for body in half])
            load_waiting(inbox, settings, Limits(split_count=3))
    assert [finding for finding in check(settings) if not finding.is_good] == []
    with storage_of(settings).connect() as connection:
        for (body,) in connection.sql("SELECT body FROM raw.deliveries").fetchall():
            assert isinstance(json.loads(body.removeprefix("\ufeff")), dict)
    loaded = dump(settings)
    rebuild(settings)
    assert dump(settings) == loaded


@given(st.lists(st.lists(st.text(st.sampled_from(f"aB\u200b\x1c{BLANKS}"), max_size=6), max_size=6), min_size=20))
@hypothesis_settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_whatever_blanks_tags_have_both_derivations_agree(
    new_settings: NewSettings, action: Action, tags_of_sessions: list[list[str]]
) -> None:
    settings = new_settings("blanks")
    actions = [action(session=f"session {n}", tags=tags) for n, tags in enumerate(tags_of_sessions)]
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        inbox.append([(1, json.dumps(payload).encode()) for payload in actions])
        load_waiting(inbox, settings)
    assert [finding for finding in check(settings) if not finding.is_good] == []
    with storage_of(settings).connect() as connection:
        tags = connection.sql("SELECT session_id, tag FROM session_tags").fetchall()
    assert set(tags) == {
        (f"session {n}", tag.strip(BLANKS))
        for n, tags in enumerate(tags_of_sessions)
        for tag in tags
        if tag.strip(BLANKS)
    }


def test_a_payload_that_makes_duckdb_fail_is_found_and_quarantined(
    load: Load, action: Action, query: Query, settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is made by a cast that does fail; the rest of the batch is loaded, and a rebuild tries again."""
    strict = MACROS + "CREATE OR REPLACE TEMP MACRO time_or_null(text) AS CAST(text AS TIMESTAMPTZ);"
    monkeypatch.setattr(pipeline, "parse", partial(parse, macros=strict))
    load(*(action(f"p{i}", actionCreatedAt="poison" if i in (3, 17) else None) for i in range(40)))
    assert query("SELECT count(*) FROM time_spent") == [(38,)]
    [(reason, detail), _] = query("SELECT reason, detail FROM raw.quarantine")
    assert reason == "unloadable"
    assert "poison" in detail
    monkeypatch.undo()
    rebuild(settings)
    assert query("SELECT count(*) FROM time_spent") == [(40,)]
    assert query("SELECT count(*) FROM raw.quarantine") == [(0,)]


@pytest.mark.parametrize("function", ["registrations", "history"])
def test_a_payload_that_makes_polars_fail_is_found_and_quarantined(
    function: str, load: Load, action: Action, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = getattr(audience, function)

    def strict(rows: pl.DataFrame) -> pl.DataFrame:
        if rows["registration_id"].is_in(["p3"]).any():
            raise pl.exceptions.ComputeError("cannot compute p3")
        derived: pl.DataFrame = derive(rows)
        return derived

    monkeypatch.setattr(audience, function, strict)
    load(*(action(f"p{i}") for i in range(9)))
    assert query("SELECT count(*) FROM time_spent") == [(8,)]
    assert query("SELECT reason, detail FROM raw.quarantine") == [("unloadable", "cannot compute p3")]
    assert query("SELECT count(*) FROM raw.deliveries") == [(8,)]
