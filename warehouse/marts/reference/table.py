"""What a table is compared by."""

from typing import NamedTuple


class Reference(NamedTuple):
    """A table: the query that derives it, and the columns that identify a row, which are its grain.

    Columns have the units of the table: minutes, shares from 0 to 1, or counts.
    """

    keys: list[str]
    query: str
