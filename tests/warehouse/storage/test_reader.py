"""Readers of the published warehouse."""

from pathlib import Path, PosixPath

import duckdb
import pytest

from warehouse.storage import reader


class PublishedWhenLookedFor(PosixPath):
    """A warehouse whose first generation appears at the very moment that a reader looks whether there is one."""

    def exists(self) -> bool:
        if not super().exists():
            with duckdb.connect(str(self)) as connection:
                connection.execute("CREATE TABLE numbers AS SELECT 42 AS number")
        return True


def test_before_the_first_publication_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(reader.WarehouseMissing), reader.connect(tmp_path / "warehouse.duckdb"):
        pass


def test_a_first_generation_that_appears_meanwhile_is_no_failure(tmp_path: Path) -> None:
    with reader.connect(PublishedWhenLookedFor(tmp_path / "warehouse.duckdb")) as connection:
        assert connection.sql("SELECT number FROM numbers").fetchall() == [(42,)]
