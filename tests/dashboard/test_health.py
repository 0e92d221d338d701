"""Data health: what it says first, of values that were not taken over, and of actions that are new."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import at, rows, said
from tests.dashboard.rows import TWO_EVENTS, Publish
from tests.kinds import Load, Payload, Query
from warehouse.schema import KNOWN_ACTIONS

NOTHING_QUARANTINED = "Of the deliveries in the 24 hours up to the last one, none is quarantined."


def test_the_first_line_says_what_was_quarantined_lately(publish: Publish, app: AppTest) -> None:
    """By reason, most first; what is older than a day before the last delivery is not counted."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, received_at) VALUES
            (1, '2025-10-01 12:00:00+00'), (2, '2025-09-01 12:00:00+00');
        INSERT INTO raw.quarantine (delivery_id, received_at, reason, detail) VALUES
            (3, '2025-10-01 12:00:01+00', 'missing_field', 'session.id'),
            (4, '2025-10-01 12:00:02+00', 'invalid_minutes', 'timeSpentInMinutes'),
            (5, '2025-10-01 12:00:03+00', 'invalid_minutes', 'timeSpentInMinutes'),
            (6, '2025-09-01 12:00:00+00', 'not_json', NULL);
        """
    )

    page = at(app, "health")

    [warning] = page.warning
    assert warning.value == (
        "Quarantined in the 24 hours up to the last delivery: 3 of 4 deliveries (2 `invalid_minutes`, 1 "
        "`missing_field`). No figure counts them. They are kept, and each rebuild tries them again."
    )
    assert NOTHING_QUARANTINED not in said(page)


def test_the_first_line_says_that_nothing_was_quarantined_lately(publish: Publish, app: AppTest) -> None:
    """A month after the last quarantined delivery."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, received_at) VALUES (1, '2025-10-01 12:00:00+00');
        INSERT INTO raw.quarantine (delivery_id, received_at, reason) VALUES (2, '2025-09-01 12:00:00+00', 'not_json');
        """
    )

    page = at(app, "health")

    assert not page.warning
    assert NOTHING_QUARANTINED in said(page)


def test_values_that_could_not_be_taken_over_are_counted_by_field(publish: Publish, app: AppTest) -> None:
    """With what became of them."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, received_at) VALUES
            (1, '2025-10-01 12:00:00+00'), (2, '2025-10-02 12:00:00+00');
        INSERT INTO staging.field_faults VALUES
            (1, 'session.startDateTime', 'unreadable'), (2, 'session.startDateTime', 'unreadable'),
            (1, 'session.tags', 'cut');
        """
    )

    assert rows(at(app, "health"), "field", "fault", "value_count") == [
        ("session.startDateTime", "unreadable: left empty", 2),
        ("session.tags", "too long: its beginning is kept", 1),
    ]


def test_where_every_value_was_taken_over_the_page_says_so(publish: Publish, app: AppTest) -> None:
    publish(TWO_EVENTS)

    assert "Every value is in the tables as it was sent." in said(at(app, "health"))


def test_the_repeat_policy_of_the_file_is_shown(publish: Publish, app: AppTest) -> None:
    """Not the one in the dashboard's environment."""
    publish(f"{TWO_EVENTS}; DELETE FROM raw.settings; INSERT INTO raw.settings VALUES ('sum')")

    assert "Several actions for one attendee and session: their minutes are added up" in said(at(app, "health"))


def test_what_is_wrong_with_the_names_of_speakers_is_shown(publish: Publish, app: AppTest, data_dir: Path) -> None:
    """Below the first line, as text, whatever the file holds."""
    publish(TWO_EVENTS)
    (data_dir / "speakers.csv").mkdir()

    page = at(app, "health")

    assert [warning.value for warning in page.warning] == ["`speakers.csv` can't be used as it is."]
    assert page.code[0].value == "speakers.csv is no file: no speaker has a name"


@pytest.mark.parametrize("content", [None, "speaker_id,speaker_name\np1,Grace Hopper\n"])
def test_of_names_that_can_be_used_nothing_is_said(
    publish: Publish, app: AppTest, data_dir: Path, content: str | None
) -> None:
    publish(TWO_EVENTS)
    if content:
        (data_dir / "speakers.csv").write_text(content, encoding="utf-8")

    assert not at(app, "health").warning


