"""Tracing: the outcome of each delivery, wherever it is."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tests.kinds import Action, Load
from warehouse.cli import main
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings


@pytest.fixture
def traced(settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 -- a function
    """Runs `warehouse trace --json` and gives the named columns of each delivery."""
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))

    def run(*arguments: str, columns: tuple[str, ...] = ("delivery_id", "outcome")) -> list[tuple[Any, ...]]:
        result = CliRunner().invoke(main, ["trace", *arguments, "--json"])
        assert result.exit_code == 0, result.output
        return [tuple(one[column] for column in columns) for one in json.loads(result.stdout)]

    return run


def said(settings: WarehouseSettings, *arguments: str) -> str:
    """What `warehouse trace` says on a terminal."""
    return CliRunner().invoke(main, ["trace", *arguments], env={"DATA_DIR": str(settings.data_dir)}).output


def test_an_action_that_counts(load: Load, action: Action, traced: Any) -> None:  # noqa: ANN401
    load(action("ann", actionId="a", minutes=42))

    columns = ("delivery_id", "action_id", "action", "load_id", "outcome", "reason", "minutes_spent")
    assert traced("a", columns=columns) == [(1, "a", "TIME_SPENT_IN_SESSION", 1, "counted", None, 42.0)]


def test_an_earlier_action_is_superseded(load: Load, action: Action, traced: Any) -> None:  # noqa: ANN401
    load(
        action("ann", actionId="late", actionCreatedAt="2025-09-18T19:00:00Z"),
        action("ann", actionId="early", actionCreatedAt="2025-09-18T18:00:00Z"),
    )

    assert traced("early") == [(2, "superseded")]
    assert traced("late") == [(1, "counted")]


def test_a_repeat_and_what_it_repeats(load: Load, action: Action, traced: Any) -> None:  # noqa: ANN401
    load(action(actionId="a"))
    load(action(actionId="a"))

    columns = ("delivery_id", "load_id", "outcome", "first_delivery_id")
    assert traced("a", columns=columns) == [(1, 1, "counted", None), (2, 2, "duplicate", 1)]
    assert traced("--delivery", "2", columns=columns) == [(2, 2, "duplicate", 1)]


def test_a_quarantined_delivery_tells_why(load: Load, action: Action, traced: Any) -> None:  # noqa: ANN401
    load(action("ann", actionId="a", minutes="soon"))

    assert traced("a", columns=("outcome", "reason")) == [("quarantined", "invalid_minutes: timeSpentInMinutes")]
    assert traced("--registration-id", "ann") == [(1, "quarantined")]


def test_another_action_is_told(load: Load, action: Action, traced: Any) -> None:  # noqa: ANN401
    load(action("ann", actionId="a", action="JOINED_SESSION"))

    assert traced("a") == [(1, "other_action")]


def test_what_waits_and_what_was_refused_is_found(
    load: Load,
    action: Action,
    inbox: Inbox,
    traced: Any,  # noqa: ANN401
) -> None:
    load(action("ann", actionId="a"))
    inbox.append([(1_000_000, json.dumps(action("ann", actionId="b", minutes=5)).encode())])
    refused = json.dumps(action("ann", actionId="c")).encode()
    inbox.set_aside.add([Unverified(2_000_000, b"sha256=0", refused, "signature mismatch")], 10_000)

    columns = ("delivery_id", "action_id", "outcome", "reason", "minutes_spent")
    expected = [
        (1, "a", "counted", None, 10.0),
        (None, "b", "waiting", None, 5),
        (None, "c", "set_aside", "signature mismatch", 10),
    ]
    assert traced("--registration-id", "ann", columns=columns) == expected
    assert traced("b", columns=columns) == expected[1:2]
    assert traced("c", columns=columns) == expected[2:]


def test_a_mail_address_finds_all_of_a_person(load: Load, action: Action, traced: Any) -> None:  # noqa: ANN401
    """Also the deliveries that do not repeat it. A session narrows it."""
    load(
        action("ann", "talk", actionId="a", profile={"email": "Ann@Example.org"}),
        action("ann", "panel", actionId="b"),
        action("bob", "talk", actionId="c", profile={"email": "bob@example.org"}),
    )

    assert traced("--email", "ann@example.org") == [(1, "counted"), (2, "counted")]
    assert traced("--email", "ann@example.org", "--session", "panel") == [(2, "counted")]


def test_the_time_line_tells_what_the_other_policy_would_say(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(
        action("ann", title="Keynote", event_name="Summit", actionId="a", minutes=20),
        action("ann", title="Keynote", event_name="Summit", actionId="b", minutes=22),
    )

    text = said(settings, "b")

    assert "TIME_SPENT_IN_SESSION, 22 minutes (delivery 2)" in text
    assert "load          1" in text
    assert "counted       It counts." in text
    assert (
        "ann in “Keynote” of Summit: 22 minutes count, of 2 actions (REPEAT_POLICY=latest); sum would say 42."
    ) in text


def test_what_nobody_knows_ends_with_one(load: Load, action: Action, settings: WarehouseSettings) -> None:
    load(action())

    result = CliRunner().invoke(main, ["trace", "nothing"], env={"DATA_DIR": str(settings.data_dir)})

    assert (result.exit_code, result.output) == (1, "Error: no delivery is known by this\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "name one of ACTION_ID"),
        (["a", "--delivery", "1"], "name one of ACTION_ID"),
        (["--email", "ann"], "'ann' is no mail address"),
        (["a", "--session", "talk"], "--session belongs to"),
        (["--delivery", "0"], "0 is not in the range"),
        (["zo\udceb"], "no UTF-8"),
        (["--email", "zo\udceb@example.org"], "no UTF-8"),
        (["--registration-id", "ann", "--session", "\udceb"], "no UTF-8"),
    ],
)
def test_wrong_use_is_named(arguments: list[str], sentence: str, settings: WarehouseSettings) -> None:
    result = CliRunner().invoke(main, ["trace", *arguments], env={"DATA_DIR": str(settings.data_dir)})

    assert result.exit_code == 2
    assert sentence in result.output
