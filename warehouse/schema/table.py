"""What a table is declared with: its name, its comment, and the types of its columns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table: its name with the schema, what one row is, and by column the type and the meaning."""

    name: str
    comment: str
    columns: dict[str, tuple[str, str]]


TEXT, COUNT, MINUTES, RATE, TIME = "VARCHAR", "BIGINT", "DOUBLE", "DOUBLE", "TIMESTAMPTZ"

# DuckDB chooses a compression from a sample. In one of four row groups it takes random ids for incompressible.
RANDOM_TEXT = f"{TEXT} USING COMPRESSION fsst"
# A fixed compression saves the time in which DuckDB tries the others.
REPEATED_TEXT = f"{TEXT} USING COMPRESSION dictionary"
