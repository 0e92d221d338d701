"""The note of an erasure under way: the next one completes what a crash has left undone.

It is an empty file in the data directory. A lake has a row in PostgreSQL beside that: another host may be the next.
"""

from typing import LiteralString

from warehouse.fsync import sync
from warehouse.postgres import make_tables, session
from warehouse.settings import WarehouseSettings

NAME = ".erasing"


class Unfinished:
    """The note, of this host and of its lake."""

    def __init__(self, settings: WarehouseSettings) -> None:
        self._path = settings.data_dir / NAME
        self._lake = settings.lake

    def is_there(self) -> bool:
        """Whether an erasure was interrupted."""
        return self._path.exists() or self._rows("SELECT 1 FROM engagement.erasure") != []

    def begin(self) -> None:
        """Note it before anything is erased."""
        self._rows("INSERT INTO engagement.erasure (begun_at) VALUES (now()) ON CONFLICT DO NOTHING RETURNING 1")
        self._path.touch()
        sync(self._path.parent)

    def end(self) -> None:
        """Remove the note after everything is erased."""
        self._rows("DELETE FROM engagement.erasure RETURNING 1")
        self._path.unlink(missing_ok=True)

    def _rows(self, statement: LiteralString) -> list[tuple[object, ...]]:
        if self._lake is None:
            return []
        with session(self._lake.catalog, "erasure") as postgres:
            make_tables(postgres)
            return postgres.execute(statement).fetchall()
