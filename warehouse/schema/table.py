"""What a table is declared with: its name, its comment and its columns."""

from typing import NamedTuple

TEXT, COUNT, MINUTES, RATE, YES_NO = "VARCHAR", "BIGINT", "DOUBLE", "DOUBLE", "BOOLEAN"
TIME, LOCAL_TIME = "TIMESTAMPTZ", "TIMESTAMP"

# DuckDB chooses a compression from a sample. In one of four row groups it takes random ids for incompressible.
RANDOM = "fsst"
# A fixed compression saves the time in which DuckDB tries the others.
REPEATED = "dictionary"


class Column(NamedTuple):
    """A column: its name, its DuckDB type, its meaning, and its compression where DuckDB is not to choose one."""

    name: str
    type: str
    meaning: str
    compression: str | None = None

    @property
    def declaration(self) -> str:
        """The column in a CREATE TABLE statement."""
        return f"{self.name} {self.type}" + (f" USING COMPRESSION {self.compression}" if self.compression else "")


class Table(NamedTuple):
    """A table: its name with the schema, what one row is, and its columns in order; a view has its query."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    view: str | None = None


def quoted(text: str) -> str:
    """An SQL literal of our own text, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"
