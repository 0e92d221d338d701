"""Companies: attendees under one spelling."""

import pytest

from tests.kinds import Action, Load, Query


def of(company: str | None) -> dict[str, str | None]:
    """The profile of somebody from there."""
    return {"company": company}


def test_spellings_that_differ_in_case_blanks_or_width_are_one_company(
    load: Load, action: Action, query: Query
) -> None:
    load(
        action("ann", "a", 10, profile=of("Acme  Works")),
        action("bob", "a", 20, profile=of("acme works ")),
        action("cat", "b", 30, profile=of("\uff21cme Works")),
        action("dan", "b", 40, profile=of("Acme Works")),
        action("eve", "b", 50, profile=of("Other")),
    )
    columns = "company, attendee_count, session_count, total_minutes, mean_minutes"
    assert query(f"SELECT {columns} FROM company_engagement ORDER BY ALL") == [
        ("Acme Works", 4, 2, 100.0, 25.0),
        ("Other", 1, 1, 50.0, 50.0),
    ]


def test_of_equally_frequent_spellings_the_first_alphabetically_is_shown(
    load: Load, action: Action, query: Query
) -> None:
    load(action("ann", profile=of("acme")), action("bob", profile=of("ACME")))
    assert query("SELECT company FROM company_engagement") == [("ACME",)]


def test_attendees_without_a_company_are_together(load: Load, action: Action, query: Query) -> None:
    load(action("ann", profile=of(" ")), action("bob", profile=of(None)))
    assert query("SELECT company, attendee_count FROM company_engagement") == [("(no company)", 2)]


def test_a_company_has_the_tag_with_most_minutes_of_all_its_attendees(load: Load, action: Action, query: Query) -> None:
    load(
        action("ann", "a", 10, tags=["one"], profile=of("Acme")),
        action("bob", "b", 8, tags=["two"], profile=of("Acme")),
        action("cat", "b", 8, tags=["two"], profile=of("acme")),
        action("dan", "c", 8, profile=of("Other")),
    )
    assert query("SELECT company, top_tag FROM company_engagement ORDER BY ALL") == [("Acme", "two"), ("Other", None)]


def test_who_changes_company_takes_the_minutes_along(load: Load, action: Action, query: Query) -> None:
    load(action("ann", profile=of("Acme")), action("bob", profile=of("Acme")))
    load(action("ann", "b", profile=of("Other")))
    assert query("SELECT company, attendee_count, total_minutes FROM company_engagement ORDER BY ALL") == [
        ("Acme", 1, 10.0),
        ("Other", 1, 20.0),
    ]


def test_who_writes_that_there_is_no_company_counts_with_those_who_write_nothing(
    load: Load, action: Action, query: Query
) -> None:
    load(action("ann", profile=of("(no company)")), action("bob", profile=of(None)))
    assert query("SELECT company, attendee_count FROM company_engagement") == [("(no company)", 2)]


@pytest.mark.parametrize("minutes", [[0.1, 0.2, 0.3, 0.6], [0.3, 0.2, 0.1, 0.6]])
def test_tags_of_equal_minutes_tie_in_whatever_order_they_are_added(
    load: Load, action: Action, query: Query, minutes: list[float]
) -> None:
    """As floating-point numbers, 0.1 + 0.2 + 0.3 is more than 0.6, and 0.3 + 0.2 + 0.1 is not."""
    tags = ["two", "two", "two", "one"]
    spent = zip("abcd", minutes, tags, strict=True)
    load(*(action("ann", session, n, tags=[tag], profile=of("Acme")) for session, n, tag in spent))
    assert query("SELECT company, top_tag FROM company_engagement") == [("Acme", "one")]
    assert query("SELECT registration_id, top_tag FROM attendee_engagement") == [("ann", "one")]
