"""Finding the rows that make work fail: rows that failed together are halved, until each part works or is one row."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import polars as pl

Result = TypeVar("Result")


class Unloadable(Exception):
    """Work failed because of the rows that it was given; the message says how."""


def take_apart(
    rows: pl.DataFrame, work: Callable[[pl.DataFrame], Result]
) -> Iterator[tuple[pl.DataFrame, Result | Unloadable]]:
    """Parts of rows that failed together, in order, each with what `work` made of it. A culprit is a part of its own.

    Args:
        rows: at least one, for which `work` raised `Unloadable`.
        work: what is tried again with each part. Another error than `Unloadable` ends the search.
    """
    middle = (len(rows) + 1) // 2
    for half in filter(len, (rows[:middle], rows[middle:])):
        try:
            result: Result | Unloadable = work(half)
        except Unloadable as error:
            if len(half) > 1:
                yield from take_apart(half, work)
                continue
            result = error
        yield half, result
