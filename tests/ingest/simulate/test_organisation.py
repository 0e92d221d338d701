"""The made-up organisation: the same for the same seed, every kind of action, and a story that makes sense."""

import hashlib
import json
import os
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest.simulate.conference import conference
from ingest.simulate.organisation import expected_count, organisation
from ingest.simulate.sponsors import sponsors

PAYLOADS = Path(__file__).parents[2] / "payloads"

Payload = dict[str, Any]
Chosen = Callable[..., list[Payload]]

# All that the vendor's public pages name.
KINDS = """
ADD_ON_MODIFIED AGGREGATED_CTA_CLICKED AGGREGATED_JOINED_BREAKOUT_ROOM AGGREGATED_POLL_ANSWERED
AGGREGATED_QUESTION_ASKED AGGREGATED_QUESTION_UPVOTED AGGREGATED_SURVEY_ANSWERED AGGREGATED_TIME_SPENT_IN_BOOTH
AGGREGATED_TIME_SPENT_IN_DISCUSSION_ROOM AGGREGATED_TIME_SPENT_IN_SESSION AGGREGATED_WATCHED_VOD ANSWERED_POLL
ANSWERED_SURVEY APPROVED APPROVED_NOT_REGISTERED ASKED_QUESTION ASSIGNED_NOT_REGISTERED ATTENDED ATTENDED_ON_DEMAND
COUPON_CODE_MODIFIED CPE_CREDIT_ADDED CTA_CLICKED ENTERED EVENT_ADDED_IN_HUB EVENT_ADDED_IN_SERIES EVENT_CREATED
EVENT_UPDATED INVITED INVITE_DECLINED JOINED_BOOTH JOINED_BREAKOUT_ROOM JOINED_DISCUSSION_ROOM JOINED_SESSION
LEAD_ADDED LEAD_CAPTURE_FIELDS_DATA_MODIFIED LEAD_ENRICHMENT NO_SHOW ON_DEMAND_SETTING_UPDATED QUESTION_UPVOTED
REGISTERED REGISTRATION_ABANDONED REGISTRATION_ATTEMPTED REGISTRATION_DATA_MODIFIED REGISTRATION_DELETE
REGISTRATION_FOR_ON_DEMAND REGISTRATION_PENDING_APPROVAL REGISTRATION_REJECTED SESSION_REGISTRATION TICKET_MODIFIED
TICKET_TRANSFERRED TIME_SPENT_IN_BOOTH TIME_SPENT_IN_BOOTHS TIME_SPENT_IN_DISCUSSION_ROOM TIME_SPENT_IN_EVENT
TIME_SPENT_IN_SESSION TIME_SPENT_IN_STAGE UNASSIGNED_TICKET WATCHED_VOD
"""
REGISTERING = ("REGISTERED", "APPROVED", "REGISTRATION_FOR_ON_DEMAND")
ARRIVING = ("ATTENDED", "ENTERED")
PARIS, NEW_YORK = "Data Harbour 2026", "Signal & Story 2026"


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return list(organisation(attendees=1000, sessions=40, events=2, seed=1))


@pytest.fixture(scope="module")
def payloads(bodies: list[bytes]) -> list[Payload]:
    return [json.loads(body) for body in bodies]


@pytest.fixture(scope="module")
def chosen(payloads: list[Payload]) -> Chosen:
    """Payloads of these actions, each once, at all events or one."""
    by_action: dict[str, dict[str, Payload]] = defaultdict(dict)
    for payload in payloads:
        by_action[payload["action"]][payload["actionId"]] = payload

    def choose(*actions: str, event: str | None = None) -> list[Payload]:
        found = [payload for action in actions for payload in by_action[action].values()]
        return [payload for payload in found if event in {None, payload["event"]["name"]}]

    return choose


def people(payloads: list[Payload]) -> set[str]:
    return {payload["registration"]["id"] for payload in payloads}


def keys(value: object, path: str = "") -> set[str]:
    """The paths of all keys in JSON, all the way down; of a list, those of its first element."""
    match value:
        case dict():
            return set().union(*(keys(inner, f"{path}.{key}") for key, inner in value.items()), {path})
        case [first, *_]:
            return keys(first, path)
        case _:
            return {path}


def created_at(payload: Payload) -> datetime:
    return datetime.fromisoformat(payload["actionCreatedAt"])


def test_the_same_seed_gives_the_same_bytes_in_any_process() -> None:
    program = (
        "import hashlib; from ingest.simulate.organisation import organisation;"
        "print(hashlib.sha256(b'|'.join(organisation(attendees=20, sessions=9, events=2, seed=3))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            stdout=subprocess.PIPE,
        ).stdout.decode()
        for seed in ("0", "1")
    }
    here = hashlib.sha256(b"|".join(organisation(attendees=20, sessions=9, events=2, seed=3))).hexdigest()
    assert digests == {here + "\n"}


