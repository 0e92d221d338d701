"""Whether a delivery is about an event: as the tables say it, whatever its action."""

import json

import pytest

from warehouse.commands.event import Event


@pytest.mark.parametrize(
    ("body", "is_about_it"),
    [
        ({"action": "EVENT_UPDATED", "event": {"id": "conf"}}, True),
        ({"registration": {"id": "ann"}, "event": {"id": " conf "}}, True),
        ({"registration": {"id": "ann", "eventId": "conf"}}, True),
        ({"registration": {"id": "ann", "eventId": "conf"}, "event": {"id": None}}, True),
        ({"registration": {"id": "ann", "eventId": "conf"}, "event": {"id": "fair"}}, False),
        ({"registration": {"id": "ann"}, "event": {"id": "fair", "parentEventId": "conf"}}, False),
        ({"registration": {"id": "conf"}, "event": {"id": "fair"}}, False),
        ({"event": {"id": "conf-2"}}, False),
        ({"event": {"id": "Conf"}}, False),
        ({"data": {"event": {"id": "conf"}}}, True),
        ({"registration": {"id": "ann"}}, False),
        ('{"event": {"id": "conf"', True),
        ('{"event": {"id": "conf-2"', False),
        ('{"event": {"id": "\\u0063onf"}}', True),
        ('{"event": {"id": "conf"}, "event": {"id": "fair"}}', True),
    ],
    ids=str,
)
def test_a_delivery_is_about_the_event_that_it_names(body: object, is_about_it: bool) -> None:
    assert Event("conf").is_in(body if isinstance(body, str) else json.dumps(body)) == is_about_it


def test_an_event_whose_id_is_a_number_is_found_where_an_id_belongs() -> None:
    assert Event("7").is_in('{"event": {"id": 7}}')
    assert not Event("7").is_in('{"event": {"id": 8}, "timeSpentInMinutes": 7}')


def test_found_are_the_registrations_of_its_deliveries() -> None:
    event = Event("conf")
    event.is_in('{"registration": {"id": "ann"}, "event": {"id": "conf"}}')
    event.is_in('{"registration": {"id": "bob"}, "event": {"id": "fair"}}')
    assert event.found_ids == {"ann"}


def test_what_is_json_but_for_its_encoding_is_about_the_event_as_received_and_as_stored() -> None:
    body = '{"event": {"id": "fair", "name": "Foire conf, été"}}'.encode("latin-1")
    assert Event("conf").is_in(body)
    assert Event("conf").is_in(body.decode(errors="backslashreplace"))


@pytest.mark.parametrize("field", ["registration", "event"])
def test_an_event_that_is_nested_almost_too_deeply_for_json_is_found(field: str) -> None:
    """Its parts are read deeper in the stack than the whole was."""
    for depth in range(850, 1_000):
        body = f'{{"{field}": {{"id": "%s", "eventId": "%s", "x": {"[" * depth}1{"]" * depth}}}}}'
        assert Event("conf").is_in(body % ("conf", "conf"))
        assert not Event("conf").is_in(body % ("fair", "fair"))
