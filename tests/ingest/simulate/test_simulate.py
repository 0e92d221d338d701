"""The made-up conference: the same for the same seed, and believable."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.simulate.conference import conference, expected_count
from ingest.simulate.speakers import speakers

Payload = dict[str, Any]

PAYLOADS = Path(__file__).parents[2] / "payloads"


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return list(conference(attendees=300, sessions=40, events=2, seed=1))


@pytest.fixture(scope="module")
def payloads(bodies: list[bytes]) -> list[Payload]:
    return [json.loads(body) for body in bodies]


@pytest.fixture(scope="module")
def time_spent(payloads: list[Payload]) -> list[Payload]:
    return [payload for payload in payloads if payload["action"] == "TIME_SPENT_IN_SESSION"]


def shape(value: object) -> object:
    """The keys of JSON, all the way down; of a list, those of its first element."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case [first, *_]:
            return [shape(first)]
        case _:
            return None


def test_the_same_seed_gives_the_same_bytes_in_any_process() -> None:
    """Posted twice, a simulation must bring nothing but duplicates, whatever Python's hash seed."""
    program = (
        "import hashlib; from ingest.simulate.conference import conference;"
        "print(hashlib.sha256(b'|'.join(conference(attendees=20, sessions=9, events=2, seed=3))).hexdigest())"
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
    here = hashlib.sha256(b"|".join(conference(attendees=20, sessions=9, events=2, seed=3))).hexdigest()
    assert digests == {here + "\n"}


def test_another_seed_gives_other_actions() -> None:
    """Two simulations never take each other for duplicates."""
    one, other = (
        {json.loads(body)["actionId"] for body in conference(attendees=20, sessions=9, events=1, seed=seed)}
        for seed in (1, 2)
    )
    assert not one & other


@pytest.mark.parametrize("sessions", [1, 2, 3, 5, 13, 40, 700])
@pytest.mark.parametrize("events", [1, 3, 8])
def test_the_number_of_deliveries_is_known_beforehand(sessions: int, events: int) -> None:
    """The progress bar ends where the deliveries do."""
    expected = expected_count(attendees=7, sessions=sessions, events=events, seed=5)
    assert expected == sum(1 for _ in conference(attendees=7, sessions=sessions, events=events, seed=5))


def test_by_default_there_are_about_20_000_deliveries() -> None:
    """It is what the command's help says."""
    assert 19_000 <= expected_count(attendees=1000, sessions=40, events=2, seed=1) <= 21_000


def test_the_newest_shape_is_that_of_the_sample(time_spent: list[Payload]) -> None:
    """Most payloads have each key of the latest generation, and no other."""
    sample = shape(json.loads((PAYLOADS / "time_spent_full.json").read_bytes()))
    assert isinstance(sample, dict)
    sample["session"]["sponsors"] = None
    alike = [payload for payload in time_spent if shape(payload) == sample]
    assert len(alike) > 0.7 * len(time_spent)


def test_a_few_payloads_are_of_older_generations(time_spent: list[Payload]) -> None:
    """A location as a list, no registration, a registration without a profile."""
    assert any(isinstance(payload["session"]["location"], list) for payload in time_spent)
    assert any("registration" not in payload for payload in time_spent)
    assert any("profile" not in payload["registration"] for payload in time_spent if "registration" in payload)


def test_payloads_are_compact_utf_8_of_about_2_kb(bodies: list[bytes], payloads: list[Payload]) -> None:
    """What the benchmarks send is as large as what Zuddl sends."""
    assert bodies[0] == json.dumps(payloads[0], ensure_ascii=False, separators=(",", ":")).encode()
    assert 1_800 < sum(map(len, bodies)) / len(bodies) < 2_300


def test_each_event_has_its_name_and_the_sessions_asked_for(time_spent: list[Payload]) -> None:
    """Two events of one organisation, nine weeks apart, forty sessions each, every one with a title of its own."""
    titles = defaultdict(set)
    for payload in time_spent:
        titles[payload["event"]["name"]].add((payload["session"]["id"], payload["session"]["title"]))
    assert {name: len(sessions) for name, sessions in titles.items()} == {
        "Data Harbour 2026": 40,
        "Signal & Story 2026": 40,
    }
    assert all(len({title for _, title in sessions}) == 40 for sessions in titles.values())
    assert len({payload["event"]["organizationId"] for payload in time_spent}) == 1
    assert {payload["event"].get("startDate") for payload in time_spent} == {
        None,
        "2026-03-17T08:00:00Z",
        "2026-05-19T08:00:00Z",
    }


def test_keynotes_are_attended_by_nearly_all(time_spent: list[Payload]) -> None:
    """Four of them in each event, before and after everything else."""
    audience = defaultdict(set)
    for payload in time_spent:
        audience[payload["session"]["id"]].add(payload["actor"]["id"])
    sizes = sorted(map(len, audience.values()), reverse=True)
    assert min(sizes[:8]) > 0.9 * 300
    assert max(sizes[8:]) < 0.7 * 300


def test_some_stay_to_the_end_and_some_leave_early(time_spent: list[Payload]) -> None:
    """Both happen often enough to see them in a chart."""
    shares = []
    for payload in time_spent:
        start, end = (datetime.fromisoformat(payload["session"][key]) for key in ("startDateTime", "endDateTime"))
        shares.append(payload["timeSpentInMinutes"] / ((end - start) / timedelta(minutes=1)))
    assert 0.4 < sum(share >= 0.9 for share in shares) / len(shares) < 0.8
    assert 0.05 < sum(share < 0.25 for share in shares) / len(shares) < 0.3


def test_parallel_sessions_are_on_different_stages(time_spent: list[Payload]) -> None:
    """Nor does anybody speak in two places at once."""
    at_the_same_time: dict[str, dict[str, Any]] = defaultdict(dict)
    for payload in time_spent:
        session = payload["session"]
        if isinstance(session["location"], dict):
            at_the_same_time[session["startDateTime"]][session["id"]] = session
    for sessions in at_the_same_time.values():
        stages = [session["location"]["locationId"] for session in sessions.values()]
        speakers = [speaker["speakerId"] for session in sessions.values() for speaker in session["speakers"]]
        assert len(stages) == len(set(stages))
        assert len(speakers) == len(set(speakers))


def test_speakers_have_names_though_no_payload_tells_them(time_spent: list[Payload]) -> None:
    """They can be written to `speakers.csv`, as a user does for real ones."""
    names = {speaker.speaker_id: speaker.name for speaker in speakers(sessions=40, seed=1)}
    speaking = {speaker["speakerId"] for payload in time_spent for speaker in payload["session"]["speakers"]}
    assert speaking <= names.keys()
    assert all(names.values())


def test_sessions_here_and_there_lack_tags_speakers_or_a_location(time_spent: list[Payload]) -> None:
    """And some tags need trimming."""
    sessions = {payload["session"]["id"]: payload["session"] for payload in time_spent}.values()
    for key in ("tags", "speakers", "location"):
        assert 0 < sum(not session[key] for session in sessions) < 8
    assert any("" in session["tags"] for session in sessions)


def test_a_third_come_back_with_another_registration(time_spent: list[Payload]) -> None:
    """The same person and mail at both events, never the same registration."""
    registrations, mails = defaultdict(set), defaultdict(set)
    for payload in time_spent:
        if profile := payload.get("registration", {}).get("profile"):
            registrations[payload["actor"]["id"]].add((payload["event"]["id"], payload["registration"]["id"]))
            mails[payload["actor"]["id"]].add(profile["email"])
    came_back = [ids for ids in registrations.values() if len(ids) == 2]
    assert 70 < len(came_back) <= 105
    assert all(event != other and one != another for (event, one), (other, another) in map(tuple, came_back))
    assert {len(addresses) for addresses in mails.values()} == {1}
    assert len(set().union(*mails.values())) == len(mails)


def test_one_delivery_in_a_hundred_comes_twice(bodies: list[bytes], payloads: list[Payload]) -> None:
    """The repeat is the same to the byte: no action id stands for two contents."""
    actions = {payload["actionId"] for payload in payloads}
    assert len(actions) == len(set(bodies))
    assert 0.005 < 1 - len(actions) / len(bodies) < 0.015


def test_a_correction_is_created_later_and_says_something_else(time_spent: list[Payload]) -> None:
    """Another action about the same attendee and session."""
    actions = defaultdict(set)
    for payload in time_spent:
        about = (payload["event"]["id"], payload["session"]["id"], payload["actor"]["id"])
        actions[about].add((datetime.fromisoformat(payload["actionCreatedAt"]), payload["timeSpentInMinutes"]))
    corrected = [sorted(versions) for versions in actions.values() if len(versions) > 1]
    assert 0.002 < len(corrected) / len(actions) < 0.01
    assert all(first[0] < second[0] and first[1] != second[1] for first, second in corrected)


def test_other_actions_come_in_between(payloads: list[Payload]) -> None:
    """Three in a hundred, of the two kinds that we have samples of."""
    others = [payload["action"] for payload in payloads if payload["action"] != "TIME_SPENT_IN_SESSION"]
    assert set(others) == {"JOINED_SESSION", "TIME_SPENT_IN_DISCUSSION_ROOM"}
    assert 0.015 < len(others) / len(payloads) < 0.045


def test_deliveries_of_different_attendees_are_interleaved(payloads: list[Payload]) -> None:
    """A burst is in no order."""
    neighbours = [one["actor"]["id"] == other["actor"]["id"] for one, other in itertools.pairwise(payloads)]
    assert sum(neighbours) < 0.02 * len(neighbours)


def test_the_burst_begins_an_hour_after_the_end(time_spent: list[Payload]) -> None:
    """As the vendor's documentation has it; corrections follow within half an hour."""
    created = sorted(
        payload["actionCreatedAt"] for payload in time_spent if payload["event"]["name"] == "Data Harbour 2026"
    )
    assert created[0].startswith("2026-03-18T18:00:00")
    assert created[-1] < "2026-03-18T18:31"


def test_names_are_written_in_many_scripts(time_spent: list[Payload]) -> None:
    """While their mail addresses are plain ASCII."""
    profiles = [profile for payload in time_spent if (profile := payload.get("registration", {}).get("profile"))]
    first_letters = {profile["firstName"][0] for profile in profiles}
    for first, last in ("АЯ", "ΑΩ", "את", "ءي", "अह", "一龠", "가힣", "ሀፐ"):
        assert any(first <= letter <= last for letter in first_letters), f"no name from {first} to {last}"
    assert all(profile["email"].isascii() for profile in profiles)
