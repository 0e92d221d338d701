"""A lake for tests: its catalog in a real PostgreSQL, its data in a folder."""

from pathlib import Path

from tests.postgres import empty_database
from warehouse.settings import LakeSettings


def empty_lake(folder: Path) -> LakeSettings:
    """A lake without tables."""
    (data := folder / "lake").mkdir()
    return LakeSettings(empty_database(), f"{data}/")
