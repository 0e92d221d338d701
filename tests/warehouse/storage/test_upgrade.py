"""Warehouses of earlier releases: each opens, is upgraded by the next load, and loses nothing."""

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.foreign_client import connect_to_write
from tests.kinds import Action, Load, Query
from warehouse.commands.load import load as load_inbox
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema import MARTS, SCHEMA_VERSION
from warehouse.settings import WarehouseSettings
from warehouse.storage.file import reader

pytestmark = pytest.mark.file_only("it upgrades files of older releases; no lake is of one")

# What earlier releases made of the same deliveries. The first one had schema version 1.
FIRST_RELEASE = (Path(__file__).parent / "first_release.sql").read_text("utf-8")
SCHEMA_VERSION_9 = (Path(__file__).parent / "schema_version_9.sql").read_text("utf-8")
SCHEMA_VERSION_7 = (Path(__file__).parent / "schema_version_7.sql").read_text("utf-8")

ACTOR_IN_SESSION = "0e7f6a52-7c11-4a4e-8f0d-3f9d9f1b2c77"
ACTOR_IN_ROOM = "4f8b6a3e-2f10-4b6e-9a53-7c6d5e4f3a2b"
COLUMNS = """
SELECT schema_name || '.' || table_name, string_agg(column_name, ', ' ORDER BY column_index)
FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal GROUP BY ALL
"""
RAW = (
    "SELECT delivery_id, action_id, action, received_at, body FROM raw.deliveries ORDER BY ALL",
    "SELECT delivery_id, action_id, received_at, reason, detail, body FROM raw.quarantine ORDER BY ALL",
)
LOADS = "SELECT load_id, loaded_at, delivery_count, duplicate_count, quarantine_count FROM raw.loads ORDER BY load_id"


def test_a_warehouse_of_the_first_release_is_upgraded(
    inbox: Inbox, settings: WarehouseSettings, query: Query, tmp_path: Path
) -> None:
    """Its deliveries, their ids, its load log and its watermark stay; what was loaded is not loaded again."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(FIRST_RELEASE)
    assert query("SELECT delivery_id, action_id, reason FROM raw.quarantine") != []
    before = query(LOADS)
    raw = [query(sql) for sql in RAW]
    facts = query("FROM time_spent ORDER BY ALL")
    load_inbox(inbox, settings)
    assert query("SELECT schema_version FROM raw.schema_version") == [(SCHEMA_VERSION,)]
    assert query(LOADS)[:-1] == before
    assert [query(sql) for sql in RAW] == raw
    assert query("FROM time_spent ORDER BY ALL") == facts
    with closing(Inbox(tmp_path / "next.sqlite", create=True)) as following:
        following.append([(1, b"new")])
        assert load_inbox(following, settings).delivery_count == 1


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_warehouse_of_an_earlier_version_is_upgraded(
    version: int, load: Load, action: Action, settings: WarehouseSettings, query: Query
) -> None:
    """None had keys; before version 4, each action repeated its descriptions, in version 2 its id as well."""
    load(action("ann"))
    before = query("FROM time_spent")
    with connect_to_write(settings.warehouse_path) as connection:
        connection.execute("DROP TABLE staging.action_keys")
        if version < 4:
            connection.execute("ALTER TABLE staging.actions ADD COLUMN action_id VARCHAR")
            connection.execute("DROP TABLE staging.session_versions; DROP TABLE staging.attendee_versions")
        connection.execute("UPDATE raw.schema_version SET schema_version = ?", [version])
    load(action("bob"))
    assert query("SELECT schema_version FROM raw.schema_version") == [(SCHEMA_VERSION,)]
    assert query("FROM time_spent WHERE registration_id = 'ann'") == before
    assert query("SELECT count(*) FROM time_spent") == [(2,)]


@pytest.fixture
def version_7(settings: WarehouseSettings) -> None:
    """A warehouse of schema version 7, and the names of speakers beside it."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(SCHEMA_VERSION_7)
    (settings.data_dir / "speakers.csv").write_text(
        "speaker_id,speaker_name\n11111111-2222-4333-8444-555555555555,Sue Park\n", encoding="utf-8"
    )


