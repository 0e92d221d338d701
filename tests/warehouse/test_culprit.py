"""Finding the rows that make work fail, and the result of all others."""

import polars as pl
import pytest

from warehouse.culprit import Unloadable, take_apart


def taken_apart(values: list[int], culprits: set[int], most: int = 100) -> list[tuple[list[int], object]]:
    """Parts and what became of them: their sum, or the message. Work fails at a culprit, and with more than `most`."""

    def work(rows: pl.DataFrame) -> int:
        if found := culprits & set(rows["value"]):
            raise Unloadable(f"cannot add {min(found)}")
        if len(rows) > most:
            raise Unloadable("too many")
        return int(rows["value"].sum())

    parts = take_apart(pl.DataFrame({"value": values}), work)
    return [(rows["value"].to_list(), str(part) if isinstance(part, Unloadable) else part) for rows, part in parts]


def test_a_culprit_is_a_part_of_its_own_and_all_others_have_a_result() -> None:
    assert taken_apart([1, 2, 3, 4, 5], {3}) == [([1, 2], 3), ([3], "cannot add 3"), ([4, 5], 9)]


def test_each_of_several_culprits_is_found() -> None:
    parts = taken_apart(list(range(64)), {0, 31, 32, 63})
    assert [values for values, result in parts if isinstance(result, str)] == [[0], [31], [32], [63]]
    assert sum(result for _, result in parts if isinstance(result, int)) == sum(range(64)) - 0 - 31 - 32 - 63


def test_a_single_row_that_failed_is_the_culprit() -> None:
    assert taken_apart([7], {7}) == [([7], "cannot add 7")]


def test_rows_that_only_fail_together_have_no_culprit() -> None:
    assert taken_apart([1, 2, 3, 4], set(), most=2) == [([1, 2], 3), ([3, 4], 7)]


def test_another_error_ends_the_search() -> None:
    def work(_: pl.DataFrame) -> int:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        list(take_apart(pl.DataFrame({"value": [1, 2]}), work))
