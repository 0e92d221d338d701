"""Whether a delivery is about a person: by registration, mail address or actor, as a whole and never as a part."""

import json
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.commands.person import Person
from warehouse.commands.spellings import folded_mail


def known() -> Person:
    """Ann, known by a registration, a mail address and an actor."""
    return Person({"reg-1"}, "Ann@Example.org", {"actor-1"})


@pytest.mark.parametrize(
    "text",
    [
        *("dear all\nann@example.org", "\tann@example.org\n", "by _ann@example.org_ of"),
        *(
            "\u9023\u7d61\u5148ann@example.org\u3078",
            "or \N{HORIZONTAL ELLIPSIS}ann@example.org\N{HORIZONTAL ELLIPSIS}",
        ),
    ],
    ids=["line break", "tab", "stress", "Japanese", "ellipsis"],
)
def test_an_address_is_found_beside_what_is_no_part_of_it(text: str) -> None:
    body = {"registration": {"id": "other", "customFieldsData": [{"value": text}]}}
    assert known().is_in(json.dumps(body))


@pytest.mark.parametrize("text", ["nann@example.org", "\\xann@example.org", "x_ann@example.org", "ann@example.org_x"])
def test_a_longer_address_is_not_found(text: str) -> None:
    assert not known().is_in(json.dumps({"registration": {"id": "other", "customFieldsData": [{"value": text}]}}))


@pytest.mark.parametrize(
    "asked",
    [
        {"poll": {"id": "p", "responses": ["ann@example.org"]}},
        {"survey": {"id": "s", "questions": [{"answer": {"value": "ann@example.org"}}]}},
    ],
)
def test_an_answer_is_found_under_whatever_key_names_it_so(asked: dict[str, object]) -> None:
    assert known().is_in(json.dumps({"registration": {"id": "other"}, **asked}))


def test_who_took_over_a_ticket_is_not_taken_for_the_person() -> None:
    """The registration is erased, since it had the address. What the other person did elsewhere stays."""
    person = Person(email="ann@example.org")
    assert person.is_in(json.dumps({"registration": {"id": "t", "profile": {"email": "ann@example.org"}}}))
    handed_on = {"registration": {"id": "t", "profile": {"email": "bob@example.org"}}, "actor": {"id": "bob"}}
    assert person.is_in(json.dumps({"action": "JOINED_SESSION", **handed_on}))
    assert person.actor_ids == set()


@pytest.mark.parametrize(
    ("body", "is_theirs"),
    [
        ({"registration": {"id": "reg-1"}}, True),
        ({"registration": {"id": "reg-10"}}, False),
        ({"registration": {"id": "other"}, "session": {"id": "reg-1"}}, False),
        ({"registration": {"id": "other", "profile": {"email": " ann@EXAMPLE.org "}}}, True),
        ({"registration": {"id": "other", "customFieldsData": [{"value": "ann@example.org"}]}}, True),
        ({"registration": {"id": "other", "profile": {"email": "xann@example.org"}}}, False),
        ({"actor": {"id": "other", "email": "ann@example.org"}}, True),
        ({"actor": {"id": "other"}, "note": "ann@example.org"}, True),
        ({"note": "ann@example.org"}, True),
        ({"data": {"registration": {"id": "reg-1"}}}, True),
        ({"actor": {"id": "actor-1"}}, True),
        ({"actor": {"id": "reg-1"}}, True),
        ({"registration": {"id": "other"}, "actor": {"id": "actor-1"}}, False),
        ({"registration": None, "actor": "actor-1"}, False),
    ],
    ids=[
        "registration",
        "longer registration",
        "registration elsewhere",
        "mail in the profile",
        "mail in a custom field",
        "longer mail",
        "mail of the actor",
        "mail elsewhere",
        "mail in a payload that names nobody",
        "registration in a payload that names nobody",
        "actor",
        "actor under a registration's id",
        "actor in another's registration",
        "no objects",
    ],
)
def test_a_payload_is_theirs_by_registration_mail_or_actor(body: object, is_theirs: bool) -> None:
    assert known().is_in(json.dumps(body)) == is_theirs


