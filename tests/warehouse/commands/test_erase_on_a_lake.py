"""What an erasure on a lake reaches beside its tables, and what it can't."""

import json
from dataclasses import replace

import psycopg
import pytest
from click.testing import CliRunner

from tests.kinds import Action
from tests.loading import load_waiting
from tests.storages import environment
from warehouse.cli import main
from warehouse.commands.erase import erase
from warehouse.commands.forward import forward_once
from warehouse.commands.person import Person
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of

HOLDS_ANN = "SELECT count(*) > 0 FROM ducklake_file_column_stats WHERE 'ann' IN (min_value, max_value)"
SAMPLES = """
SELECT tablename, attname FROM pg_stats
WHERE attname IN ('body', 'min_value', 'max_value') OR concat(most_common_vals, histogram_bounds) ~ 'ann|bob'
"""


def test_a_person_is_erased_who_waits_for_the_first_load(
    inbox: Inbox, at_lake: WarehouseSettings, action: Action
) -> None:
    inbox.append([(0, json.dumps(action("ann")).encode()), (0, json.dumps(action("bob")).encode())])
    assert at_lake.lake
    forward_once(at_lake, at_lake.lake)
    assert erase(at_lake, Person({"ann"})).inbox_count == 2
    load_waiting(inbox, at_lake)
    with storage_of(at_lake).connect() as connection:
        assert connection.sql("SELECT registration_id FROM time_spent").fetchall() == [("bob",)]


def test_a_file_from_before_the_move_stays_and_is_named(
    inbox: Inbox, at_lake: WarehouseSettings, action: Action, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be all that somebody has."""
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load_waiting(inbox, at_lake)
    at_lake.warehouse_path.write_bytes(b"ann")
    run = CliRunner(env=environment(at_lake)).invoke(main, ["erase", "--registration-id", "ann"])
    assert run.exit_code == 0
    sentence = "not searched, because the warehouse is a lake: warehouse.duckdb; delete what you don't need"
    assert sentence in caplog.messages
    assert at_lake.warehouse_path.exists()


def test_postgresql_keeps_no_samples_of_what_people_sent(
    inbox: Inbox, at_lake: WarehouseSettings, action: Action
) -> None:
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load_waiting(inbox, at_lake)
    inbox.append([(0, json.dumps(action("bob")).encode())])
    assert at_lake.lake
    forward_once(at_lake, at_lake.lake)
    with psycopg.connect(at_lake.lake.catalog, autocommit=True) as postgres:
        assert postgres.execute(HOLDS_ANN).fetchall() == [(True,)]
        postgres.execute("ANALYZE")
        assert postgres.execute(SAMPLES).fetchall() == []
        assert postgres.execute("SELECT count(*) > 0 FROM pg_stats WHERE tablename ~ '^ducklake'").fetchall() == [
            (True,)
        ]


def test_the_owner_of_the_database_rewrites_the_planners_samples(
    inbox: Inbox, at_lake: WarehouseSettings, action: Action
) -> None:
    assert at_lake.lake
    with psycopg.connect(at_lake.lake.catalog, autocommit=True) as postgres:
        postgres.execute("CREATE ROLE host_of_a_lake LOGIN")
        try:
            name = psycopg.conninfo.conninfo_to_dict(at_lake.lake.catalog)["dbname"]
            postgres.execute(f"ALTER DATABASE {name} OWNER TO host_of_a_lake")
            before = postgres.execute("SELECT pg_relation_filenode('pg_statistic')").fetchall()
            catalog = psycopg.conninfo.make_conninfo(at_lake.lake.catalog, user="host_of_a_lake")
            as_owner = replace(at_lake, lake=replace(at_lake.lake, catalog=catalog))
            inbox.append([(0, json.dumps(action("ann")).encode())])
            load_waiting(inbox, as_owner)
            assert erase(as_owner, Person({"ann"})).delivery_count == 1
            assert postgres.execute("SELECT pg_relation_filenode('pg_statistic')").fetchall() != before
        finally:
            postgres.execute("DROP OWNED BY host_of_a_lake CASCADE")
            postgres.execute(f"ALTER DATABASE {name} OWNER TO postgres")
            postgres.execute("DROP ROLE host_of_a_lake")
