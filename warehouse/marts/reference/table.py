"""What a table is compared by."""

from typing import NamedTuple


class Reference(NamedTuple):
    """A table: the columns that identify a row, and the query that derives it."""

    keys: list[str]
    query: str