@pytest.mark.parametrize(
    ("body", "is_theirs"),
    [
        ("ann@example.org said so", True),
        ("<ANN@EXAMPLE.ORG>", True),
        ('"reg-1"', True),
        ('["actor-1"]', True),
        ('{"registration": {"id": "reg-1"', True),
        ("xann@example.org", False),
        ("ann@example.organic", False),
        ("reg-10", False),
        ("my-reg-1", False),
        ("", False),
    ],
)
def test_a_body_that_is_no_object_is_theirs_when_it_holds_a_trace_as_a_word(body: str, is_theirs: bool) -> None:
    assert known().is_in(body) == is_theirs


def test_a_delivery_with_the_mail_address_teaches_its_registration_and_its_actor() -> None:
    person = Person(email="ann@example.org")
    assert person.is_in('{"registration": {"id": 7, "email": "ann@example.org"}, "actor": {"id": "actor-1"}}')
    assert (person.registration_ids, person.actor_ids) == ({"7"}, {"actor-1"})
    assert person.is_in('{"registration": {"id": 7}}')
    assert person.is_in('{"actor": {"id": "actor-1"}}')


def test_a_registration_alone_teaches_its_actor_and_no_other_registration() -> None:
    person = Person(registration_ids={"reg-1"})
    assert person.is_in('{"registration": {"id": "reg-1"}, "actor": {"id": "actor-1"}}')
    assert not person.is_in('{"registration": {"id": "reg-2"}, "actor": {"id": "actor-1"}}')
    assert (person.registration_ids, person.actor_ids) == ({"reg-1"}, {"actor-1"})


def test_a_delivery_of_somebody_else_teaches_nothing() -> None:
    person = known()
    assert not person.is_in('{"registration": {"id": "other"}, "actor": {"id": "actor-2"}}')
    assert person == known()


FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
NOT_HERS = ["zoe@bücher.de", "zoë@bucher.de", "xzoë@bücher.de", "zoë@bücher.de.org", "zo\u00cb\u0308@bücher.de"]


@pytest.mark.parametrize(
    "address",
    [
        r"zo\u00eb@b\u00fccher.de",
        r"zo\u00EB@b\u00FCcher.de",
        r"\u007ao\u00eb\u0040b\u00fccher\u002ede",
        "zoe\u0308@bu\u0308cher.de",
        r"zoe\u0308@bu\u0308cher.de",
        "ZOË@BÜCHER.DE",
        "ZOE\u0308@Bücher.de",
        r" \t zoë@bücher.de\u00a0",
        "\u200bzoë@bücher.de\ufeff",
        "mailto:zoë@bücher.de",
        "ｚｏë\uff20bücher.de",
        "zoë@xn--bcher-kva.de",
        "Zoë@XN--BCHER-KVA.DE",
    ],
    ids=ascii,
)
@pytest.mark.parametrize(
    "body",
    [
        '{"registration": {"id": "r", "profile": {"email": "%s"}}}',
        '{"registration": {"profile": {"email": "%s"}}}',
        '{"data": {"registration": {"id": "r", "email": "%s"}}}',
        '\ufeff{"actor": {"email": "%s", "name": "half a pair \\ud83d"}}',
        '{"registration": {"email": "%s"',
        '"{\\"registration\\": {\\"email\\": \\"%s\\"}}"',
        "the mail <%s> bounced",
    ],
    ids=["registration", "no id", "unknown shape", "mark and half a pair", "cut short", "JSON in a text", "no JSON"],
)
def test_an_address_is_found_however_it_is_spelt_in_any_body(body: str, address: str) -> None:
    for asked in ("zoë@bücher.de", "Zoe\u0308@xn--bcher-kva.de "):
        assert Person(email=asked).is_in(body % address)
        assert Person(email=asked).is_in((body % address).encode())


