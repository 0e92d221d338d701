"""Maintenance of a lake: few files, no file that nobody needs, and what an erasure leaves."""

import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tests.kinds import Action
from tests.postgres import empty_database
from warehouse.commands.load import load
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, SettingsError, WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.lake.claim import NotOurs
from warehouse.storage.lake.maintenance import LOADS_UNTIL_MERGED, LOADS_UNTIL_SEARCHED, maintain, maintain_if_due


def load_each(inbox: Inbox, lake: LakeSettings, tmp_path: Path, *bodies: bytes) -> WarehouseSettings:
    settings = WarehouseSettings(data_dir=tmp_path, lake=lake)
    for body in bodies:
        inbox.append([(0, body)])
        load(inbox, settings)
    return settings


def files(lake: LakeSettings) -> set[Path]:
    return {path for path in Path(lake.data).rglob("*") if path.is_file()}


def test_maintenance_merges_files_and_changes_no_row(
    inbox: Inbox, lake: LakeSettings, tmp_path: Path, action: Action
) -> None:
    settings = load_each(inbox, lake, tmp_path, *(json.dumps(action(f"r{n}")).encode() for n in range(3)))
    sql = "SELECT registration_id, minutes_spent FROM time_spent ORDER BY 1"
    with storage_of(settings).connect() as connection:
        before = connection.sql(sql).fetchall()
    done = maintain(lake)
    assert done.files_after < done.files_before
    with storage_of(settings).connect() as connection:
        assert connection.sql(sql).fetchall() == before


def test_a_file_that_a_killed_load_left_is_deleted_and_one_that_was_merged_stays_for_its_time(
    inbox: Inbox, lake: LakeSettings, tmp_path: Path, action: Action
) -> None:
    load_each(inbox, lake, tmp_path, *(json.dumps(action(f"r{n}")).encode() for n in range(2)))
    before = files(lake)
    (orphan := next(iter(before)).with_name("ducklake-orphan.parquet")).write_bytes(b"PAR1")
    maintain(lake)
    assert not orphan.exists()
    assert before <= files(lake)
    maintain(lake, snapshots_kept_for=timedelta(0))
    assert before <= files(lake)
    maintain(lake, objects_kept_for=timedelta(0))
    assert not before <= files(lake)


def test_maintenance_is_due_after_many_loads(inbox: Inbox, lake: LakeSettings, tmp_path: Path, action: Action) -> None:
    load_each(inbox, lake, tmp_path, json.dumps(action("ann")).encode())
    assert maintain_if_due(lake, LOADS_UNTIL_MERGED - 1) is None
    assert maintain_if_due(lake, LOADS_UNTIL_MERGED)
    assert maintain_if_due(lake, LOADS_UNTIL_MERGED) is None
    assert maintain_if_due(lake, LOADS_UNTIL_MERGED + 1)


def test_what_a_killed_load_left_is_searched_for_after_more_loads(
    inbox: Inbox, lake: LakeSettings, tmp_path: Path, action: Action
) -> None:
    load_each(inbox, lake, tmp_path, json.dumps(action("ann")).encode())
    (orphan := next(iter(files(lake))).with_name("ducklake-orphan.parquet")).write_bytes(b"PAR1")
    maintain_if_due(lake, LOADS_UNTIL_SEARCHED - 1)
    assert orphan.exists()
    maintain_if_due(lake, LOADS_UNTIL_SEARCHED)
    assert not orphan.exists()


def test_maintenance_leaves_one_file_of_each_table_where_rows_were_replaced(
    inbox: Inbox, lake: LakeSettings, tmp_path: Path, action: Action
) -> None:
    bodies = [json.dumps(action(f"r{n % 5}", minutes=n, action_id=str(n))).encode() for n in range(1, 9)]
    inbox.append([(0, body) for body in bodies[:4]])
    load_each(inbox, lake, tmp_path, *bodies[4:])
    maintain(lake)
    with psycopg.connect(lake.catalog) as postgres:
        counts = postgres.execute("""
            SELECT count(*) FROM ducklake_data_file WHERE end_snapshot IS NULL GROUP BY table_id
        """).fetchall()
    assert {count for (count,) in counts} == {1}


def test_a_lake_neither_writes_nor_deletes_where_another_lake_is(
    inbox: Inbox, lake: LakeSettings, tmp_path: Path, action: Action
) -> None:
    settings = load_each(inbox, lake, tmp_path, json.dumps(action("ann")).encode())
    before = files(lake)
    with pytest.raises(NotOurs, match="belongs to another lake"):
        load(inbox, WarehouseSettings(data_dir=tmp_path, lake=LakeSettings(empty_database(), lake.data)))
    assert files(lake) == before
    with storage_of(settings).connect() as connection:
        assert connection.sql("SELECT count(*) FROM time_spent").fetchall() == [(1,)]


def test_other_data_than_the_catalogs_is_refused(
    inbox: Inbox, lake: LakeSettings, tmp_path: Path, action: Action
) -> None:
    load_each(inbox, lake, tmp_path, json.dumps(action("ann")).encode())
    elsewhere = storage_of(WarehouseSettings(tmp_path, lake=LakeSettings(lake.catalog, "/elsewhere/")))
    with pytest.raises(SettingsError, match="but WAREHOUSE_DATA is /elsewhere/"), elsewhere.connect():
        pass


def test_maintenance_of_a_lake_without_a_load_does_nothing(lake: LakeSettings) -> None:
    assert maintain(lake) == (0, 0, 0)