def test_only_time_spent_is_the_stream_of_the_first_release() -> None:
    bodies = conference(attendees=100, sessions=13, events=2, seed=4)
    digest = hashlib.sha256(b"\n".join(bodies)).hexdigest()
    assert digest == "deb951cf991e63bac13db7c1af026e80a2c4c314f69651b7a5c1eb7c2880b051"


def test_another_seed_gives_other_actions_and_registrations() -> None:
    one, other = (list(organisation(attendees=20, sessions=9, events=1, seed=seed)) for seed in (1, 2))
    ids = [{json.loads(body)["actionId"] for body in bodies} for bodies in (one, other)]
    registrations = [
        people([payload for body in bodies if "registration" in (payload := json.loads(body))])
        for bodies in (one, other)
    ]
    assert not ids[0] & ids[1]
    assert not registrations[0] & registrations[1]


@pytest.mark.parametrize("sessions", [1, 2, 13, 200])
@pytest.mark.parametrize("events", [1, 4])
@pytest.mark.parametrize("attendees", [1, 7])
def test_the_number_of_deliveries_is_known_beforehand(attendees: int, sessions: int, events: int) -> None:
    expected = expected_count(attendees=attendees, sessions=sessions, events=events, seed=5)
    assert expected == sum(1 for _ in organisation(attendees=attendees, sessions=sessions, events=events, seed=5))


def test_by_default_there_are_about_48_000_deliveries(bodies: list[bytes]) -> None:
    """It is what the command's help and the README say."""
    assert 46_000 <= len(bodies) <= 50_000


def test_each_known_kind_of_action_occurs_and_no_other(payloads: list[Payload]) -> None:
    assert {payload["action"] for payload in payloads} == set(KINDS.split())


def test_each_kind_of_action_has_the_shape_of_its_sample(chosen: Chosen) -> None:
    """Time spent in sessions has that of the newest generation, as it always had here."""
    samples = [json.loads(line) for line in (PAYLOADS / "every_action.ndjson").read_bytes().splitlines()]
    expected = {sample["action"]: sample for sample in samples}
    expected["TIME_SPENT_IN_SESSION"] = json.loads((PAYLOADS / "time_spent_full.json").read_bytes())
    for action, sample in expected.items():
        assert any(keys(payload) >= keys(sample) for payload in chosen(action)), action


def test_four_deliveries_in_ten_are_time_spent_in_sessions(payloads: list[Payload]) -> None:
    spent = sum(payload["action"] == "TIME_SPENT_IN_SESSION" for payload in payloads)
    assert 0.38 < spent / len(payloads) < 0.42


def test_payloads_are_compact_utf_8(bodies: list[bytes], payloads: list[Payload]) -> None:
    for body, payload in zip(bodies, payloads, strict=True):
        assert body == json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def test_one_delivery_in_a_hundred_comes_twice(bodies: list[bytes], payloads: list[Payload]) -> None:
    """The repeat is the same to the byte: no action id stands for two contents."""
    action_ids = {payload["actionId"] for payload in payloads}
    assert len(action_ids) == len(set(bodies))
    assert 0.007 < 1 - len(action_ids) / len(bodies) < 0.013


def test_deliveries_arrive_in_the_order_of_time_but_for_repeats(payloads: list[Payload]) -> None:
    """A repeat comes at most 30 seconds after the first."""
    latest = created_at(payloads[0])
    for payload in payloads:
        assert created_at(payload) >= latest - timedelta(seconds=30)
        latest = max(latest, created_at(payload))


@pytest.mark.parametrize("event", [PARIS, NEW_YORK])
def test_fewer_register_than_are_invited_and_fewer_come(chosen: Chosen, event: str) -> None:
    invited = people(chosen("INVITED", event=event))
    registered = people(chosen(*REGISTERING, event=event))
    arrived = people(chosen(*ARRIVING, event=event))
    in_sessions = people(chosen("TIME_SPENT_IN_SESSION", event=event))
    assert len(invited) > len(registered) > len(arrived) == 1000 > len(in_sessions) > 950
    assert in_sessions < arrived < registered
    assert registered - invited
    assert 0.55 < len(arrived) / len(registered) < 0.75


def test_who_did_not_come_was_registered_and_never_seen(chosen: Chosen) -> None:
    no_shows = people(chosen("NO_SHOW"))
    assert 700 < len(no_shows) < 1100
    assert no_shows < people(chosen("REGISTERED", "APPROVED"))
    assert not no_shows & people(chosen(*ARRIVING, "JOINED_SESSION", "JOINED_BOOTH", "TIME_SPENT_IN_SESSION"))