@pytest.mark.parametrize("address", NOT_HERS, ids=ascii)
@pytest.mark.parametrize(
    "body",
    ['{"registration": {"id": "r", "profile": {"email": "%s"}}}', '{"registration": {"email": "%s"', "the mail <%s>"],
    ids=["registration", "cut short", "no JSON"],
)
def test_another_address_is_not_found(body: str, address: str) -> None:
    assert not Person(email="zoë@bücher.de").is_in(body % address)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [("ann@straße.com", "ANN@STRASSE.COM"), ("İlker@x.org", "ilker@x.org"), ("ilker@x.org", "\u0131lker@X.org")],
)
def test_an_address_is_found_whose_case_was_changed_by_the_rules_of_another_language(asked: str, stored: str) -> None:
    assert Person(email=asked).is_in(json.dumps({"registration": {"id": "r", "email": stored}}))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_address_is_found_in_a_body_of_another_encoding_as_received_and_as_stored(encoding: str) -> None:
    received = '{"registration": {"email": "Zoë@x.org"}}'.encode(encoding)
    assert Person(email="zoë@x.org").is_in(received)
    assert Person(email="zoë@x.org").is_in(received.decode(errors="backslashreplace"))
    assert not Person(email="oë@x.org").is_in(received)


def test_an_address_is_found_in_a_form() -> None:
    assert Person(email="zoë@x.org").is_in("name=Zo%C3%AB&mail=zo%C3%AB%40x.org")


@pytest.mark.parametrize(
    ("asked", "stored"),
    [("5", "5"), ("5.1", "5.10"), ("1000.0", "1e3"), ("abc", '"\\u0061bc"'), ("abc ", '" abc"'), ("true", "true")],
)
def test_a_registration_is_found_by_the_id_that_the_tables_show(asked: str, stored: str) -> None:
    body = f'{{"registration": {{"id": {stored}}}}}'
    assert Person({asked}).is_in(body)
    assert not Person({asked + "0"}).is_in(body)


def test_a_blank_registration_is_none_and_its_actor_stands_in() -> None:
    assert Person({"ann"}).is_in('{"registration": {"id": "\\u00a0"}, "actor": {"id": "ann"}}')


def test_a_repeated_key_is_read_each_time() -> None:
    """DuckDB reads the first one, other programs the last."""
    for body in (
        '{"registration": {"id": "ann"}, "registration": {"id": "bob"}}',
        '{"registration": {"id": "ann", "id": "bob"}}',
        '{"registration": {"id": "r", "email": "ann@x.org", "email": ""}}',
    ):
        assert Person({"ann"}, "ann@x.org").is_in(body)
        assert Person({"bob"}, "ann@x.org").is_in(body)


def test_a_number_is_no_trace_where_no_id_belongs() -> None:
    assert not Person({"5"}).is_in("about 5 people")
    assert not Person({"5"}).is_in('{"room": 5}')
    assert Person({"5"}).is_in('{"registration": {"id": 5')


def test_a_dot_in_an_address_is_a_dot() -> None:
    assert not Person(email="a.b@x.org").is_in("acb@x.org")


def test_found_are_the_registrations_of_their_deliveries_not_those_asked_for() -> None:
    person = Person({"ann", "nobody"})
    assert person.is_in('{"registration": {"id": "ann"}, "actor": {"id": "a"}}')
    assert person.is_in('{"actor": {"id": "a"}}')
    assert person.found_ids == {"ann"}


@given(st.text(min_size=1).filter(lambda text: text.strip() == text), st.data())
def test_any_text_is_found_however_json_escapes_it(local_part: str, data: st.DataObject) -> None:
    address = folded_mail(f"{local_part}@x.org")
    cased = data.draw(st.sampled_from([address, address.upper(), address.casefold(), address.title()]))
    spelt = data.draw(st.sampled_from([cased, *(unicodedata.normalize(form, cased) for form in FORMS)]))
    escaped = "".join(
        f"\\u{unit:04x}" if data.draw(st.booleans()) else json.dumps(chr(unit))[1:-1]
        for unit in memoryview(spelt.encode("utf-16-le", "surrogatepass")).cast("H")
    )
    assert Person(email=address).is_in(f'{{"registration": {{"id": "r", "email": "{escaped}"}}}}')


