"""Readers of the published warehouse."""

from pathlib import Path, PosixPath

import duckdb
import pytest

from warehouse.storage.errors import Superseded, WarehouseMissing
from warehouse.storage.file import reader


class PublishedWhenLookedFor(PosixPath):
    """A warehouse whose first generation appears at the very moment that a reader looks whether there is one."""

    def exists(self) -> bool:
        if not super().exists():
            publish(self, 42)
        return True


def publish(warehouse: Path, number: int) -> None:
    """Replace the published file by one that holds a number."""
    draft = warehouse.with_name("draft")
    with duckdb.connect(str(draft)) as connection:
        connection.execute("CREATE TABLE published AS SELECT ? AS number", [number])
    draft.replace(warehouse)


def test_before_the_first_publication_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert reader.current_generation(tmp_path / "warehouse.duckdb") is None
    with pytest.raises(WarehouseMissing), reader.connect(tmp_path / "warehouse.duckdb"):
        pass


def test_a_first_generation_that_appears_meanwhile_is_no_failure(tmp_path: Path) -> None:
    with reader.connect(PublishedWhenLookedFor(tmp_path / "warehouse.duckdb")) as connection:
        assert connection.sql("SELECT number FROM published").fetchall() == [(42,)]


def test_a_new_reader_sees_the_new_generation_while_an_old_one_reads(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    publish(warehouse, 1)
    with reader.connect(warehouse) as old:
        publish(warehouse, 2)
        with reader.connect(warehouse) as new:
            assert old.sql("SELECT number FROM published").fetchall() == [(1,)]
            assert new.sql("SELECT number FROM published").fetchall() == [(2,)]


def test_a_reader_spills_into_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not into the working directory; and the folder is gone at the end."""
    monkeypatch.chdir(tmp_path)
    publish(tmp_path / "warehouse.duckdb", 1)
    with reader.connect(tmp_path / "warehouse.duckdb") as connection:
        [(folder,)] = connection.sql("SELECT current_setting('temp_directory')").fetchall()
        connection.execute("SET memory_limit = '30MB'; SET threads = 1")
        connection.execute("CREATE TEMP TABLE large AS SELECT uuid()::VARCHAR || uuid() AS x FROM range(1000000)")
        assert list(Path(folder).iterdir())
        assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"]
    assert not Path(folder).exists()


def test_an_attached_warehouse_is_the_current_database_until_the_end_of_the_block(tmp_path: Path) -> None:
    publish(tmp_path / "warehouse.duckdb", 1)
    with duckdb.connect() as connection:
        with reader.attached(connection, tmp_path / "warehouse.duckdb"):
            assert connection.sql("SELECT number FROM published").fetchall() == [(1,)]
        assert connection.sql("SELECT current_database()").fetchall() == [("memory",)]
        assert connection.sql("SELECT count(*) FROM duckdb_databases() WHERE NOT internal").fetchall() == [(1,)]


def test_an_attached_warehouse_is_detached_after_an_error(tmp_path: Path) -> None:
    publish(tmp_path / "warehouse.duckdb", 1)
    with duckdb.connect() as connection:
        with pytest.raises(duckdb.CatalogException), reader.attached(connection, tmp_path / "warehouse.duckdb"):
            connection.sql("FROM nothing")
        with reader.attached(connection, tmp_path / "warehouse.duckdb"):
            assert connection.sql("SELECT number FROM published").fetchall() == [(1,)]


def test_whoever_asks_for_a_generation_never_reads_another(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    publish(warehouse, 1)
    first = reader.current_generation(warehouse)
    with duckdb.connect() as connection:
        with reader.attached(connection, warehouse, first):
            assert connection.sql("SELECT number FROM published").fetchall() == [(1,)]
        publish(warehouse, 2)
        with pytest.raises(Superseded), reader.attached(connection, warehouse, first):
            pass
