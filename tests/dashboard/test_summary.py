"""The sentences of the overview, from literal tables."""

from typing import Any

import polars as pl
import pytest

from dashboard.queries.whole import Whole
from dashboard.sections.summary import sentences

TOTAL = "20 attendees spent 15 hours in 2 sessions: 45 minutes per attendee on average."


def figures(**changes: Any) -> Whole:  # noqa: ANN401 -- fields of `Whole`
    """Twenty attendees of two sessions, who spent 900 minutes; nothing else is known, but for the changes."""
    of_sessions = ["session", "total_minutes", "attendee_count", "mean_completion"]
    nothing: dict[str, Any] = {
        "totals": {
            "attendee_count": 20,
            "session_count": 2,
            "total_minutes": 900.0,
            "mean_minutes_per_attendee": 45.0,
        },
        "events": pl.DataFrame(),
        "sessions": pl.DataFrame(schema=dict.fromkeys(of_sessions, pl.Float64)),
        "speakers": parts(),
        "tags": parts(),
        "over_day": pl.DataFrame(schema={"hour": pl.Int8, "location": pl.String, "hours": pl.Float64}),
    }
    return Whole(**nothing | changes)


def sessions(*rows: tuple[str, float, int, float | None]) -> pl.DataFrame:
    columns = {"session": pl.String, "total_minutes": pl.Float64, "attendee_count": pl.Int64}
    return pl.DataFrame(rows, schema=columns | {"mean_completion": pl.Float64}, orient="row")


def parts(*rows: tuple[str, str, float, int]) -> pl.DataFrame:
    columns = {"part": pl.String, "name": pl.String, "minutes": pl.Float64, "session_count": pl.Int64}
    return pl.DataFrame(rows, schema=columns, orient="row")


def over_day(*rows: tuple[int, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"hour": pl.Int8, "location": pl.String, "hours": pl.Float64}, orient="row")


def test_the_total_is_always_said() -> None:
    assert sentences(figures()) == [TOTAL]


def test_nobody_makes_one_sentence() -> None:
    assert sentences(figures(totals={"attendee_count": 0})) == ["No attendance matches these filters."]


def test_attendees_without_minutes_make_one_sentence() -> None:
    """There is nothing to take a share of."""
    totals = {"attendee_count": 1, "session_count": 1, "total_minutes": 0.0, "mean_minutes_per_attendee": 0.0}
    two = sessions(("Keynote", 0.0, 1, 0.0), ("Panel", 0.0, 1, 0.0))

    assert sentences(figures(totals=totals, sessions=two)) == [
        "1 attendee spent 0 hours in 1 session: 0 minutes per attendee on average."
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"sessions": sessions(("Keynote", 600.0, 9, 0.5), ("Panel", 300.0, 9, 0.9))},
            "The session with most minutes is “Keynote”: 66.7% of all minutes.",
        ),
        (
            {"speakers": parts(("p1", "Grace Hopper", 225.0, 3), ("p2", "p2", 120.0, 1))},
            "The speaker with most minutes is Grace Hopper: 3.8 hours in 3 sessions.",
        ),
        (
            {"tags": parts(("AI", "AI", 60.0, 1), ("Data", "Data", 30.0, 1))},
            "The tag with most minutes is AI: 1 hour in 1 session.",
        ),
        (
            {"over_day": over_day((9, "A", 2.0), (10, "A", 1.5), (10, "B", 1.0))},
            "Most time was spent in sessions that start between 10:00 and 10:59 UTC.",
        ),
    ],
    ids=["session", "speaker", "tag", "hour"],
)
def test_the_first_of_several_is_named(changes: dict[str, pl.DataFrame], sentence: str) -> None:
    assert sentences(figures(**changes)) == [TOTAL, sentence]


@pytest.mark.parametrize(
    "changes",
    [
        {"sessions": sessions(("Keynote", 900.0, 20, 0.5))},
        {"speakers": parts(("p1", "Grace Hopper", 225.0, 3), ("(no speaker)", "(no speaker)", 400.0, 1))},
        {"tags": parts(("AI", "AI", 60.0, 1), ("(untagged)", "(untagged)", 30.0, 1))},
        {"over_day": over_day((9, "A", 2.0), (9, "B", 1.0))},
    ],
    ids=["session", "speaker", "tag", "hour"],
)
def test_one_alone_is_not_called_the_first(changes: dict[str, pl.DataFrame]) -> None:
    """Sessions without a speaker or a tag are no second one."""
    assert sentences(figures(**changes)) == [TOTAL]


def test_a_tag_in_brackets_is_a_tag() -> None:
    """Only the word for sessions without a tag stands for none."""
    tags = parts(("(untagged)", "(untagged)", 900.0, 9), ("(AI)", "(AI)", 120.0, 2), ("Data", "Data", 60.0, 1))

    assert "The tag with most minutes is (AI): 2 hours in 2 sessions." in sentences(figures(tags=tags))


def test_completion_is_compared_between_sessions_with_ten_attendees() -> None:
    """A session with nine, and one without a scheduled length, are not compared."""
    held = sessions(
        ("Keynote", 500.0, 10, 0.5), ("Panel", 200.0, 12, 0.9), ("Small", 100.0, 9, 1.0), ("Open", 100.0, 20, None)
    )

    assert sentences(figures(sessions=held))[2] == (
        "Of the 2 sessions with at least 10 attendees, “Panel” has the highest completion (90.0%) and “Keynote” the "
        "lowest (50.0%)."
    )
