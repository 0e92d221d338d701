"""Erasing a rehearsal: what is refused beforehand, and that the proof sees what is left."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from ingest.rehearse.erasing import CannotRehearse, command_that_erases, erase_and_prove, require_erasable
from ingest.verdicts import Verdict
from tests.kinds import Action, Load, Query
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings

EVENT = "rehearsal-0b0e"


def test_the_event_is_erased_and_others_stay(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ann", event="conf"), action("x", event=EVENT), action("y", event=EVENT))
    result = erase_and_prove(settings, EVENT, accepted_count=2)
    assert result.verdict is Verdict.OK
    assert query("SELECT event_id, attendee_count FROM event_engagement") == [("conf", 1)]


def test_an_accepted_event_that_is_not_here_is_a_failure_that_says_the_command(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    load(action("ann", event="conf"))
    result = erase_and_prove(settings, EVENT, accepted_count=500)
    assert result.verdict is Verdict.FAIL
    assert "500 deliveries were accepted, and none of them was in" in result.found
    assert result.cure == f"on the machine that answers, with its DATA_DIR: warehouse erase --event {EVENT}"


def test_deliveries_without_an_answer_are_said_with_the_command(
    load: Load, action: Action, settings: WarehouseSettings
) -> None:
    """A receiver that hung may still store them."""
    load(action("x", event=EVENT))
    result = erase_and_prove(settings, EVENT, accepted_count=1, unanswered_count=3)
    assert (result.verdict, "3 deliveries had no answer" in result.found) == (Verdict.WARNING, True)
    assert result.cure == f"in an hour, once more: {command_that_erases(settings, EVENT)}"


def test_the_proof_finds_the_id_in_any_file(load: Load, action: Action, settings: WarehouseSettings) -> None:
    load(action("x", event=EVENT))
    (settings.data_dir / "notes.txt").write_text(f"about {EVENT}")
    result = erase_and_prove(settings, EVENT, accepted_count=1)
    assert (result.verdict, result.found) == (Verdict.FAIL, "the event is still in notes.txt")


def test_the_proof_finds_the_id_in_a_column(load: Load, action: Action, settings: WarehouseSettings) -> None:
    """An erasure does not look for ids in other events' texts."""
    load(action("ann", event="conf", title=f"Was {EVENT}-session-1"), action("x", event=EVENT))
    result = erase_and_prove(settings, EVENT, accepted_count=1)
    assert result.verdict is Verdict.FAIL
    assert "warehouse.duckdb: main.sessions.session_title" in result.found
    assert "inbox.sqlite" in result.found


def test_without_an_inbox_nothing_is_rehearsed(settings: WarehouseSettings) -> None:
    with pytest.raises(CannotRehearse, match="there is no inbox"):
        require_erasable(settings)


@pytest.mark.parametrize(
    "name",
    [
        "inbox.damaged-20260101T000000Z.sqlite",
        "warehouse.corrupt-20260101T000000000000Z.duckdb",
        "warehouse.foreign-20260101T000000000000Z.duckdb.wal",
        "before-restore-20260101T000000Z",
        "warehouse.v10.duckdb",
    ],
)
def test_what_an_erasure_would_remove_besides_is_named_and_refused(
    name: str, inbox: Inbox, settings: WarehouseSettings
) -> None:
    require_erasable(settings)
    (settings.data_dir / name).touch()
    with pytest.raises(CannotRehearse, match=f"would remove {re.escape(name)}"):
        require_erasable(settings)
    assert inbox.last_id() == 0


def test_the_command_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    folder = tmp_path / "with a blank"
    command = command_that_erases(WarehouseSettings(data_dir=folder), EVENT)
    assert command.startswith(f"DATA_DIR='{folder}' /")
    assert command.endswith(f"/warehouse erase --event {EVENT}")


def test_deliveries_that_still_wait_are_erased_too(inbox: Inbox, settings: WarehouseSettings) -> None:
    inbox.append([(1, b'{"action":"X","event":{"id":"%b"}}' % EVENT.encode())])
    assert erase_and_prove(settings, EVENT, accepted_count=1).verdict is Verdict.OK
    with closing(Inbox.open_read_only(settings.inbox_path)) as seen:
        assert seen.last_id() == 0