def test_who_was_deleted_or_rejected_does_not_come(chosen: Chosen) -> None:
    gone = people(chosen("REGISTRATION_DELETE", "REGISTRATION_REJECTED"))
    assert 100 < len(gone) < 220
    assert not gone & people(chosen(*ARRIVING, "NO_SHOW", "JOINED_SESSION"))


def test_a_registration_follows_the_invitation_and_precedes_the_arrival(chosen: Chosen) -> None:
    invited = {p["registration"]["id"]: created_at(p) for p in chosen("INVITED")}
    registered = {p["registration"]["id"]: created_at(p) for p in chosen(*REGISTERING)}
    arrived = {p["registration"]["id"]: created_at(p) for p in chosen(*ARRIVING)}
    assert all(invited[who] < registered[who] for who in invited.keys() & registered.keys())
    assert all(registered[who] < at for who, at in arrived.items())


def test_registrations_come_over_weeks(chosen: Chosen) -> None:
    ahead = [
        datetime.fromisoformat(payload["event"]["startDate"]) - created_at(payload) for payload in chosen("REGISTERED")
    ]
    assert all(timedelta(0) < each < timedelta(days=31) for each in ahead)
    assert sum(each > timedelta(weeks=2) for each in ahead) > 0.2 * len(ahead)


def test_registrations_say_where_they_came_from_and_which_ticket_it_is(chosen: Chosen) -> None:
    registrations = [payload["registration"] for payload in chosen("REGISTERED")]
    sources = Counter((each["source"]["utmParams"] or {}).get("source") for each in registrations)
    tickets = Counter(each["ticketDetails"]["ticketName"] for each in registrations)
    types = Counter(each["attendanceType"] for each in registrations)
    assert set(sources) == {None, "newsletter", "linkedin", "google", "partner"}
    assert set(tickets) == {"Full pass", "Early bird", "Day pass", "Online", "Online, free"}
    assert set(types) == {"VIRTUAL", "IN_PERSON"}
    assert min(*sources.values(), *tickets.values(), *types.values()) > 100
    assert {field["fieldSlug"] for field in registrations[0]["customFieldsData"]} == {
        "job_level1",
        "city1",
        "years_in_role",
    }


def test_in_person_tickets_enter_and_online_ones_attend(chosen: Chosen) -> None:
    types = {p["registration"]["id"]: p["registration"]["attendanceType"] for p in chosen("REGISTERED", "APPROVED")}
    assert {types[who] for who in people(chosen("ENTERED"))} == {"IN_PERSON"}
    assert {types[who] for who in people(chosen("ATTENDED"))} == {"VIRTUAL"}


def test_some_join_a_session_and_spend_nothing_there(chosen: Chosen) -> None:
    joined, spent = (
        {(payload["registration"]["id"], payload["session"]["id"]) for payload in chosen(action)}
        for action in ("JOINED_SESSION", "TIME_SPENT_IN_SESSION")
    )
    assert 50 < len(joined - spent) < 200


def test_only_questions_that_were_asked_in_the_session_get_votes(chosen: Chosen) -> None:
    asked = {(p["session"]["id"], p["question"]["id"]): created_at(p) for p in chosen("ASKED_QUESTION")}
    votes = chosen("QUESTION_UPVOTED")
    assert len(votes) > 300
    assert all(created_at(vote) > asked[vote["session"]["id"], vote["question"]["id"]] for vote in votes)


def test_the_clocks_go_forward_between_the_two_days_in_paris(chosen: Chosen) -> None:
    """The doors open at 8 on each day, on the clock on the wall: one hour earlier in UTC on the second day."""
    starts = {payload["session"]["startDateTime"] for payload in chosen("TIME_SPENT_IN_SESSION", event=PARIS)}
    zone = ZoneInfo("Europe/Paris")
    local = sorted(datetime.fromisoformat(start).astimezone(zone) for start in starts)
    first, second = local[0], next(start for start in local if start.date() > local[0].date())
    assert (str(first), str(second)) == ("2026-03-28 09:00:00+01:00", "2026-03-29 09:00:00+02:00")


def test_the_events_are_made_in_the_zone_of_the_office_and_moved(chosen: Chosen) -> None:
    zones = {
        action: [payload["event"]["timezone"] for payload in chosen(action)]
        for action in ("EVENT_CREATED", "EVENT_UPDATED", "REGISTERED")
    }
    assert zones["EVENT_CREATED"] == ["Asia/Kolkata", "Asia/Kolkata"]
    assert zones["EVENT_UPDATED"] == ["Europe/Paris", "America/New_York"]
    assert set(zones["REGISTERED"]) == {"Europe/Paris", "America/New_York"}