@pytest.mark.usefixtures("version_7")
def test_a_warehouse_of_version_7_keeps_its_figures_and_its_rows(
    inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
    columns: dict[str, str] = dict(query(COLUMNS))
    marts = [f"SELECT {columns[table.name]} FROM {table.name} ORDER BY ALL" for table in MARTS if table.name in columns]
    before = [query(sql) for sql in (*marts, *RAW)]
    loads = query(LOADS)
    assert [len(rows) for rows in before] == [6, 3, 5, 5, 3, 5, 2, 3, 3, 5, 5, 5, 7, 8, 4]
    load_inbox(inbox, settings)
    # People are described by the latest action of any kind: here by TIME_SPENT_IN_DISCUSSION_ROOM, with another actor.
    before[3] = [tuple(ACTOR_IN_ROOM if value == ACTOR_IN_SESSION else value for value in row) for row in before[3]]
    assert [query(sql) for sql in (*marts, *RAW)] == before
    assert query(LOADS)[:-1] == loads
    assert query("SELECT schema_version FROM raw.schema_version") == [(SCHEMA_VERSION,)]


@pytest.mark.usefixtures("version_7")
def test_a_warehouse_of_version_7_gets_surrogate_keys(inbox: Inbox, settings: WarehouseSettings, query: Query) -> None:
    before = query("FROM time_spent SELECT event_id, session_id, registration_id, minutes_spent ORDER BY ALL")
    load_inbox(inbox, settings)
    assert (
        query("""
            SELECT event_id, session_id, registration_id, minutes_spent
            FROM surrogate_keys.time_spent
            JOIN surrogate_keys.sessions USING (session_key)
            JOIN (SELECT attendee_key, registration_id FROM surrogate_keys.attendees) USING (attendee_key)
            ORDER BY ALL
        """)
        == before
    )
    assert query("SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'numbers'") == [(0,)]


@pytest.mark.usefixtures("version_7")
def test_a_warehouse_of_version_7_knows_its_repeats(load: Load, action: Action, query: Query) -> None:
    bodies = [body.encode() for (body,) in query("SELECT body FROM raw.deliveries ORDER BY delivery_id")]
    loaded = load(*bodies, action("cat"))
    assert (loaded.delivery_count, loaded.duplicate_count) == (9, 8)
    assert query("SELECT delivery_id FROM raw.deliveries WHERE action_id = 'action-1'") == [(22,)]


@pytest.fixture
def version_9(settings: WarehouseSettings) -> None:
    """A warehouse of schema version 9, which made figures of time spent in sessions alone."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(SCHEMA_VERSION_9)


def marts(warehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table of `main`."""
    with reader.connect(warehouse) as connection:
        return {table.name: connection.sql(f"FROM {table.name} ORDER BY ALL").fetchall() for table in MARTS}


@pytest.mark.usefixtures("version_9")
def test_a_warehouse_of_version_9_gets_the_tables_of_every_action_from_its_stored_texts(
    inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
    raw = [query(sql) for sql in RAW]
    attendances = query("FROM time_spent ORDER BY ALL")
    load_inbox(inbox, settings)
    assert query("SELECT schema_version FROM raw.schema_version") == [(SCHEMA_VERSION,)]
    assert [query(sql) for sql in RAW] == raw
    assert query("FROM time_spent ORDER BY ALL") == attendances
    assert query(
        "SELECT action, registration_id, subject_id FROM actions WHERE delivery_id > 8 ORDER BY delivery_id"
    ) == [
        ("TIME_SPENT_IN_BOOTH", "ann", None),
        ("LEAD_ADDED", None, "lead"),
        ("EVENT_UPDATED", None, None),
        ("FROM_2027", "bob-actor", None),
    ]
    assert query("FROM event_funnel") == [("conf", "Conference 2025", 1, 3, 2, 0, 2, 1, 1, 2 / 3)]
    assert query("SELECT registration_id, ticket_name, utm_campaign, is_attended, is_no_show FROM registrations") == [
        ("ann", "Early bird", "autumn", True, False),
        ("bob", None, None, True, False),
        ("bob-actor", None, None, False, False),
        ("cat", None, None, False, True),
    ]
    assert query("FROM registration_fields") == [("conf", "ann", "diet", "vegan")]
    assert query("FROM session_interactions") == [("conf", "talk", 1, 1, 0, 0, 0, 1, 1, 0.5)]
    assert query("FROM attendee_interactions") == [("conf", "ann", 1, 1, 0, 0, 0, 1, 2)]
    assert query("FROM place_engagement") == [("conf", "BOOTH", "stand", "Stand", 1, 1, 7, 7)]
    assert query("SELECT event_id, lead_id, email, rating, added_by_name FROM leads") == [
        ("conf", "lead", "noor@example.org", 5, "Sam")
    ]
    assert query("FROM sponsor_engagement") == [("conf", "acme", None, 1, 2, 67.5, 67.5, 33.75)]
    assert query("FROM company_engagement") == [("conf", "Sample Foods", 2, 1, 67.5, 33.75, "data")]
    assert query("SELECT event_name, time_zone, event_status FROM events") == [
        ("Conference 2025", "Europe/Paris", "PUBLISHED")
    ]
    assert query("SELECT session_format, local_starts_at::VARCHAR, local_ends_at::VARCHAR FROM sessions") == [
        ("VIRTUAL", "2025-09-18 11:00:00", "2025-09-18 12:00:00")
    ]
    assert query("SELECT person_id, first_name, event_count, total_minutes FROM people ORDER BY ALL") == [
        ("ann-actor", "Ann", 1, 55),
        ("bob-actor", "Bob", 1, 12.5),
        ("cat-actor", "Cat", 1, 0),
    ]


@pytest.mark.usefixtures("version_9")
def test_a_warehouse_of_version_9_becomes_what_a_load_and_a_rebuild_make_of_its_deliveries(
    inbox: Inbox, settings: WarehouseSettings, tmp_path: Path, query: Query
) -> None:
    stored = query("SELECT epoch_us(received_at), body FROM raw.deliveries ORDER BY delivery_id")
    load_inbox(inbox, settings)
    upgraded = marts(settings.warehouse_path)
    assert [name for name, rows in upgraded.items() if not rows] == []
    fresh = WarehouseSettings(data_dir=tmp_path / "fresh")
    fresh.data_dir.mkdir()
    with closing(Inbox(fresh.inbox_path, create=True)) as same:
        same.append([(received_at, body.encode()) for received_at, body in stored])
        load_inbox(same, fresh)
    assert marts(fresh.warehouse_path) == upgraded
    rebuild(settings)
    assert marts(settings.warehouse_path) == upgraded
