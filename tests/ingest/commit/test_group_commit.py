"""Group commit: what is acknowledged is in the inbox, whatever happens to the process that writes it."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import Histogram

from ingest.commit.group_commit import GroupCommit, Limits, NotStored, TooManyWaiting
from ingest.commit.unverified import Bound
from ingest.metrics import Metrics
from tests.ingest.receiver import BODY, writer_of_this_process
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox

Stored = Callable[[], list[bytes]]
SIGNATURE = b"sha256=" + b"0f" * 32


async def test_deliveries_that_come_together_share_a_transaction(tmp_path: Path, stored: Stored) -> None:
    metrics = Metrics()
    commit = GroupCommit(tmp_path / "inbox.sqlite", metrics, 100_000)
    await asyncio.gather(*(commit.store(number, b"%d" % number) for number in range(50)))
    await commit.close()
    assert stored() == [b"%d" % number for number in range(50)]
    assert metrics.registry.get_sample_value("ingest_commit_deliveries_count") == 1
    assert metrics.registry.get_sample_value("ingest_commit_deliveries_sum") == 50


@pytest.mark.parametrize("limits", [Limits(max_waiting=1), Limits(max_waiting_bytes=1)], ids=["count", "bytes"])
async def test_beyond_the_bound_a_delivery_is_refused_at_once(limits: Limits, tmp_path: Path, stored: Stored) -> None:
    commit = GroupCommit(tmp_path / "inbox.sqlite", Metrics(), 100_000, limits)
    first = commit.store(1, BODY)
    with pytest.raises(TooManyWaiting):
        commit.store(2, BODY)
    await first
    await commit.close()
    assert stored() == [BODY]


async def test_closing_stores_what_still_waits(tmp_path: Path, stored: Stored) -> None:
    commit = GroupCommit(tmp_path / "inbox.sqlite", Metrics(), 100_000)
    futures = [commit.store(number, BODY) for number in range(20)]
    await commit.close()
    await asyncio.gather(*futures)
    assert stored() == [BODY] * 20


async def test_a_writer_that_dies_is_started_again_and_nothing_acknowledged_is_lost(
    commit: GroupCommit, stored: Stored
) -> None:
    await commit.store(1, b"before")
    os.kill(writer_of_this_process(), signal.SIGKILL)
    with pytest.raises(NotStored):
        await commit.store(2, b"meanwhile")
    await commit.store(3, b"after")
    assert stored() == [b"before", b"after"]


async def test_a_fault_that_nobody_foresaw_is_counted_and_the_next_deliveries_are_stored(
    tmp_path: Path, stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    """Here in the measuring after the commit: the deliveries that came meanwhile must not wait for ever."""

    class BreaksOnce(Histogram):
        has_broken = False

        def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
            if not self.has_broken:
                self.has_broken = True
                raise ArithmeticError("not foreseen")
            super().observe(amount, exemplar)

    metrics = Metrics()
    metrics.commit_deliveries = BreaksOnce("broken", "breaks once", registry=metrics.registry)
    commit = GroupCommit(tmp_path / "inbox.sqlite", metrics, 100_000)
    await commit.store(1, b"before")
    async with asyncio.timeout(30):
        await commit.store(2, b"after")
    await commit.close()
    assert stored() == [b"before", b"after"]
    assert metrics.registry.get_sample_value("background_task_failures_total") == 1
    assert "group commit is begun again" in caplog.text


async def test_what_waits_to_be_set_aside_is_bounded_and_the_rest_counted(tmp_path: Path) -> None:
    metrics = Metrics()
    commit = GroupCommit(tmp_path / "inbox.sqlite", metrics, 100_000, Limits(unverified_waiting=Bound(3, 1_000)))
    for number in range(5):
        commit.set_aside(Unverified(number, SIGNATURE, b"x"))
    await commit.close()
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert inbox.set_aside.count_and_bytes() == (3, 3)
    assert metrics.registry.get_sample_value("ingest_set_aside_dropped_total") == 2
    assert metrics.registry.get_sample_value("ingest_set_aside_plausible_dropped_total") == 2


async def test_ten_thousand_a_second_under_a_wrong_secret_are_all_set_aside_also_if_they_wait(tmp_path: Path) -> None:
    """Two seconds of them, of the size that Zuddl's have, arrive before the writer's turn."""
    metrics = Metrics()
    commit = GroupCommit(tmp_path / "inbox.sqlite", metrics, 2**30)
    for number in range(20_000):
        commit.set_aside(Unverified(number, SIGNATURE, bytes(1_600)))
    await commit.close()
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert inbox.set_aside.count_and_bytes() == (20_000, 32_000_000)
    assert metrics.registry.get_sample_value("ingest_set_aside_dropped_total") == 0


async def test_what_waits_is_set_aside_by_and_by_in_the_order_of_arrival(tmp_path: Path) -> None:
    """A write has a bound, so that deliveries which verify never wait long for it."""
    limits = Limits(set_aside_every_seconds=0.01, set_aside_at_once=Bound(2, 1_000))
    commit = GroupCommit(tmp_path / "inbox.sqlite", Metrics(), 100_000, limits)
    for number in range(5):
        commit.set_aside(Unverified(number, SIGNATURE, b"x"))
    async with asyncio.timeout(30):
        while not commit._unverified.is_empty:  # noqa: SLF001 -- nobody else waits for that
            await commit.store(9, b"verified")
            await asyncio.sleep(0.01)
    await commit.close()
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert [one.received_at for one in inbox.set_aside.all()] == [0, 1, 2, 3, 4]


async def test_a_scanners_megabytes_take_no_room_of_what_is_signed(tmp_path: Path) -> None:
    metrics = Metrics()
    commit = GroupCommit(tmp_path / "inbox.sqlite", metrics, 1_600_000, Limits(unverified_waiting=Bound(32, 8 * 2**20)))
    for number in range(32):
        commit.set_aside(Unverified(number, None, b"x" * 10_000))
        commit.set_aside(Unverified(number, SIGNATURE, b"y"))
    await commit.close()
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert inbox.set_aside.count_and_bytes() == (32 + 2, 32 + 20_000)
    assert metrics.registry.get_sample_value("ingest_set_aside_dropped_total") == 30
    assert metrics.registry.get_sample_value("ingest_set_aside_plausible_dropped_total") == 0


async def test_of_an_endless_signature_no_more_is_kept_than_any_signature_has(
    commit: GroupCommit, tmp_path: Path
) -> None:
    commit.set_aside(Unverified(1, SIGNATURE + b"," * 60_000, b"x"))
    await commit.close()
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        assert inbox.set_aside.latest() == Unverified(1, SIGNATURE + b"," * (512 - len(SIGNATURE)), b"x")


async def test_what_a_failed_write_loses_of_the_set_aside_counts_as_dropped(commit: GroupCommit) -> None:
    metrics = commit._metrics  # noqa: SLF001 -- the fixture's own
    commit.set_aside(Unverified(1, SIGNATURE, b"x"))
    os.kill(writer_of_this_process(), signal.SIGKILL)
    await commit.close()
    assert metrics.registry.get_sample_value("ingest_set_aside_plausible_dropped_total") == 1


async def test_a_removed_inbox_is_put_back_with_all_it_held_and_counted(
    commit: GroupCommit, stored: Stored, tmp_path: Path
) -> None:
    await commit.store(1, b"before")
    (tmp_path / "inbox.sqlite").unlink()
    await commit.store(2, b"after")
    assert stored() == [b"before", b"after"]
    assert commit._metrics.registry.get_sample_value("ingest_inbox_replaced_total") == 1  # noqa: SLF001 -- the fixture's own
