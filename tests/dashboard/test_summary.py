"""The findings of the overview, from literal tables."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from dashboard.queries.event import Event
from dashboard.queries.whole import Whole
from dashboard.sections.summary import Finding, findings

NO_BREAK = "\N{NO-BREAK SPACE}"
EVENT = Event("e1", "Summit", None, None, None, 2, 1, 200, 300, "e0", "Meetup")
ONE_SESSION = [("Keynote", 100, 0.5, 0.0)]


def figures(**changes: Any) -> Whole:  # noqa: ANN401 -- fields of `Whole`
    """Two hundred attendees, who spent 900 minutes in sessions; nothing else is known, but for the changes."""
    nothing: dict[str, Any] = {
        "totals": {"attendee_count": 200, "total_minutes": 900.0, "mean_completion": 0.5},
        "before": None,
        "medians": None,
        "own_event_count": 1,
        "sessions": sessions(),
        "speakers": parts(),
        "tags": parts(),
        "by_hour": by_hour(),
    }
    return Whole(**nothing | changes)


def sessions(*rows: tuple[str, int, float | None, float]) -> pl.DataFrame:
    columns = {
        "session": pl.String,
        "attendee_count": pl.Int64,
        "mean_completion": pl.Float64,
        "early_exit_rate": pl.Float64,
    }
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(session_id=pl.format("id of {}", "session"))


def parts(*rows: tuple[str, str, float, int]) -> pl.DataFrame:
    columns = {"part": pl.String, "name": pl.String, "minutes": pl.Float64, "session_count": pl.Int64}
    return pl.DataFrame(rows, schema=columns, orient="row")


def by_hour(*rows: tuple[date, int, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"day": pl.Date, "hour": pl.Int8, "hours": pl.Float64}, orient="row")


def found(**changes: Any) -> list[Finding]:  # noqa: ANN401 -- fields of `Whole`
    """What is found in these figures, with ordinary spaces."""
    return [f._replace(text=f.text.replace(NO_BREAK, " ")) for f in findings(figures(**changes), EVENT)]


def test_nothing_is_found_where_nothing_is_known() -> None:
    assert found() == []


def test_nothing_is_found_in_attendances_without_minutes() -> None:
    """There is nothing to take a share of."""
    nothing = {"attendee_count": 1, "total_minutes": 0.0, "mean_completion": None}

    assert found(totals=nothing, sessions=sessions(("A", 1, None, 0.0), ("B", 1, None, 0.0))) == []


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            {"sessions": sessions(("Keynote", 150, None, 0.0), ("Panel", 100, None, 0.0))},
            Finding("“Keynote” drew most people: 150, 75 % of all attendees.", "sessions", "id of Keynote"),
        ),
        (
            {"before": {"mean_completion": 0.478}},
            Finding("Completion is 50 %, +2.2 points since Meetup.", "compare"),
        ),
        (
            {"by_hour": by_hour((date(2025, 10, 1), 9, 2.0), (date(2025, 10, 2), 10, 12.4))},
            Finding("The busiest hour was Thursday 2 October, 10:00 to 11:00: 12 h watched.", "agenda", "2025-10-02"),
        ),
        (
            {"tags": parts(("AI", "AI", 225.0, 1), ("Data", "Data", 30.0, 1))},
            Finding("The tag with most time is AI: 3.8 h in 1 session, 25 % of all.", "tags", "AI"),
        ),
        (
            {"speakers": parts(("p1", "Grace Hopper", 600.0, 3), ("p2", "p2", 120.0, 1))},
            Finding("The speaker with most time is Grace Hopper: 10 h in 3 sessions, 67 % of all.", "speakers", "p1"),
        ),
    ],
    ids=["attendees", "change", "hour", "tag", "speaker"],
)
def test_a_finding_names_the_page_that_shows_it(changes: dict[str, Any], finding: Finding) -> None:
    assert found(**changes) == [finding]


@pytest.mark.parametrize(
    "changes",
    [
        {"sessions": sessions(*ONE_SESSION)},
        {"before": {"mean_completion": 0.497}},
        {"speakers": parts(("p1", "Grace Hopper", 225.0, 3), ("(no speaker)", "(no speaker)", 400.0, 1))},
        {"tags": parts(("AI", "AI", 60.0, 1), ("(untagged)", "(untagged)", 30.0, 1))},
        {"by_hour": by_hour((date(2025, 10, 1), 9, 2.0))},
    ],
    ids=["session", "small change", "speaker", "tag", "hour"],
)
def test_one_alone_is_not_called_the_first(changes: dict[str, Any]) -> None:
    """Sessions without a speaker or a tag are no second one, and half a point is no change."""
    assert found(**changes) == []


def test_sessions_are_compared_from_thirty_attendees() -> None:
    """A session with 29 is not compared, and one without a scheduled length neither."""
    held = sessions(
        ("Keynote", 100, 0.5, 0.3), ("Panel", 30, 0.9, 0.0), ("Small", 29, 1.0, 0.5), ("Open", 60, None, 0.0)
    )

    assert found(sessions=held)[1:] == [
        Finding(
            "“Panel” held its audience best of the 2 sessions with at least 30 attendees: 90 % of the time.",
            "sessions",
            "id of Panel",
        )
    ]


def test_a_session_is_named_once() -> None:
    """Keynote drew most people, held them least and lost most of them early: the first of these is said."""
    held = sessions(("Keynote", 100, 0.5, 0.3), ("Panel", 30, 0.9, 0.0))

    assert [finding.show for finding in found(sessions=held)] == ["id of Keynote", "id of Panel"]


def test_many_who_left_early_are_a_finding() -> None:
    held = sessions(("Keynote", 100, 0.8, 0.0), ("Panel", 40, 0.7, 0.26), ("Talk", 40, 0.6, 0.1), ("B", 40, 0.9, 0.0))

    assert "26 % left “Panel” early, more than any other session." in [f.text for f in found(sessions=held)]


def test_at_most_five_findings_are_told() -> None:
    held = sessions(("Keynote", 100, 0.8, 0.0), ("Panel", 40, 0.7, 0.26), ("Talk", 40, 0.6, 0.1), ("B", 40, 0.9, 0.0))
    hours = by_hour((date(2025, 10, 1), 9, 2.0), (date(2025, 10, 2), 10, 12.4))
    tags = parts(("AI", "AI", 225.0, 1), ("Data", "Data", 30.0, 1))

    assert len(found(sessions=held, by_hour=hours, tags=tags, before={"mean_completion": 0.1})) == 5
