"""Actions: every other delivery is a row, whatever it is, and is never quarantined for its content."""

import pytest

from tests.kinds import Action, Happened, Load, Query


def test_time_spent_in_a_session_is_no_row_and_everything_else_is(
    load: Load, action: Action, happened: Happened, query: Query
) -> None:
    load(action(), happened("JOINED_SESSION"), happened("X_2027", None))
    assert query("SELECT action, registration_id FROM actions") == [("JOINED_SESSION", "ann"), ("X_2027", None)]


@pytest.mark.parametrize(
    ("more", "subject"),
    [
        ({"question": {"id": "q", "question": "Why?"}, "poll": {"id": "p"}}, ("QUESTION", "q", "Why?")),
        ({"question": {"question": "no id"}, "poll": {"id": "p", "question": "Which?"}}, ("POLL", "p", "Which?")),
        ({"survey": {"id": "s", "title": "How?"}}, ("SURVEY", "s", "How?")),
        ({"cta": {"id": "c", "name": "Slides"}}, ("CTA", "c", "Slides")),
        ({"lead": {"id": "l", "name": "Noor", "firstName": "Noor"}}, ("LEAD", "l", None)),
        ({"hub": {"id": "h", "name": "Our events"}}, ("HUB", "h", "Our events")),
        ({"question": "text", "poll": [1], "survey": 7, "cta": None, "lead": True, "hub": {}}, (None, None, None)),
    ],
    ids=["question", "poll", "survey", "cta", "lead", "hub", "other shapes"],
)
def test_the_subject_is_the_first_object_with_an_id(
    more: dict[str, object], subject: tuple[object, ...], load: Load, happened: Happened, query: Query
) -> None:
    load(happened("ANY", **more))
    assert query("SELECT subject_type, subject_id, subject_name FROM actions") == [subject]


@pytest.mark.parametrize("odd", ["text", 7, True, ["a"], [], {}, {"id": {"id": "x"}}, {"id": "x" * 1_001}])
@pytest.mark.parametrize(
    "field", ["event", "session", "registration", "actor", "booth", "stage", "question", "lead", "timeSpentInMinutes"]
)
def test_a_body_of_another_shape_is_stored_and_never_quarantined(
    field: str, odd: object, load: Load, happened: Happened, query: Query
) -> None:
    load({**happened("X_2027"), field: odd})
    assert query("SELECT action FROM actions") == [("X_2027",)]
    assert query("SELECT count(*) FROM raw.quarantine") == [(0,)]


def test_the_same_action_id_with_other_content_is_quarantined(load: Load, happened: Happened, query: Query) -> None:
    load(happened("ENTERED", actionId="same"), happened("ENTERED", "bob", actionId="same"))
    assert query("SELECT registration_id FROM actions") == [("ann",)]
    assert query("SELECT reason FROM raw.quarantine") == [("action_id_reused",)]


def test_a_session_that_nobody_spent_time_in_is_described_without_figures(
    load: Load, happened: Happened, query: Query
) -> None:
    payload = happened("JOINED_SESSION", session="talk")
    payload["session"] |= {"title": "A talk", "format": "HYBRID"}
    load(payload)
    assert query("SELECT session_title, session_format FROM sessions") == [("A talk", "HYBRID")]
    assert query("SELECT count(*) FROM session_engagement") == [(0,)]
