"""Deduplicating: of each action id, and of each body with it, the first delivery counts."""

import polars as pl
import pytest

from warehouse.staging.deduplicate import judge

Row = tuple[int, str, str]


def frame(rows: list[Row]) -> pl.DataFrame:
    """Deliveries with an action id and a body. Ids with the same first letter share an action key."""
    names = ("delivery_id", "action_id", "body")
    frame = pl.DataFrame(rows, schema=dict(zip(names, (pl.Int64, pl.String, pl.String), strict=True)), orient="row")
    return frame.with_columns(action_key=pl.col("action_id").str.slice(0, 1))


def verdicts(new: list[Row], earlier: list[Row] | None = None) -> list[str | None]:
    """The reason of each new delivery; null where it counts."""
    parsed = frame(new).select("delivery_id", "action_id", "action_key").with_columns(reason=None, detail=None)
    parsed = parsed.cast({"reason": pl.String, "detail": pl.String})
    judged = judge(parsed, frame(new).select("delivery_id", "body"), frame(earlier or []))
    assert judged["delivery_id"].to_list() == [row[0] for row in new]
    return judged["reason"].to_list()


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ([(1, "a", "x")], [None]),
        ([(1, "a", "x"), (2, "b", "x")], [None, None]),
        ([(1, "a", "x"), (2, "a", "x")], [None, "duplicate"]),
        ([(1, "a", "x"), (2, "a", "y")], [None, "action_id_reused"]),
        ([(1, "a", "x"), (2, "a", "y"), (3, "a", "y")], [None, "action_id_reused", "duplicate"]),
        ([(1, "a", "x"), (2, "a", "y"), (3, "a", "x")], [None, "action_id_reused", "duplicate"]),
        ([(1, "a1", "x"), (2, "a2", "x")], [None, None]),
        ([(1, "a1", "x"), (2, "a2", "x"), (3, "a1", "x")], [None, None, "duplicate"]),
    ],
    ids=["one", "two", "repeat", "reused", "reused twice", "repeat after reuse", "shared key", "shared key, repeat"],
)
def test_within_a_batch_the_first_counts(new: list[Row], expected: list[str | None]) -> None:
    assert verdicts(new) == expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ((9, "a", "x"), "duplicate"),
        ((9, "a", "y"), "action_id_reused"),
        ((9, "a2", "x"), None),
        ((9, "b", "x"), None),
    ],
    ids=["repeat", "reused", "shared key", "another"],
)
def test_what_is_stored_came_first(new: Row, expected: str | None) -> None:
    assert verdicts([new], earlier=[(1, "a", "x")]) == [expected]


def test_a_repeat_of_what_was_quarantined_for_reuse_is_a_duplicate() -> None:
    assert verdicts([(9, "a", "y")], earlier=[(1, "a", "x"), (2, "a", "y")]) == ["duplicate"]


@pytest.mark.parametrize("body", ['{"x": 2}', '{"x": 2.0}', '{"\\u0078":20e-1}'])
def test_another_rendering_of_what_was_quarantined_for_reuse_is_a_duplicate(body: str) -> None:
    earlier = [(1, "a", '{"x": 1}'), (2, "a", '{"x":2}')]
    assert verdicts([(8, "a", '{"x": 3}'), (9, "a", body)], earlier) == ["action_id_reused", "duplicate"]


def test_other_reasons_stay() -> None:
    parsed = frame([(1, "a", "x")]).select("delivery_id", "action_id", "action_key")
    parsed = parsed.with_columns(reason=pl.lit("missing_field"), detail=pl.lit("session.id"))
    [row] = judge(parsed, frame([(1, "a", "x")]), frame([])).select("reason", "detail").rows()
    assert row == ("missing_field", "session.id")
