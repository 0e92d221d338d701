"""A lake for tests: its catalog in a real PostgreSQL, its data in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.postgres import drop_database, empty_database
from warehouse.settings import LakeSettings


def empty_lake(folder: Path) -> LakeSettings:
    """A lake without tables."""
    (data := folder / "lake").mkdir()
    return LakeSettings(empty_database(), f"{data}/")


@contextmanager
def lake_of_its_own() -> Iterator[LakeSettings]:
    """A lake without tables, gone after the block: a server has room for the sessions of a hundred."""
    with TemporaryDirectory(prefix="lake-") as folder:
        lake = empty_lake(Path(folder))
        try:
            yield lake
        finally:
            drop_database(lake.catalog)
