"""Warehouses of earlier releases: each opens, is upgraded by the next load, and loses nothing."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.foreign_client import connect_to_write
from tests.kinds import Action, Load, Query
from warehouse.commands.load import load as load_inbox
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema import MARTS
from warehouse.settings import WarehouseSettings

# What earlier releases made of the same deliveries. The first one had schema version 1.
FIRST_RELEASE = (Path(__file__).parent / "first_release.sql").read_text("utf-8")
SCHEMA_VERSION_7 = (Path(__file__).parent / "schema_version_7.sql").read_text("utf-8")

RAW = ("FROM raw.deliveries ORDER BY ALL", "FROM raw.quarantine ORDER BY ALL")
LOADS = "SELECT load_id, loaded_at, delivery_count, duplicate_count, quarantine_count FROM raw.loads ORDER BY load_id"


def test_a_warehouse_of_the_first_release_is_upgraded(
    inbox: Inbox, settings: WarehouseSettings, query: Query, tmp_path: Path
) -> None:
    """Its deliveries, their ids, its load log and its watermark stay; what was loaded is not loaded again."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(FIRST_RELEASE)
    assert query("SELECT delivery_id, action_id, reason FROM raw.quarantine") != []
    before = query(LOADS)
    deliveries = query("FROM raw.deliveries ORDER BY ALL")
    facts = query("FROM time_spent ORDER BY ALL")
    quarantine = query("FROM raw.quarantine ORDER BY ALL")
    load_inbox(inbox, settings)
    assert query("SELECT schema_version FROM raw.schema_version") == [(9,)]
    assert query(LOADS)[:-1] == before
    assert query("FROM raw.deliveries ORDER BY ALL") == deliveries
    assert query("FROM raw.quarantine ORDER BY ALL") == quarantine
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
    assert query("SELECT schema_version FROM raw.schema_version") == [(9,)]
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
def test_a_warehouse_of_the_release_before_keeps_its_figures_and_its_rows(
    inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
    marts = [f"FROM {table.name} ORDER BY ALL" for table in MARTS]
    before = [query(sql) for sql in (*marts, *RAW)]
    loads = query(LOADS)
    assert [len(rows) for rows in before] == [6, 3, 5, 5, 3, 5, 2, 3, 3, 5, 5, 5, 7, 8, 4]
    load_inbox(inbox, settings)
    assert [query(sql) for sql in (*marts, *RAW)] == before
    assert query(LOADS)[:-1] == loads
    assert query("SELECT schema_version FROM raw.schema_version") == [(9,)]


@pytest.mark.usefixtures("version_7")
def test_a_warehouse_of_the_release_before_gets_surrogate_keys(
    inbox: Inbox, settings: WarehouseSettings, query: Query
) -> None:
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
def test_a_warehouse_of_the_release_before_knows_its_repeats(load: Load, action: Action, query: Query) -> None:
    bodies = [body.encode() for (body,) in query("SELECT body FROM raw.deliveries ORDER BY delivery_id")]
    loaded = load(*bodies, action("cat"))
    assert (loaded.delivery_count, loaded.duplicate_count) == (9, 8)
    assert query("SELECT delivery_id FROM raw.deliveries WHERE action_id = 'action-1'") == [(22,)]