def test_actions_are_counted_by_name_and_new_names_come_first(publish: Publish, app: AppTest) -> None:
    """With the time at which the first one came, so that an operator sees what is new."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, action, received_at) VALUES
            (1, 'JOINED_SESSION', '2025-10-01 12:00:00+00'), (2, 'JOINED_SESSION', '2025-10-02 12:00:00+00'),
            (3, 'HOLOGRAM_LEFT', '2025-10-04 12:00:00+00'), (4, 'HOLOGRAM_LEFT', '2025-10-03 12:00:00+00'),
            (5, 'HOLOGRAM_ENTERED', '2025-10-05 12:00:00+00');
        """
    )

    page = at(app, "health")

    found = rows(page, "action", "is_known", "delivery_count", "first_received_at")
    assert [(*row, f"{first:%m-%d}") for *row, first in found] == [
        ("HOLOGRAM_LEFT", "new to this release", 2, "10-03"),
        ("HOLOGRAM_ENTERED", "new to this release", 1, "10-05"),
        ("JOINED_SESSION", "known", 2, "10-01"),
    ]
    assert "New to this release: 2 names of actions, in 3 of the stored deliveries." in said(page)


def test_where_every_action_is_known_nothing_is_new(publish: Publish, app: AppTest) -> None:
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, action) VALUES (1, 'JOINED_SESSION'), (2, 'TIME_SPENT_IN_SESSION');
        """
    )

    assert "New to this release" not in said(at(app, "health"))


def test_the_known_names_are_those_of_the_samples() -> None:
    """One sample of each name that the vendor's pages mention."""
    samples = (Path(__file__).parents[1] / "payloads" / "every_action.ndjson").read_text("utf-8").splitlines()

    assert sorted(KNOWN_ACTIONS) == sorted(json.loads(sample)["action"] for sample in samples)


NO_TEXT = {"in": {"place": ["of", "text"]}}
FROM_2027 = {
    "a new name": {"action": "HOLOGRAM_ENTERED", "event": {"id": "conf"}, "registration": {"id": "ann"}},
    "another shape": {
        "action": "HOLOGRAM_ENTERED",
        "version": 3,
        "data": [{"who": ["ann"]}],
        "event": "conf",
        "actor": 7,
        "registration": [{"id": "ann"}],
        "session": "talk",
        "booth": [],
        "question": True,
        "lead": "bob",
    },
    "objects for texts": {
        "action": "JOINED_BOOTH",
        "actionCreatedAt": NO_TEXT,
        "actor": {"id": NO_TEXT},
        "event": {"id": NO_TEXT, "name": NO_TEXT, "timezone": NO_TEXT, "startDate": NO_TEXT},
        "session": {"id": NO_TEXT, "title": NO_TEXT, "tags": NO_TEXT, "speakers": NO_TEXT, "location": NO_TEXT},
        "registration": {
            "id": NO_TEXT,
            "profile": {"firstName": NO_TEXT, "email": NO_TEXT},
            "customFieldsData": NO_TEXT,
            "ticketDetails": {"ticketName": NO_TEXT},
            "source": {"type": NO_TEXT, "utmParams": {"source": NO_TEXT}},
        },
        "booth": {"id": NO_TEXT, "name": NO_TEXT},
        "question": {"id": NO_TEXT, "question": NO_TEXT},
        "lead": {"id": NO_TEXT, "email": NO_TEXT, "rating": NO_TEXT},
        "timeSpentInMinutes": NO_TEXT,
    },
}


@pytest.mark.parametrize("payload", FROM_2027.values(), ids=FROM_2027)
def test_an_action_that_nobody_foresaw_is_stored_and_counted(
    payload: Payload, load: Load, query: Query, app: AppTest
) -> None:
    """It is a row of `actions`, never quarantined, and the sample beside it is loaded."""
    load({"actionId": "odd", **payload}, {"actionId": "usual", "action": "ENTERED", "registration": {"id": "bob"}})

    assert query("SELECT action_id, action FROM actions ORDER BY delivery_id") == [
        ("odd", payload["action"]),
        ("usual", "ENTERED"),
    ]
    assert query("FROM raw.quarantine") == []
    assert query("SELECT json_extract(body, '$') FROM raw.deliveries WHERE action_id = 'odd'") == [
        (json.dumps({"actionId": "odd", **payload}, separators=(",", ":")),)
    ]
    name = "known" if payload["action"] in KNOWN_ACTIONS else "new to this release"
    assert (payload["action"], name, 1) in rows(at(app, "health"), "action", "is_known", "delivery_count")
