"""Field faults: what is null in the tables although something was sent, and what is cut, by field."""

import pytest

from tests.kinds import Action, Load, Query

FAULTS = "SELECT field, fault FROM staging.field_faults ORDER BY ALL"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"actionCreatedAt": "yesterday"}, "actionCreatedAt"),
        ({"actionCreatedAt": ["2025-09-18T18:00:00Z"]}, "actionCreatedAt"),
        ({"actionId": {"id": "a"}}, "actionId"),
        ({"actionId": "a" * 1_001}, "actionId"),
        ({"startDateTime": "soon"}, "session.startDateTime"),
        ({"endDateTime": "0001-01-01T00:00:00Z"}, "session.endDateTime"),
        ({"title": {"en": "A talk"}}, "session.title"),
        ({"tags": "AI"}, "session.tags"),
        ({"tags": ["AI", {"name": "Data"}]}, "session.tags"),
        ({"speakers": {"speakerId": "sue"}}, "session.speakers"),
        ({"speakers": ["sue"]}, "session.speakers"),
        ({"speakers": [{"speakerId": {"id": "sue"}}]}, "session.speakers.speakerId"),
        ({"speakers": [{"speakerId": "s" * 1_001}]}, "session.speakers.speakerId"),
        ({"speakers": [{"speakerId": "sue", "url": ["x"]}]}, "session.speakers.url"),
        ({"location": "Foyer"}, "session.location"),
        ({"location": ["Foyer"]}, "session.location"),
        ({"location": {"locationId": []}}, "session.location.locationId"),
        ({"location": [{"locationName": {}}]}, "session.location.locationName"),
        ({"profile": "Ann"}, "registration.profile"),
        ({"profile": [{"email": "ann@example.org"}]}, "registration.profile"),
        ({"profile": {"email": ["ann@example.org"]}}, "registration.profile.email"),
        ({"actor": "ann"}, "actor"),
        ({"actor": {"id": ["ann"]}}, "actor.id"),
        ({"event": ["conf"]}, "event.id"),
        ({"event_name": {"en": "Conf"}}, "event.name"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_null_although_something_was_sent_is_unreadable(
    more: dict[str, object], field: str, load: Load, action: Action, query: Query
) -> None:
    load(action(**more))
    assert query(FAULTS) == [(field, "unreadable")]


@pytest.mark.parametrize("event", ["conf", 7, ["conf"], True])
def test_an_event_of_another_type_is_unreadable(event: object, load: Load, action: Action, query: Query) -> None:
    load({**action(), "event": event})
    assert query(FAULTS) == [("event", "unreadable")]
    assert query("SELECT event_id FROM events") == [("(unknown)",)]


def test_a_registration_of_another_type_is_unreadable(load: Load, action: Action, query: Query) -> None:
    load({**action(), "registration": "ann", "actor": {"id": "ann"}})
    assert query(FAULTS) == [("registration", "unreadable")]


@pytest.mark.parametrize("nothing", [None, "", " ", "\xa0\u3000"], ids=ascii)
def test_null_and_blank_text_are_nothing_that_was_sent(
    nothing: object, load: Load, action: Action, query: Query
) -> None:
    profile = dict.fromkeys(("firstName", "email", "company", "headline"), nothing)
    described = dict.fromkeys(("title", "startDateTime", "endDateTime", "location", "tags"), nothing)
    speakers = [nothing, {"speakerId": nothing, "url": nothing}]
    load(action(profile=profile, speakers=speakers, event_name=nothing, actionCreatedAt=nothing, **described))
    load(action(profile=nothing, location={"locationName": nothing}, tags=["AI", nothing], actor=nothing))
    assert query(FAULTS) == []


def test_a_number_is_read_as_its_text(load: Load, action: Action, query: Query) -> None:
    load(action(title=42, tags=[7, True], location={"locationId": 1}, profile={"company": 3}))
    assert query(FAULTS) == []
    assert query("SELECT session_title, location_id FROM sessions") == [("42", "1")]
    assert query("SELECT tag FROM session_tags ORDER BY ALL") == [("7",), ("true",)]


def test_text_in_braces_or_brackets_is_text(load: Load, action: Action, query: Query) -> None:
    load(action("{6f1e2d3c}", title='["A talk"]', tags=["[AI]", "[1]", "{}"]))
    assert query(FAULTS) == []
    assert query("SELECT registration_id FROM time_spent") == [("{6f1e2d3c}",)]
    assert query("SELECT session_title FROM sessions") == [('["A talk"]',)]
    assert query("SELECT tag FROM session_tags ORDER BY ALL") == [("[1]",), ("[AI]",), ("{}",)]


@pytest.mark.parametrize(
    ("more", "field", "ask"),
    [
        ({"title": "x" * 1_001}, "session.title", "SELECT session_title FROM session_engagement"),
        ({"event_name": "x" * 1_001}, "event.name", "SELECT event_name FROM event_engagement"),
        ({"tags": ["x" * 1_001]}, "session.tags", "SELECT top_tag FROM attendee_engagement"),
        (
            {"location": {"locationName": "x" * 9_999}},
            "session.location.locationName",
            "SELECT location_name FROM session_engagement",
        ),
        (
            {"profile": {"company": "x" * 99_999}},
            "registration.profile.company",
            "SELECT company FROM attendee_engagement",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else None,
)
def test_text_that_marts_repeat_is_cut(
    more: dict[str, object], field: str, ask: str, load: Load, action: Action, query: Query
) -> None:
    load(action(**more))
    assert query(FAULTS) == [(field, "cut")]
    assert query(ask) == [("x" * 1_000,)]
    assert query("SELECT length(body) > 1000 FROM raw.deliveries") == [(True,)]


@pytest.mark.parametrize("kind", ["tags", "speakers", "sponsors"])
def test_the_first_200_of_a_sessions_parts_count(kind: str, load: Load, action: Action, query: Query) -> None:
    names = [f"p{n:03}" for n in range(201)]
    parts = names if kind == "tags" else [{f"{kind[:-1]}Id": name, "url": "u"} for name in names]
    described = action(session="full")
    described["session"][kind] = parts[:200]
    load(described)
    assert query(FAULTS) == []
    described = action(session="cut")
    described["session"][kind] = parts
    load(described)
    assert query(FAULTS) == [(f"session.{kind}", "cut")]
    table = f"FROM session_{kind} GROUP BY session_id ORDER BY session_id"
    assert query(f"SELECT session_id, count(*), max(COLUMNS('^tag$|_id$')) {table}")[0][:2] == ("cut", 200)
    assert query(f"SELECT count(*) {table}") == [(200,), (200,)]


def test_a_description_and_links_stay_whole(load: Load, action: Action, query: Query) -> None:
    described = action(speakers=[{"speakerId": "sue", "url": "u" * 2_000}])
    described["session"]["description"] = "d" * 2_000
    load(described)
    assert query(FAULTS) == []
    assert query("SELECT length(session_description), length(speaker_url) FROM sessions, session_speakers") == [
        (2_000, 2_000)
    ]


def test_a_description_that_several_deliveries_carry_has_its_fault_once(
    load: Load, action: Action, query: Query
) -> None:
    load(action("ann", title=[]), action("bob", title=[]), action("abe", session="keynote"))
    assert query("SELECT delivery_id, field, fault FROM staging.field_faults") == [(1, "session.title", "unreadable")]


def test_what_is_not_used_has_no_faults(load: Load, action: Action, query: Query) -> None:
    first = action(title=[])
    load(first)
    load(first, action(minutes="seven", title=[]))
    assert query("SELECT delivery_id FROM staging.field_faults") == [(1,)]


LONG = "a" * 1_001


@pytest.mark.parametrize(
    ("more", "field", "fault"),
    [
        ({"session": {"id": "talk", "title": []}}, "session.title", "unreadable"),
        ({"event": {"id": "conf", "timezone": "Mars/Base"}}, "event.timezone", "unreadable"),
        ({"event": {"id": "conf", "startDate": "soon"}}, "event.startDate", "unreadable"),
        ({"registration": {"id": "ann", "ticketDetails": "VIP"}}, "registration.ticketDetails", "unreadable"),
        (
            {"registration": {"id": "ann", "source": {"utmParams": {"source": ["mail"]}}}},
            "registration.source.utmParams.source",
            "unreadable",
        ),
        ({"registration": {"id": "ann", "attendanceType": LONG}}, "registration.attendanceType", "cut"),
        ({"registration": {"id": "ann", "customFieldsData": "x"}}, "registration.customFieldsData", "unreadable"),
        ({"timeSpentInMinutes": "seven"}, "timeSpentInMinutes", "unreadable"),
        ({"booth": "Stand"}, "booth", "unreadable"),
        ({"stage": {"id": ["main"]}}, "stage.id", "unreadable"),
        ({"discussionRoom": {"id": "d", "name": {"en": "Room"}}}, "discussionRoom.name", "unreadable"),
        ({"breakOutRoom": {"id": "b", "name": LONG}}, "breakOutRoom.name", "cut"),
        ({"question": {"id": "q", "question": ["Why?"]}}, "question.question", "unreadable"),
        ({"survey": {"id": "s", "title": {}}}, "survey.title", "unreadable"),
        ({"lead": {"id": "l", "email": ["noor@example.org"]}}, "lead.email", "unreadable"),
        ({"lead": {"id": "l", "rating": "five"}}, "lead.rating", "unreadable"),
        ({"lead": {"id": "l", "createdAt": "soon"}}, "lead.createdAt", "unreadable"),
        ({"lead": {"id": "l", "company": LONG}}, "lead.company", "cut"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_fields_of_other_actions_have_faults_too(
    more: dict[str, object], field: str, fault: str, load: Load, query: Query
) -> None:
    load({"action": "FROM_2027", "actionId": "a", **more})
    assert query(FAULTS) == [(field, fault)]


def test_time_spent_in_a_session_has_no_faults_in_what_it_is_not_about(
    load: Load, action: Action, query: Query
) -> None:
    load({**action(), "booth": "Stand", "lead": {"id": ["l"]}})
    assert query(FAULTS) == []


def test_a_numeral_of_thousands_of_digits_beside_a_fault_is_no_obstacle(
    load: Load, action: Action, query: Query
) -> None:
    load(action(title=[]), action(profile={"email": []}, actor={"id": "a", "level": int("9" * 4_000)}))
    body = b'{"action":"TIME_SPENT_IN_SESSION","session":{"id":"s","title":[],"n":' + b"9" * 5_000
    load(body + b'},"registration":{"id":"r"},"timeSpentInMinutes":1}')
    assert len(query(FAULTS)) == 3


def test_of_a_repeated_key_in_a_description_the_first_counts(load: Load, query: Query) -> None:
    body = b'{"action":"TIME_SPENT_IN_SESSION","timeSpentInMinutes":1,"registration":{"id":"r","id":[]},'
    load(
        body
        + b'"session":{"id":"s","speakers":[{"speakerId":"sue","speakerId":7}],"speakers":8,"title":[],"title":"Talk"}}'
    )
    assert query("SELECT registration_id, speaker_id FROM time_spent, session_speakers") == [("r", "sue")]
    assert query(FAULTS) == [("session.title", "unreadable")]


@pytest.mark.parametrize("depth", [100, 970])
def test_a_fault_beside_something_nested_deeply_is_counted_too(depth: int, load: Load, query: Query) -> None:
    deep = b'{"action":"TIME_SPENT_IN_SESSION","session":{"id":"s"},"timeSpentInMinutes":1,"registration":{"id":"r",'
    load(deep + b'"profile":{"email":[]},"more":' + b"[" * depth + b"]" * depth + b"}}")
    assert query("SELECT count(*) FROM time_spent") == [(1,)]
    assert [fault for _, fault in query(FAULTS)] == ["unreadable"]
