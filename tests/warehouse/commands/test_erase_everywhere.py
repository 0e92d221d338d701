"""An erasure reaches every kind of delivery, and leaves to others what is theirs."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from tests.kinds import Load, Payload, Query
from tests.storages import at_rest
from warehouse import cli
from warehouse.commands.erase import erase
from warehouse.commands.person import Person
from warehouse.settings import WarehouseSettings

Run = Callable[..., Result]

EVENT = {"id": "conf", "name": "Conference", "timezone": "Europe/Paris", "createdBy": "sam", "updatedBy": "ann-actor"}
ANN = {"id": "ann", "profile": {"firstName": "Ann", "email": "Ann@Example.org"}}
BOB = {"id": "bob", "profile": {"firstName": "Bob", "email": "bob@example.org", "company": "Works"}}


@pytest.fixture
def run(settings: WarehouseSettings) -> Run:
    return lambda *arguments: CliRunner(env={"DATA_DIR": str(settings.data_dir)}).invoke(cli.main, arguments)


def delivery(action: str, action_id: str, actor: str, **more: object) -> Payload:
    return {
        "action": action,
        "actionId": action_id,
        "actionCreatedAt": "2025-09-10T08:00:00Z",
        "actor": {"id": actor},
        "event": EVENT,
        **more,
    }


def lead(action_id: str, lead_id: str, action: str = "LEAD_ADDED", **fields: object) -> Payload:
    return delivery(action, action_id, "sam", lead={"id": lead_id, **fields})


def minutes(action_id: str, registration: Payload, actor: str, **more: object) -> Payload:
    talk = {"id": "talk", "title": "Talk", "startDateTime": "2025-09-10T08:00:00Z"}
    return delivery(
        "TIME_SPENT_IN_SESSION",
        action_id,
        actor,
        **{"registration": registration, "session": talk, "timeSpentInMinutes": 30, **more},
    )


# One of each kind that names Ann, and why it goes.
ABOUT_ANN = [
    minutes("her-minutes", ANN, "ann-actor"),
    delivery("ASKED_QUESTION", "her-question", "ann-actor", question={"id": "q", "question": "Does it scale?"}),
    delivery("ANSWERED_SURVEY", "her-survey", "x", registration={"id": "ann"}, survey={"id": "s", "title": "How?"}),
    delivery("EVENT_UPDATED", "event-by-her", "ann-actor"),
    lead("she-is-a-lead", "lead-1", email="ANN@example.org ", firstName="Ann"),
    lead("her-lead-enriched", "lead-1", "LEAD_ENRICHMENT", company="Foods"),
    lead("she-added-a-lead", "lead-2", email="c@x.org", leadAddedByName="Ann", leadAddedByEmail="ann@example.org"),
    lead("she-made-a-lead", "lead-3", email="d@x.org", createdBy="ann-actor"),
    lead("field-of-a-lead", "lead-4", customFields=[{"question": "Colleague?", "response": "ann@example.org"}]),
    delivery("REGISTERED", "field", "bob-actor", registration={**BOB, "customFieldsData": [{"value": "ann"}]}),
    delivery("TICKET_TRANSFERRED", "ticket", "bob-actor", registration={**BOB, "oldTicketDetails": {"holder": ANN}}),
]
ABOUT_BOB = [
    delivery("EVENT_CREATED", "event-by-sam", "sam"),
    minutes("his-minutes", BOB, "bob-actor"),
    delivery("ATTENDED", "let-in-by-her", "ann-actor", registration=BOB),
    lead("his-lead", "lead-5", email="bob@example.org", leadAddedByEmail="joann@example.org"),
]


def test_a_person_is_erased_from_every_kind_of_delivery_and_no_one_else_is(
    load: Load, run: Run, settings: WarehouseSettings, query: Query
) -> None:
    load(*ABOUT_ANN, *ABOUT_BOB)
    result = run("erase", "--email", "ann@EXAMPLE.org", "--json")
    assert result.exit_code == 0, result.output
    receipt = json.loads(result.stdout)
    assert receipt["delivery_count"] == 11
    assert receipt["registration_count"] == 1
    stored = [(d["actionId"],) for d in ABOUT_BOB]
    assert query("SELECT action_id FROM raw.deliveries ORDER BY delivery_id") == stored
    assert query("SELECT lead_id FROM leads") == [("lead-5",)]
    assert query("SELECT registration_id, company FROM registrations") == [("bob", "Works")]
    assert query("SELECT registration_id, total_minutes FROM attendee_engagement") == [("bob", 30)]
    for name, content in at_rest(settings):
        assert b"ann@example.org" not in content.lower().replace(b"joann@example.org", b""), name


def test_the_receipt_counts_the_rows_that_each_table_has_lost(load: Load, run: Run) -> None:
    """Her question came without a registration, and stands under her actor's id."""
    load(*ABOUT_ANN[:6], *ABOUT_BOB)
    receipt = json.loads(run("erase", "--email", "ann@example.org", "--json").stdout)
    assert receipt["removed_rows"] == {
        "main.actions": 5,
        "main.attendee_engagement": 1,
        "main.attendee_interactions": 2,
        "main.attendees": 1,
        "main.company_engagement": 1,
        "main.leads": 1,
        "main.registrations": 2,
        "main.time_spent": 1,
        "raw.deliveries": 6,
    }


