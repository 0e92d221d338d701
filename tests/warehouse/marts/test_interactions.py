"""What people asked and answered, by session and by attendee."""

from tests.kinds import Action, Happened, Load, Query


def test_a_session_counts_who_joined_and_what_they_did(
    load: Load, action: Action, happened: Happened, query: Query
) -> None:
    """The rate is over all who joined, interacted or have minutes there: ann, bob, cat and dan."""
    load(
        *(happened("JOINED_SESSION", name, session="talk") for name in ("ann", "ann", "bob")),
        *(happened("ASKED_QUESTION", "ann", session="talk") for _ in range(2)),
        happened("QUESTION_UPVOTED", "ann", session="talk"),
        happened("ANSWERED_POLL", "cat", session="talk"),
        happened("ANSWERED_SURVEY", "cat", session="talk"),
        happened("CTA_CLICKED", "cat", session="talk"),
        action("dan"),
        action("ann"),
    )
    assert query("FROM session_interactions") == [("conf", "talk", 2, 2, 1, 1, 1, 5, 2, 0.5)]


def test_an_attendee_counts_sessions_once_and_interactions_each_time(
    load: Load, happened: Happened, query: Query
) -> None:
    load(
        *(happened("JOINED_SESSION", session=session) for session in ("a", "a", "b")),
        happened("JOINED_SESSION"),
        happened("ASKED_QUESTION", session="a"),
        happened("CTA_CLICKED"),
        happened("CTA_CLICKED"),
    )
    assert query("FROM attendee_interactions") == [("conf", "ann", 2, 1, 0, 0, 0, 2, 3)]


def test_an_interaction_outside_sessions_counts_for_the_attendee_alone(
    load: Load, happened: Happened, query: Query
) -> None:
    load(happened("ANSWERED_POLL"))
    assert query("SELECT poll_answer_count FROM attendee_interactions") == [(1,)]
    assert query("SELECT count(*) FROM session_interactions") == [(0,)]


def test_what_has_no_registration_is_aggregated_or_is_no_interaction_does_not_count(
    load: Load, happened: Happened, query: Query
) -> None:
    load(
        happened("ASKED_QUESTION", None, session="talk"),
        happened("AGGREGATED_QUESTION_ASKED", session="talk"),
        happened("SESSION_REGISTRATION", session="talk"),
    )
    assert query("SELECT count(*) FROM session_interactions") == [(0,)]
    assert query("SELECT count(*) FROM attendee_interactions") == [(0,)]


def test_minutes_that_come_later_lower_the_rate(load: Load, action: Action, happened: Happened, query: Query) -> None:
    load(happened("ASKED_QUESTION", "ann", session="talk"))
    assert query("SELECT interaction_rate FROM session_interactions") == [(1.0,)]
    load(action("bob"), action("cat"), action("dan"))
    assert query("SELECT interaction_rate FROM session_interactions") == [(0.25,)]


def test_a_repeated_delivery_of_an_interaction_counts_once(load: Load, happened: Happened, query: Query) -> None:
    question = happened("ASKED_QUESTION", session="talk")
    load(question)
    load(question)
    assert query("SELECT question_count FROM session_interactions") == [(1,)]
