"""The dashboard and SQL say the same of the same file, under three filters."""

from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.queries.credited import Kind, attendee_counts
from tests.dashboard.page import metrics, view_of
from tests.dashboard.rows import TWO_EVENTS, Publish

SPENT = "SELECT round(sum(minutes_spent) / 60, 1), count(DISTINCT (event_id, registration_id)) FROM time_spent "


@pytest.mark.parametrize(
    ("link", "sql", "hours", "expected"),
    [
        ({}, "WHERE event_id = 'summit'", "3 h", [(3.0, 3)]),
        (
            {"tag": "Data"},
            "SEMI JOIN (FROM session_tags WHERE tag = 'Data' AND event_id = 'summit') USING (event_id, session_id)",
            "2 h",
            [(2.0, 3)],
        ),
        (
            {"country": "England"},
            "SEMI JOIN (FROM attendees WHERE country = 'England' AND event_id = 'summit') USING (registration_id)",
            "1.3 h",  # 75 minutes are 1.25 hours
            [(1.3, 1)],
        ),
    ],
    ids=["event", "tag", "country"],
)
def test_a_filtered_figure_is_that_of_sql(
    publish: Publish,
    data_dir: Path,
    app: AppTest,
    link: dict[str, str],
    sql: str,
    hours: str,
    expected: list[tuple[float, int]],
) -> None:
    """Hours and attendees of the overview, as the stock client reads them from the published file."""
    publish(TWO_EVENTS)
    app.query_params.update({"event": "summit"} | link)
    shown = metrics(app.run())

    with duckdb.connect(data_dir / "warehouse.duckdb", read_only=True) as connection:
        assert connection.sql(SPENT + sql).fetchall() == expected
    assert shown["Hours watched"] == hours.replace(" ", "\N{NO-BREAK SPACE}")
    assert shown["Attendees"] == f"{expected[0][1]}"


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        (Kind.SPEAKER, {"p1": 4, "p2": 3, "(no speaker)": 1}),
        (Kind.TAG, {"AI": 4, "Data": 3, "(untagged)": 1}),
    ],
    ids=["speaker", "tag"],
)
def test_an_attendee_of_two_sessions_counts_once_and_of_two_events_twice(
    publish: Publish, data_dir: Path, kind: Kind, counts: dict[str, int]
) -> None:
    publish(TWO_EVENTS)
    assert dict(attendee_counts(view_of(data_dir), kind).rows()) == counts
