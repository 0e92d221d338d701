"""Checks of what has become of deliveries, each seen ok and seen to fail."""

import shutil
import time
from contextlib import closing
from pathlib import Path

from ingest.doctor.deliveries import backlog, last_load, quarantine, set_aside, watermark
from ingest.signature import sign
from ingest.verdicts import Verdict
from tests.kinds import Action, Load
from warehouse.inbox.notes import LastLoad
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings


def test_an_older_copy_of_the_inbox_fails(
    load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings, tmp_path: Path
) -> None:
    assert watermark(settings).verdict is Verdict.OK
    load(action("ann"))
    inbox.back_up(tmp_path / "copy")
    load(action("bob"), action("cid"))
    assert watermark(settings).found == "the warehouse has read the inbox up to delivery 3 of 3"
    inbox.close()
    for name in ("inbox.sqlite-wal", "inbox.sqlite-shm"):
        settings.data_dir.joinpath(name).unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "copy", settings.inbox_path)
    finding = watermark(settings)
    assert (finding.verdict, "is an older copy" in finding.found) == (Verdict.FAIL, True)


def test_an_inbox_of_another_folder_is_a_warning(
    load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    inbox.renew()
    assert watermark(settings).verdict is Verdict.WARNING


def test_a_delivery_that_waits_for_long_fails(
    load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    assert backlog(settings).found == "no delivery waits"
    inbox.append([(time.time_ns() // 1_000, b"{}")])
    assert backlog(settings).verdict is Verdict.OK
    inbox.append([(1, b"{}")])
    with closing(Inbox(settings.inbox_path)) as other:
        other.notes.add_load(LastLoad(2, time.time_ns() // 1_000, 1.0))
    finding = backlog(settings)
    assert (finding.verdict, finding.found.startswith("1 delivery waiting")) == (Verdict.FAIL, True)


def test_a_warehouse_that_is_gone_after_its_load_fails(
    load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings
) -> None:
    assert last_load(settings).verdict is Verdict.OK
    inbox.append([(1, b"{}")])
    assert last_load(settings).verdict is Verdict.WARNING
    load(action("ann"))
    assert last_load(settings).verdict is Verdict.OK
    settings.warehouse_path.unlink()
    assert last_load(settings).verdict is Verdict.FAIL


def test_a_load_in_the_future_is_a_warning(
    load: Load, action: Action, inbox: Inbox, settings: WarehouseSettings
) -> None:
    load(action("ann"))
    inbox.notes.add_load(LastLoad(1, (time.time_ns() // 1_000) + 10**12, 1.0))
    assert last_load(settings).verdict is Verdict.WARNING


def test_a_tenth_in_quarantine_fails(load: Load, action: Action, settings: WarehouseSettings) -> None:
    assert quarantine(settings).verdict is Verdict.OK
    load(*(action(f"attendee-{number}") for number in range(20)))
    assert quarantine(settings).found == "0 of 20 deliveries, 0.0%"
    load(b"no json")
    assert quarantine(settings).verdict is Verdict.WARNING
    load(b"none either", b"nor this")
    assert quarantine(settings).verdict is Verdict.FAIL


def test_a_refused_delivery_with_a_signature_is_a_warning_and_a_full_bound_fails(
    inbox: Inbox, settings: WarehouseSettings
) -> None:
    assert set_aside(settings, 10_000).found == "none"
    inbox.set_aside.add([Unverified(1, None, b"x" * 100)], 10_000, is_plausible=False)
    assert set_aside(settings, 10_000).verdict is Verdict.OK
    inbox.set_aside.add([Unverified(1, sign("wrong", b"{}").encode(), b"{}")], 10_000)
    assert set_aside(settings, 10_000).verdict is Verdict.WARNING
    inbox.set_aside.add([Unverified(1, b"sha256=00", b"x" * 8_500)], 10_000)
    assert set_aside(settings, 10_000).verdict is Verdict.FAIL