@pytest.mark.parametrize("field", ["registration", "actor", "lead", "event", "poll"])
def test_a_delivery_that_is_nested_almost_too_deeply_for_json_is_searched(field: str) -> None:
    """Its parts are read deeper in the stack than the whole was."""
    for depth in range(850, 1_000):
        body = f'{{"{field}": {{"id": "x", "response": {"[" * depth}1{"]" * depth}}}, "note": "%s"}}'
        assert Person(email="ann@example.org").is_in(body % "ann@example.org")
        assert not Person(email="ann@example.org").is_in(body % "joann@example.org, ann@example.organic")


def test_an_id_with_half_a_surrogate_pair_is_found_as_the_warehouse_shows_it() -> None:
    assert Person({"r\N{REPLACEMENT CHARACTER}"}).is_in(r'{"registration": {"id": "r\ud83d"}}')


JSON_BUT_FOR_ITS_ENCODING = '{"registration": {"id": "r9", "profile": {"firstName": "Zoë", "email": "%s"}}}'


@pytest.mark.parametrize(
    ("address", "encoding"),
    [
        *(("plain@x.example", encoding) for encoding in ("latin-1", "cp1252", "mac-roman")),
        *(("zoë@bücher.example", encoding) for encoding in ("latin-1", "cp1252")),
    ],
)
def test_what_is_json_but_for_its_encoding_is_theirs_as_received_and_as_stored(address: str, encoding: str) -> None:
    """The loader takes it for no JSON. Read as JSON, its registration would say that it is somebody else's."""
    body = (JSON_BUT_FOR_ITS_ENCODING % address).encode(encoding)
    assert Person(email=address).is_in(body)
    assert Person(email=address).is_in(body.decode(errors="backslashreplace"))


@pytest.mark.parametrize(
    "body",
    [
        {"lead": {"id": "l", "email": "bob@x.org", "leadAddedByName": "Ann", "leadAddedByEmail": "ann@example.org"}},
        {"lead": {"id": "l", "customFields": [{"question": "Colleague?", "response": "Ann, ann@example.org"}]}},
        {"lead": {"id": "l", "customFields": [{"question": "Colleague?", "response": "actor-1"}]}},
        {"lead": {"id": "l", "createdBy": "actor-1"}},
        {"lead": {"id": "l", "updatedBy": " actor-1 "}},
        {"registration": {"id": "bob", "customFieldsData": [{"value": "call ann@example.org"}]}},
        {"registration": {"id": "bob", "customFieldsData": [{"value": "reg-1"}]}},
        {"registration": {"id": "bob", "profile": {"bio": "Assistant of <ann@example.org>"}}},
        {"registration": {"id": "bob", "oldTicketDetails": {"holder": {"email": "ann@example.org"}}}},
        {"registration": {"id": "bob", "oldTicketDetails": {"holder": {"registrationId": "reg-1"}}}},
        {"registration": {"id": "bob"}, "transferredFrom": {"registrationId": "reg-1"}},
        {"registration": {"id": "bob"}, "question": {"id": "q", "question": "Why? ann@example.org"}},
        {"registration": {"id": "bob"}, "question": {"id": "q", "askedBy": "reg-1"}},
        {"registration": {"id": "bob"}, "poll": {"id": "p", "question": "Whom?", "response": "ann@example.org"}},
        {"registration": {"id": "bob"}, "survey": {"id": "s", "questions": [{"response": ["Ask ann@example.org"]}]}},
        {"registration": {"id": "bob"}, "survey": {"id": "s", "questions": [{"response": "reg-1"}]}},
    ],
    ids=json.dumps,
)
def test_a_delivery_about_others_that_names_the_person_is_theirs_and_teaches_nothing(body: dict[str, object]) -> None:
    person = known()
    assert person.is_in(json.dumps({"actor": {"id": "staff"}} | body))
    assert person == known()


