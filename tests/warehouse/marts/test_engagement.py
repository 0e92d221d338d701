"""Engagement per event, session, attendee, speaker and tag: literal facts in, literal rows out."""

import polars as pl
import pytest

from warehouse.marts import engagement

EVENT = "conf"


def attended(*rows: tuple[str, str, float, float | None]) -> pl.DataFrame:
    """Attendances: session, attendee, minutes, completion. Any type can be a key."""
    return pl.DataFrame(
        rows,
        schema={
            "session_key": pl.String,
            "attendee_key": pl.String,
            "minutes_spent": pl.Float64,
            "completion": pl.Float64,
        },
        orient="row",
    )


def tags(*rows: tuple[str, str]) -> pl.DataFrame:
    """Tags of sessions."""
    return pl.DataFrame(rows, schema={"session_key": pl.String, "tag": pl.String}, orient="row")


def totals(*rows: tuple[str, str, float, int, int]) -> pl.DataFrame:
    """Speakers and their sessions: speaker, session, minutes, attendances, and how many speakers the session has."""
    columns = ["speaker_id", "session_key", "total_minutes", "attendee_count", "part_count"]
    return pl.DataFrame([(EVENT, *row) for row in rows], schema=["event_id", *columns], orient="row")


def attendees(*ids: str) -> pl.DataFrame:
    """Attendees without any profile."""
    profile = ["actor_id", "first_name", "last_name", "email", "company", "designation", "headline", "industry"]
    rows = [(i, EVENT, i, *[None] * len(profile), None) for i in ids]
    columns = ["attendee_key", "event_id", "registration_id", *profile, "country"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def sessions(**scheduled_minutes: float | None) -> pl.DataFrame:
    """Sessions with their scheduled minutes only."""
    return pl.DataFrame(
        {
            "event_id": [EVENT] * len(scheduled_minutes),
            "session_id": list(scheduled_minutes),
            "session_key": list(scheduled_minutes),
            "scheduled_minutes": pl.Series(list(scheduled_minutes.values()), dtype=pl.Float64),
            "session_title": [None] * len(scheduled_minutes),
            "starts_at": [None] * len(scheduled_minutes),
            "ends_at": [None] * len(scheduled_minutes),
            **{f"location_{name}": [None] * len(scheduled_minutes) for name in ("id", "name", "type")},
        }
    )


def test_completion_is_capped_at_one_and_null_without_a_schedule() -> None:
    spent = attended(("a", "ann", 30, None), ("a", "bob", 90, None), ("b", "ann", 5, None)).drop("completion")
    result = engagement.attendances_with_completion(spent, sessions(a=60, b=None))
    assert result["completion"].to_list() == [0.5, 1.0, None]


def test_event_engagement_counts_distinct_attendees_and_averages_over_them() -> None:
    events = pl.DataFrame({"event_id": [EVENT], "organization_id": ["org"], "event_name": ["Conf"]})
    of_sessions = pl.DataFrame(
        {"event_id": EVENT, "session_id": ["a", "b"], "total_minutes": [50.0, 10.0], "attendee_count": [2, 1]}
    )
    result = engagement.event_engagement(of_sessions, pl.DataFrame({"event_id": EVENT, "attendee_count": [2]}), events)
    assert result.to_dicts() == [
        {
            "event_id": EVENT,
            "organization_id": "org",
            "event_name": "Conf",
            "total_minutes": 60.0,
            "session_count": 2,
            "attendee_count": 2,
            "mean_minutes_per_attendee": 30.0,
            "mean_sessions_per_attendee": 1.5,
        }
    ]


def test_session_quantiles_interpolate_linearly_between_order_statistics() -> None:
    rows = [("a", f"p{i}", minutes, None) for i, minutes in enumerate([10, 20, 30, 40])]
    [row] = engagement.session_engagement(attended(*rows), sessions(a=None)).to_dicts()
    assert (row["median_minutes"], row["p90_minutes"], row["mean_minutes"]) == (25.0, 37.0, 25.0)


def test_session_rates_are_shares_of_the_attendances_that_have_a_completion() -> None:
    spent = attended(("a", "p1", 54, 0.9), ("a", "p2", 15, 0.25), ("a", "p3", 14, 0.2), ("a", "p4", 60, 1.0))
    [row] = engagement.session_engagement(spent, sessions(a=60)).to_dicts()
    assert (row["full_stay_rate"], row["early_exit_rate"], row["mean_completion"]) == (0.5, 0.25, pytest.approx(0.5875))


def test_session_rates_are_null_when_nothing_is_scheduled() -> None:
    [row] = engagement.session_engagement(attended(("a", "p1", 54, None)), sessions(a=None)).to_dicts()
    assert (row["full_stay_rate"], row["early_exit_rate"], row["mean_completion"]) == (None, None, None)


def test_full_credit_gives_each_speaker_all_minutes_and_split_credit_a_share() -> None:
    """Sue and Tom share session a; Ann was there and in b, which is Sue's alone; Bob was in c, which is nobody's."""
    credit = totals(
        ("sue", "a", 30, 1, 2), ("tom", "a", 30, 1, 2), ("sue", "b", 10, 1, 1), ("(no speaker)", "c", 7, 1, 1)
    )
    counts = credit.select("event_id", "speaker_id").unique().with_columns(attendee_count=pl.lit(1))
    result = engagement.credited(credit, counts, "speaker_id").select(
        *("speaker_id", "total_minutes", "session_count", "attendee_count", "split_minutes", "mean_minutes")
    )
    assert result.rows() == [
        ("(no speaker)", 7.0, 1, 1, 7.0, 7.0),
        ("sue", 40.0, 2, 1, 25.0, 20.0),
        ("tom", 30.0, 1, 1, 15.0, 30.0),
    ]


@pytest.mark.parametrize(
    ("session_tags", "top_tag"),
    [
        ([("a", "data"), ("b", "ops")], "data"),
        ([("a", "zebra"), ("a", "apple"), ("b", "ops")], "apple"),
        ([("b", "ops")], "ops"),
        ([], None),
    ],
    ids=["most minutes", "a tie goes to the first alphabetically", "untagged never wins", "only untagged"],
)
@pytest.mark.parametrize("max_tagged", [1, 1_000])
def test_top_tag(session_tags: list[tuple[str, str]], top_tag: str | None, max_tagged: int) -> None:
    spent = attended(("a", "ann", 30, None), ("b", "ann", 10, None))
    spent = pl.concat([spent, attended(("c", "bob", 90, None))])
    result = engagement.attendee_engagement(spent, attendees("ann", "bob"), tags(*session_tags), max_tagged)
    assert result["top_tag"].to_list() == [top_tag, None]


def test_the_same_minutes_have_the_same_sum_in_any_order() -> None:
    """Else a rebuild, or a late delivery, would change the last digit, and with it equal ranks."""
    minutes = [0.1, 0.7, 1 / 3, 1e5, 7.3, 2e-9]
    sums = set()
    for turn in range(len(minutes)):
        rows = [("a", f"p{i}", m, None) for i, m in enumerate(minutes[turn:] + minutes[:turn])]
        sums |= set(engagement.session_engagement(attended(*rows), sessions(a=None))["total_minutes"])
        of_one = [(session, "ann", m, None) for _, session, m, _ in rows]
        measured = engagement.attendee_engagement(attended(*of_one), attendees("ann"), tags(), 1_000)
        sums |= set(measured["total_minutes"])
    assert len(sums) == 1


def test_score_weighs_minutes_and_sessions_by_their_rank_among_the_events_attendees() -> None:
    result = engagement.ranked(
        pl.DataFrame({"event_key": 1, "total_minutes": [60.0, 40.0, 5.0], "session_count": [1, 2, 1]})
    )
    # ann: minutes 3/3, sessions 2/3; bob: minutes 2/3, sessions 3/3; cat: minutes 1/3, sessions 2/3.
    assert result["engagement_score"].to_list() == [86.7, 80.0, 46.7]


def test_equal_minutes_share_a_rank_and_leave_a_gap() -> None:
    result = engagement.ranked(
        pl.DataFrame({"event_key": 1, "total_minutes": [60.0, 20.0, 20.0, 5.0], "session_count": [1, 1, 1, 1]})
    )
    assert result["engagement_rank"].to_list() == [1, 2, 2, 4]


def test_slices_are_about_as_large_as_wanted_and_have_a_row_at_least() -> None:
    rows = pl.DataFrame({"weight": [1, 1, 5, 1, 9, 1]})
    slices = engagement.in_slices(rows, pl.col("weight"), 3)
    assert [part["weight"].to_list() for part in slices] == [[1, 1, 5], [1, 9], [1]]
