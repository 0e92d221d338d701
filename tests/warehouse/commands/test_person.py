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


def test_an_id_with_half_a_surrogate_pair_is_found_as_the_warehouse_shows_it() -> None:
    assert Person({"r\N{REPLACEMENT CHARACTER}"}).is_in(r'{"registration": {"id": "r\ud83d"}}')
