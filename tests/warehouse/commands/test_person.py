"""Whether a delivery is about a person: by registration, mail address or actor, as a whole and never as a part."""

import json
import re

import pytest

from warehouse.commands.person import Person


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
        ({"note": "ann@example.org"}, False),
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
    person.is_in('{"registration": {"id": "other"}, "actor": {"id": "actor-2"}}')
    assert person == known()


@pytest.mark.parametrize("body", ['{"email": "Jürgen@x.org"}', '{"email": "J\\u00fcrgen@x.org"}'])
def test_the_pattern_finds_a_trace_that_json_escapes(body: str) -> None:
    assert re.search(Person(email="jürgen@x.org").pattern, body, re.IGNORECASE)


def test_the_pattern_finds_each_trace_literally() -> None:
    """A dot in a mail address stands for a dot."""
    assert Person({"a.b"}, "c+d@e.org", {"f"}).pattern == r"a\.b|c\+d@e\.org|f"
