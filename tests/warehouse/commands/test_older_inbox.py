"""An older copy of the inbox beside a newer warehouse: its next ids are ones that the warehouse counts as loaded."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.kinds import Query
from tests.loading import load_waiting
from warehouse.commands.info import describe
from warehouse.inbox.notes import Outcome
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings


def body(number: int) -> bytes:
    return b'{"action":"LOGIN","actionId":"%d"}' % number


def accept(settings: WarehouseSettings, *numbers: int) -> None:
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        inbox.append([(1_760_000_000_000_000 + number, body(number)) for number in numbers])


def load_all(settings: WarehouseSettings) -> None:
    with closing(Inbox(settings.inbox_path)) as inbox:
        load_waiting(inbox, settings)


@contextmanager
def older_inbox(settings: WarehouseSettings) -> Iterator[None]:
    """The inbox as it is now takes the place of what it becomes in the block."""
    copy = settings.data_dir / "copy"
    with closing(Inbox(settings.inbox_path)) as inbox:
        inbox.back_up(copy)
    yield
    for file in settings.data_dir.glob("inbox.sqlite*"):
        file.unlink()
    copy.rename(settings.inbox_path)


def loaded(query: Query) -> list[int]:
    return [int(number) for (number,) in query("SELECT action_id FROM raw.deliveries ORDER BY action_id::INT")]


@pytest.mark.parametrize("new", [[5], [5, 6, 7, 8, 9]], ids=["below the watermark", "beyond the watermark"])
def test_what_an_older_copy_accepts_is_loaded_and_repeats_fall_out(
    new: list[int], settings: WarehouseSettings, query: Query, caplog: pytest.LogCaptureFixture
) -> None:
    """Also when its ids have passed the watermark before the loader looks."""
    accept(settings, 1)
    load_all(settings)
    with older_inbox(settings):
        accept(settings, 2, 3, 4)
        load_all(settings)
    accept(settings, *new)
    for _ in range(2):
        load_all(settings)
    assert loaded(query) == [1, 2, 3, 4, *new]
    [line] = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert ("another copy of this inbox" if settings.lake else "the inbox is an older copy") in line
    assert query("SELECT sum(duplicate_count) FROM raw.loads") == [(1,)]
    with closing(Inbox(settings.inbox_path)) as inbox:
        assert inbox.notes.renewal_count() == 1
        # A lake's loader does not know each host's inbox, and notes nothing there.
        assert inbox.notes.outcomes().get(Outcome("duplicate")) == (None if settings.lake else 1)


def test_an_older_copy_of_which_all_is_pruned_is_recognised(settings: WarehouseSettings, query: Query) -> None:
    accept(settings, 1, 2)
    with closing(Inbox(settings.inbox_path)) as inbox:
        load_waiting(inbox, settings)
        inbox.prune(loaded_up_to=2, received_before=2**60)
    with older_inbox(settings):
        accept(settings, 3)
        load_all(settings)
    accept(settings, 4)
    load_all(settings)
    assert loaded(query) == [1, 2, 3, 4]


def test_info_shows_all_that_an_older_copy_holds_as_backlog(settings: WarehouseSettings) -> None:
    accept(settings, 1)
    with older_inbox(settings):
        accept(settings, 2, 3)
        load_all(settings)
    assert dict(describe(settings))["not forwarded" if settings.lake else "backlog"] == "1 delivery"


def test_the_same_inbox_keeps_its_identity_when_a_crash_kept_a_load_from_being_noted(
    settings: WarehouseSettings, query: Query
) -> None:
    """The load was announced before it was published."""
    accept(settings, 1, 2)
    load_all(settings)
    with closing(Inbox(settings.inbox_path)) as inbox:
        inbox._connection.execute("DELETE FROM last_load")  # noqa: SLF001 -- as if the loader was killed before its note
        load_waiting(inbox, settings)
        assert inbox.notes.renewal_count() == 0
    assert query("SELECT sum(delivery_count)::INT, sum(duplicate_count)::INT FROM raw.loads") == [(2, 0)]


def test_a_log_that_is_lost_after_a_load_that_could_not_settle_hides_nothing(
    settings: WarehouseSettings, query: Query, tmp_path: Path
) -> None:
    """What was loaded is in the warehouse, and what comes next is loaded."""
    without_log = tmp_path / "without-log"
    accept(settings, 1)
    with closing(Inbox(settings.inbox_path)) as inbox:
        inbox.settle()
        shutil.copy(settings.inbox_path, without_log)
        inbox.append([(2, body(2)), (3, body(3))])
        load_waiting(inbox, settings)
    shutil.copy(without_log, settings.inbox_path)
    accept(settings, 4)
    load_all(settings)
    assert loaded(query) == [1, 2, 3, 4]


def test_a_load_goes_on_while_somebody_reads_the_inbox(settings: WarehouseSettings, inbox: Inbox, query: Query) -> None:
    with closing(Inbox(settings.inbox_path)) as reader:
        reader._connection.execute("BEGIN")  # noqa: SLF001 -- as an SQLite prompt that stays open
        reader.last_id()
        inbox.append([(1, body(1))])
        load_waiting(inbox, settings)
        inbox.settle(timedelta(0))
        assert loaded(query) == [1]