def test_the_receipt_is_printed_with_a_line_for_each_table(load: Load, run: Run) -> None:
    load(lead("hers", "lead-1", email="ann@example.org"), *ABOUT_BOB)
    lines = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in run("erase", "--email", "ann@example.org").stdout.splitlines()
    ]
    assert ["rows of main.leads", "1"] in lines
    assert ["rows of raw.deliveries", "1"] in lines


def test_a_person_who_is_nothing_but_a_lead_is_erased(load: Load, run: Run, query: Query) -> None:
    load(lead("hers", "lead-1", email="Noor@Example.org"), lead("his", "lead-2", email="bob@example.org"))
    assert run("erase", "--email", "noor@example.org").exit_code == 0
    assert query("SELECT lead_id FROM leads") == [("lead-2",)]
    assert run("erase", "--email", "noor@example.org").exit_code == 1


def test_an_event_whose_describer_is_erased_keeps_what_others_deliveries_say_of_it(
    load: Load, settings: WarehouseSettings, query: Query
) -> None:
    renamed = delivery("EVENT_UPDATED", "renamed", "sam")
    load(renamed | {"event": {**EVENT, "name": "Renamed"}, "actionCreatedAt": "2025-09-11T08:00:00Z"}, *ABOUT_BOB)
    assert query("SELECT event_name FROM events") == [("Renamed",)]
    erase(settings, Person({"sam"}))
    assert query("SELECT event_id, event_name, time_zone FROM events") == [("conf", "Conference", "Europe/Paris")]
    assert query("SELECT local_starts_at::VARCHAR, attendee_count FROM session_engagement") == [
        ("2025-09-10 10:00:00", 1)
    ]


def test_an_address_in_an_events_description_takes_no_ones_deliveries(load: Load, run: Run, query: Query) -> None:
    """A conference prints whom to write to. Erasing that desk is no reason to lose the conference."""
    described = EVENT | {"description": "Questions? Write to desk@example.org"}
    desk = {"id": "desk", "profile": {"email": "desk@example.org"}}
    load(*(d | {"event": described} for d in ABOUT_BOB), minutes("of-the-desk", desk, "desk-actor", event=described))
    assert run("erase", "--email", "desk@example.org").exit_code == 0
    assert query("SELECT action_id FROM raw.deliveries ORDER BY delivery_id") == [(d["actionId"],) for d in ABOUT_BOB]
    result = run("erase", "--email", "desk@example.org")
    assert (result.exit_code, "nobody with this mail address" in result.stderr) == (1, True)


def test_an_event_is_erased_with_all_that_people_did_there(
    load: Load, run: Run, settings: WarehouseSettings, query: Query
) -> None:
    fair = {"id": "fair", "name": "Fair"}
    load(*ABOUT_ANN, *ABOUT_BOB, minutes("at-the-fair", BOB, "bob-actor", event=fair), b'{"event":{"id":"conf"')
    receipt = json.loads(run("erase", "--event", "conf", "--json").stdout)
    assert (receipt["registration_count"], receipt["delivery_count"], receipt["quarantine_count"]) == (2, 15, 1)
    assert receipt["inbox_count"] == 16
    assert query("SELECT event_id, total_minutes FROM event_engagement") == [("fair", 30)]
    assert query("SELECT count(*) FROM leads") == [(0,)]
    for name, content in at_rest(settings):
        assert b"Conference" not in content, name


def test_an_event_that_is_not_stored_is_said_with_code_1(load: Load, run: Run) -> None:
    load(*ABOUT_BOB)
    result = run("erase", "--event", "con")
    assert (result.exit_code, result.stderr) == (1, "Error: no delivery of this event is stored; nothing was changed\n")


def test_an_event_and_a_person_are_not_erased_in_one_run(load: Load, run: Run) -> None:
    load(*ABOUT_BOB)
    result = run("erase", "--event", "conf", "--email", "bob@example.org")
    assert (result.exit_code, "--event stands alone" in result.stderr) == (2, True)