@pytest.mark.parametrize(
    "body",
    [
        {"event": {"id": "e", "createdBy": "actor-1", "updatedBy": "actor-1"}},
        {"session": {"id": "s", "speakers": [{"id": "actor-1"}]}},
        {"booth": {"id": "b", "createdBy": "actor-1"}},
        {"poll": {"id": "p", "createdBy": "actor-1"}},
        {"actor": {"id": "actor-1"}},
        {"registration": {"id": "bob", "createdBy": "actor-1", "updatedBy": "actor-1"}},
        {"registration": {"id": "bob", "profile": {"firstName": "reg-1"}}},
        {"question": {"id": "q", "question": "Is it about reg-1?"}},
    ],
    ids=json.dumps,
)
def test_an_id_that_tells_nothing_about_a_delivery_of_others_leaves_it_to_them(body: dict[str, object]) -> None:
    assert not known().is_in(json.dumps({"actor": {"id": "bob-himself"}, "registration": {"id": "bob"}} | body))


@pytest.mark.parametrize(
    "shared",
    [
        {"event": {"id": "e", "description": "Questions? Write to ann@example.org"}},
        {"event": {"id": "e", "createdBy": "ann@example.org"}},
        {"session": {"id": "s", "description": "mailto:ann@example.org"}},
        {"session": {"id": "s", "speakers": [{"id": "sp", "email": "ann@example.org"}]}},
        {"booth": {"id": "b", "name": "ann@example.org"}},
        {"poll": {"id": "p", "question": "Do you know ann@example.org?", "response": "no"}},
        {"survey": {"id": "s", "description": "Questions? ann@example.org", "questions": [{"response": "good"}]}},
        {"cta": {"id": "c", "url": "mailto:ann@example.org"}},
        {"hub": {"id": "h", "name": "Of ann@example.org"}},
    ],
    ids=json.dumps,
)
def test_an_address_in_what_many_deliveries_repeat_leaves_them_to_others(shared: dict[str, object]) -> None:
    for who in ({"registration": {"id": "bob"}}, {"actor": {"id": "staff"}}, {}):
        assert not known().is_in(json.dumps({**who, **shared}))
        assert not known().is_in(json.dumps({**who, **shared})[:-1] + ', "event": null, "event": null}')


@pytest.mark.parametrize(
    "registration",
    [
        {"id": "r9", "email": "Ann Lee <ANN@example.org>"},
        {"id": "r9", "profile": {"email": '"Lee, Ann" <mailto:ann@example.org>'}},
        {
            "id": "r9",
            "profile": {"email": "Ann \N{FULLWIDTH LESS-THAN SIGN}ann@example.org\N{FULLWIDTH GREATER-THAN SIGN}"},
        },
    ],
    ids=json.dumps,
)
def test_an_address_after_a_name_is_the_registrations_own(registration: dict[str, object]) -> None:
    person = Person(email="ann@example.org")
    assert person.is_in(json.dumps({"registration": registration}))
    assert person.is_in('{"registration": {"id": "r9"}}')
    assert not Person(email="nn@example.org").is_in(json.dumps({"registration": registration}))


def test_a_count_that_equals_an_id_of_digits_is_no_mention() -> None:
    field = {"fieldSlug": "team_size", "value": 12}
    assert not Person({"12"}).is_in(json.dumps({"registration": {"id": "bob", "customFieldsData": [field]}}))


def test_a_lead_with_the_mail_address_teaches_its_id_and_neither_who_added_it_nor_what_they_did() -> None:
    person = Person(email="noor@x.org")
    assert person.is_in('{"action":"LEAD_ADDED","actor":{"id":"sam"},"lead":{"id":"lead-1","email":" NOOR@x.org "}}')
    assert person == Person(email="noor@x.org", lead_ids={"lead-1"})
    assert person.is_in('{"action":"LEAD_ENRICHMENT","actor":{"id":"sam"},"lead":{"id":"lead-1","company":"Foods"}}')
    assert not person.is_in('{"action":"LEAD_ADDED","actor":{"id":"sam"},"lead":{"id":"lead-2","email":"xnoor@x.org"}}')
    assert not person.is_in('{"action":"EVENT_UPDATED","actor":{"id":"sam"},"event":{"id":"e"}}')


