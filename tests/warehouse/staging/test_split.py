"""Splitting: the fields of a payload as JSON text, each description once, and a fault where there are none."""

import pytest

from warehouse.staging.split import Splitter


def split(*bodies: bytes | str, part_count: int = 128) -> tuple[list[tuple[object, ...]], Splitter]:
    """The rows of deliveries 1, 2, …, and the splitter with their descriptions."""
    splitter = Splitter(part_count)
    return splitter.split(range(1, len(bodies) + 1), bodies).rows(), splitter


def test_each_field_is_the_json_text_that_the_payload_has() -> None:
    [row], _ = split(b'{"action": "A", "actionId": 7, "actionCreatedAt": null, "timeSpentInMinutes": " 7.50"}')
    assert row == (None, '"A"', "7", "null", '" 7.50"', 1, 1, 1)


def test_an_absent_field_is_null() -> None:
    [row], _ = split(b"{}")
    assert row == (None, "null", "null", "null", "null", 1, 1, 1)


def test_of_a_repeated_field_the_last_counts() -> None:
    [row], _ = split(b'{"action": 1, "action": 2}')
    assert row[1] == "2"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "not_json"),
        (b"nonsense", "not_json"),
        (b'{"action": ', "not_json"),
        (b"[nonsense", "not_json"),
        (b"[]", "not_object"),
        (b'"text"', "not_object"),
        (b"7", "not_object"),
        (b"null", "not_object"),
        (b'{"action": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
        (b"{} ", None),
    ],
    ids=["empty", "no json", "cut short", "no list", "list", "text", "number", "null", "too deep", "object"],
)
def test_a_body_without_fields_says_why(body: bytes, fault: str | None) -> None:
    [row], _ = split(body)
    assert row[0] == fault


def test_a_faulty_body_leaves_the_fields_of_its_neighbours() -> None:
    rows, _ = split(b'{"action": 1}', b"nonsense", b'{"action": 3}')
    assert [(row[0], row[1]) for row in rows] == [(None, "1"), ("not_json", "null"), (None, "3")]


def test_a_description_has_the_id_of_the_first_delivery_that_carries_it() -> None:
    talk, keynote = b'{"session": {"id": 1}, "event": 2}', b'{"session": {"id": 3}, "event": 2}'
    rows, splitter = split(talk, keynote, talk, keynote)
    assert [row[5] for row in rows] == [1, 2, 1, 2]
    assert splitter.session_texts().rows() == [(1, "2", '{"id": 1}'), (2, "2", '{"id": 3}')]


def test_the_same_person_under_another_registration_is_another_description() -> None:
    rows, splitter = split(b'{"actor": {"id": 1}, "registration": 1}', b'{"actor": {"id": 1}, "registration": 2}')
    assert [row[6] for row in rows] == [1, 2]
    assert splitter.attendee_texts().rows() == [(1, '{"id": 1}', "1"), (2, '{"id": 1}', "2")]


def test_a_target_is_described_by_where_an_action_happened_and_what_it_is_about() -> None:
    asked = b'{"action": "ASKED_QUESTION", "booth": {"id": 1}, "question": {"id": 2}}'
    rows, splitter = split(b"{}", asked, b'{"lead": {"id": 3}}', asked)
    assert [row[7] for row in rows] == [1, 2, 3, 2]
    texts = splitter.target_texts()
    assert texts["target_version"].to_list() == [1, 2, 3]
    assert texts["booth"].to_list() == ["null", '{"id": 1}', "null"]
    assert texts["question"].to_list() == ["null", '{"id": 2}', "null"]
    assert texts["lead"].to_list() == ["null", "null", '{"id": 3}']


def test_time_spent_in_a_session_has_no_target() -> None:
    body = b'{"action": "TIME_SPENT_IN_SESSION", "booth": {"id": 1}}'
    rows, splitter = split(body, b"{}")
    assert [row[7] for row in rows] == [1, 1]
    assert splitter.target_texts()["booth"].to_list() == ["null"]


def test_descriptions_go_on_from_one_chunk_of_a_batch_to_the_next() -> None:
    splitter = Splitter()
    splitter.split([1], [b'{"event": 1}'])
    assert splitter.split([2, 3], [b'{"event": 1}', b'{"event": 2}'])["session_version"].to_list() == [1, 3]


@pytest.mark.parametrize("part_count", [1, 2, 3, 128])
def test_in_parts_of_any_size_the_rows_are_the_same(part_count: int) -> None:
    bodies = [b'{"action": 1, "event": 1}', b"nonsense", b'{"action": 3, "event": 1}', b"[]"]
    assert split(*bodies, part_count=part_count)[0] == [
        (None, "1", "null", "null", "null", 1, 1, 1),
        ("not_json", "null", "null", "null", "null", 2, 1, 1),
        (None, "3", "null", "null", "null", 1, 1, 1),
        ("not_object", "null", "null", "null", "null", 2, 1, 1),
    ]


def test_text_is_split_like_bytes() -> None:
    assert split('{"action": "é"}')[0] == split('{"action": "é"}'.encode())[0]