def test_the_burst_begins_an_hour_after_the_end(chosen: Chosen) -> None:
    spent = chosen("TIME_SPENT_IN_SESSION", "TIME_SPENT_IN_BOOTHS", "NO_SHOW", event=NEW_YORK)
    times = sorted(map(created_at, spent))
    assert str(times[0]).startswith("2026-05-20 22:00:00")
    assert times[-1] < times[0] + timedelta(minutes=32)


def test_each_sponsor_has_a_booth_and_sessions_of_its_own(chosen: Chosen) -> None:
    names = {sponsor.sponsor_id: sponsor.name for sponsor in sponsors(1)}
    sessions = {p["session"]["id"]: p["session"]["sponsors"] for p in chosen("TIME_SPENT_IN_SESSION")}
    sponsoring = Counter(each["sponsorId"] for several in sessions.values() for each in several or [])
    booths = {(p["event"]["name"], p["booth"]["id"], p["booth"]["name"]) for p in chosen("JOINED_BOOTH")}
    assert sponsoring.keys() == names.keys()
    assert 20 < sum(each is None for each in sessions.values()) < 60
    assert sorted(name for event, _, name in booths if event == PARIS) == sorted(names.values())
    assert len({booth_id for _, booth_id, _ in booths}) == 12


def test_time_in_a_booth_is_spent_by_those_who_joined_it(chosen: Chosen) -> None:
    joined, spent = (
        {(payload["registration"]["id"], payload["booth"]["id"]) for payload in chosen(*actions)}
        for actions in (["JOINED_BOOTH"], ["TIME_SPENT_IN_BOOTHS", "TIME_SPENT_IN_BOOTH"])
    )
    assert spent < joined
    assert len(spent) > 0.7 * len(joined)


def test_a_lead_is_a_visitor_of_the_booth_whose_staff_wrote_it_down(chosen: Chosen) -> None:
    visits = {
        (payload["event"]["name"], payload["registration"]["profile"]["email"], payload["booth"]["name"])
        for payload in chosen("JOINED_BOOTH")
    }
    booths = {sponsor.staff_email: sponsor.name for sponsor in sponsors(1)}
    leads = chosen("LEAD_ADDED")
    assert 120 < len(leads) < 320
    for payload in leads:
        lead = payload["lead"]
        assert (payload["event"]["name"], lead["email"], booths[lead["leadAddedByEmail"]]) in visits


def test_leads_are_rated_and_enriched_after_they_were_added(chosen: Chosen) -> None:
    added = {payload["lead"]["id"]: created_at(payload) for payload in chosen("LEAD_ADDED")}
    rated, enriched = chosen("LEAD_CAPTURE_FIELDS_DATA_MODIFIED"), chosen("LEAD_ENRICHMENT")
    assert all(created_at(payload) >= added[payload["lead"]["id"]] for payload in [*rated, *enriched])
    assert {payload["lead"]["rating"] for payload in rated} == {1, 2, 3, 4, 5}
    assert {payload["lead"]["enrichedState"] for payload in enriched} == {"ENRICHED"}


def test_companies_are_spelt_in_several_ways(chosen: Chosen) -> None:
    """One company, once case, blanks and full-width letters are made equal."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for payload in chosen("REGISTERED"):
        if company := payload["registration"]["profile"]["company"]:
            spellings[" ".join(unicodedata.normalize("NFKC", company).lower().split())].add(company)
    full_width = unicodedata.lookup("FULLWIDTH LATIN CAPITAL LETTER N")
    plain, *others = sorted(spellings["nordwind gmbh"], key=lambda company: company != "Nordwind GmbH")
    assert plain == "Nordwind GmbH"
    assert {company[0] for company in others} == {"N", " ", full_width}
    assert {" Nordwind  GmbH\u00a0", "NORDWIND GMBH"} < set(others)
    assert len(spellings) == 30


def test_people_return_with_another_registration(chosen: Chosen) -> None:
    here, there = (
        {payload["actor"]["id"]: payload["registration"]["id"] for payload in chosen(*ARRIVING, event=event)}
        for event in (PARIS, NEW_YORK)
    )
    returning = here.keys() & there.keys()
    assert 200 < len(returning) < 400
    assert all(here[who] != there[who] for who in returning)


def test_recordings_are_watched_in_the_days_after_the_event(chosen: Chosen) -> None:
    viewers = people(chosen("WATCHED_VOD"))
    assert people(chosen("ATTENDED_ON_DEMAND")) == viewers
    assert viewers & people(chosen("REGISTRATION_FOR_ON_DEMAND"))
    assert viewers & people(chosen("NO_SHOW"))
    assert viewers & people(chosen(*ARRIVING))
    ends = [
        created_at(payload) - datetime.fromisoformat(payload["event"]["endDate"]) for payload in chosen("WATCHED_VOD")
    ]
    assert timedelta(days=1) < min(ends) < max(ends) < timedelta(days=7)