@pytest.mark.parametrize("person", [Person({"sam"}), Person(email="sam@x.org")], ids=["actor's id", "mail address"])
def test_staff_are_found_in_what_they_did_to_events_and_leads_and_not_in_what_they_did_to_people(
    person: Person,
) -> None:
    assert person.is_in('{"action":"EVENT_CREATED","actor":{"id":"sam","email":"sam@x.org"},"event":{"id":"e"}}')
    assert person.is_in('{"action":"EVENT_UPDATED","actor":{"id":"sam"},"event":{"id":"e"}}')
    assert person.is_in('{"action":"LEAD_ADDED","actor":{"id":"app"},"lead":{"id":"lead-1","createdBy":"sam"}}')
    assert not person.is_in('{"action":"ATTENDED","actor":{"id":"sam"},"registration":{"id":"bob"}}')
    assert not person.is_in('{"action":"EVENT_UPDATED","actor":{"id":"tom"},"event":{"id":"e","createdBy":"sam"}}')
    assert not person.is_in('{"action":"LEAD_ENRICHMENT","actor":{"id":"app"},"lead":{"id":"lead-1"}}')


def test_who_let_a_person_in_is_not_taken_for_the_person() -> None:
    """The actor of `APPROVED` may be staff, and that of `JOINED_SESSION` is the person."""
    person = Person({"reg-1"})
    assert person.is_in('{"action":"APPROVED","actor":{"id":"sam"},"registration":{"id":"reg-1"}}')
    assert person.is_in('{"action":"JOINED_SESSION","actor":{"id":"ann"},"registration":{"id":"reg-1"}}')
    assert person.actor_ids == {"ann"}


def test_a_desk_with_the_mail_address_takes_no_one_with_it_who_was_let_in_there() -> None:
    person = Person(email="sam@x.org")
    let_in = '{"action":"ATTENDED","actor":{"id":"sam","email":"sam@x.org"},"registration":{"id":"bob"}}'
    assert person.is_in(let_in)
    assert (person.registration_ids, person.found_ids) == (set(), set())
    assert not person.is_in('{"action":"JOINED_SESSION","actor":{"id":"b"},"registration":{"id":"bob"}}')


@pytest.mark.parametrize(
    "body",
    [
        '{"registration": {"id": "bob"}, "note": "%s"}',
        '{"registration": {"id": "bob"}, "note": "%s", "note": ""}',
        '{"registration": {"id": "bob"}, "question": {"id": "q", "question": "<a href=\\"mailto:%s\\">…</a> \u0130"}}',
        '{"registration": {"id": "bob"}, "poll": {"id": "p", "response": "%s"}}',
        '{"registration": {"id": "bob", "customFieldsData": [{"value": "%s"}]}, "half a pair": "\\ud83d"}',
        '{"registration": {"id": "bob"}, "registration": null, "lead": {"notes": "cc %s"}}',
    ],
    ids=["note", "repeated key", "question", "answer", "half a pair", "repeated registration"],
)
@given(data=st.data())
def test_an_address_is_found_anywhere_however_it_is_spelt(body: str, data: st.DataObject) -> None:
    address = data.draw(st.text("az09_+-.ëéß\u0131\u017fK/'ж漢", min_size=1)) + "@x.org"
    folded_address = folded_mail(address)
    cased = data.draw(st.sampled_from([address, address.upper(), address.casefold(), folded_address]))
    spelt = data.draw(st.sampled_from([cased, *(unicodedata.normalize(form, cased) for form in FORMS)]))
    escaped = "".join(
        data.draw(st.sampled_from([character, f"\\u{ord(character):04x}", f"\\u{ord(character):04X}"]))
        for character in spelt
    )
    assert Person(email=address).is_in(body % escaped)
    assert not Person(email="q" + address).is_in(body % escaped)
