"""Drills: the inbox is removed, replaced or put back under real processes, and set aside at the pace of a burst."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from ingest.signature import HEADER, sign
from tests.drills.clients import Clients, body_of
from tests.e2e.machine import Machine, eventually

pytestmark = pytest.mark.drill

BURST = 55_000
SENDERS = 32


def value(machine: Machine, series: str) -> float:
    """What /metrics says of a series."""
    [found] = re.findall(rf"^{re.escape(series)} (\S+)$", machine.read("/metrics"), re.MULTILINE)
    return float(found)


def lines_with(machine: Machine, text: str) -> list[str]:
    return [line for line in machine.log("ingest") if text in line]


def remove(machine: Machine) -> None:
    for file in machine.data_dir.glob("inbox.sqlite*"):
        file.unlink()


def remove_the_log(machine: Machine) -> None:
    (machine.data_dir / "inbox.sqlite-wal").unlink()


def move_data_dir_away(machine: Machine) -> None:
    machine.data_dir.rename(machine.data_dir.with_name("moved"))


def replace_data_dir(machine: Machine) -> None:
    move_data_dir_away(machine)
    machine.data_dir.mkdir()


@pytest.mark.parametrize(
    "lose", [remove, remove_the_log, move_data_dir_away, replace_data_dir], ids=lambda lose: lose.__name__
)
def test_an_inbox_lost_under_the_running_receiver_loses_no_acknowledged_delivery(
    lose: Callable[[Machine], None], machine: Machine
) -> None:
    """Each delivery answered with 200 is loaded, whether it was answered before, during or after the loss."""
    clients = Clients(machine)
    machine.serve()
    clients.post_for(1, lambda: lose(machine))
    clients.post_for(1)
    assert clients.statuses <= {200, 503}
    clients.assert_each_acknowledged_is_there_once()
    assert value(machine, "ingest_inbox_replaced_total") >= 1
    assert len(lines_with(machine, "while it was in use")) == value(machine, "ingest_inbox_replaced_total")
    assert machine.answers("/health/ready")


def test_an_inbox_removed_while_nothing_arrives_is_put_back_before_the_next_delivery(machine: Machine) -> None:
    machine.serve()
    remove(machine)
    eventually((machine.data_dir / "inbox.sqlite").exists)
    eventually(lambda: value(machine, "ingest_inbox_readable"), lambda readable: readable == 1)


def test_an_older_inbox_put_back_beside_a_newer_warehouse_hides_no_delivery(machine: Machine, tmp_path: Path) -> None:
    """The loader stands still meanwhile, until the ids have passed what the warehouse counts as loaded."""
    clients = Clients(machine)
    machine.serve()
    clients.post_for(0)
    clients.assert_each_acknowledged_is_there_once()
    machine.kill_all()
    shutil.copytree(machine.data_dir, tmp_path / "older")
    machine.serve()
    clients.post_for(0)
    clients.assert_each_acknowledged_is_there_once()
    machine.kill_all()
    for file in machine.data_dir.glob("inbox.sqlite*"):
        file.unlink()
    for file in (tmp_path / "older").glob("inbox.sqlite*"):
        shutil.copy(file, machine.data_dir)
    machine.serve()
    [loader] = eventually(machine.loaders)
    os.kill(loader, signal.SIGSTOP)
    clients.post_for(2)
    os.kill(loader, signal.SIGCONT)
    clients.assert_each_acknowledged_is_there_once()
    eventually(lambda: value(machine, "ingest_inbox_backlog_deliveries"), lambda waiting: waiting == 0)
    assert value(machine, "ingest_inbox_renewed_total") == 1
    assert len(lines_with(machine, "the inbox is an older copy")) == 1


def test_a_copy_of_the_live_folder_is_served_without_a_loss_of_what_it_accepts(
    machine: Machine, tmp_path: Path
) -> None:
    """`cp -a`, while deliveries arrive: inbox, log and warehouse are of different moments."""
    copy = tmp_path / "copy"
    clients = Clients(machine)
    machine.serve()

    def copy_all() -> None:
        subprocess.run(["cp", "-a", machine.data_dir, copy], check=True)

    clients.post_for(2, copy_all)
    machine.kill_all()
    shutil.rmtree(machine.data_dir)
    copy.rename(machine.data_dir)
    clients.answered.clear()
    machine.serve()
    clients.post_for(2)
    assert clients.statuses == {200}
    clients.assert_each_acknowledged_is_there_once()


async def post_burst(machine: Machine, secret: str, count: int) -> set[int]:
    """Post so many deliveries as fast as they are answered; the statuses of the answers."""
    numbers = iter(range(count))
    statuses: set[int] = set()

    async def send(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            body = body_of(number)
            async with session.post(
                f"{machine.url}/webhooks/zuddl", data=body, headers={HEADER: sign(secret, body)}
            ) as answer:
                statuses.add(answer.status)

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(send(session) for _ in range(SENDERS)))
    return statuses


async def scan(machine: Machine, until: asyncio.Event) -> int:
    """Post unsigned megabytes until told to stop; how many."""
    count = 0
    async with aiohttp.ClientSession() as session:
        while not until.is_set():
            async with session.post(f"{machine.url}/webhooks/zuddl", data=b"x" * 1_000_000):
                count += 1
    return count


def test_a_whole_burst_under_a_wrong_secret_is_kept_while_a_scanner_posts_megabytes(machine: Machine) -> None:
    """All 55,000 are accepted by `ingest reverify` after the secret is right, and loaded."""

    async def burst_and_scan() -> tuple[set[int], int]:
        is_over = asyncio.Event()
        scanning = asyncio.create_task(scan(machine, is_over))
        statuses = await post_burst(machine, "another-secret", BURST)
        is_over.set()
        return statuses, await scanning

    machine.serve()
    statuses, scanned = asyncio.run(burst_and_scan())
    assert statuses == {401}
    assert scanned > 100
    eventually(lambda: value(machine, "ingest_set_aside_deliveries"), lambda count: count >= BURST)
    assert value(machine, "ingest_set_aside_plausible_dropped_total") == 0
    assert value(machine, "ingest_set_aside_dropped_total") > 0
    assert value(machine, "ingest_set_aside_bytes") < 2**30
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": "another-secret"}
    assert f"Accepted {BURST:,} of" in machine.run("ingest", "reverify").stdout
    eventually(lambda: machine.query("SELECT count(*) FROM time_spent"), lambda rows: rows == [str(BURST)])


def test_a_reader_that_keeps_the_inbox_open_delays_no_load(machine: Machine) -> None:
    """Each load used to wait 10 seconds for it."""
    machine.serve()
    clients = Clients(machine)
    command = ["sqlite3", str(machine.data_dir / "inbox.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as reader:
        assert reader.stdin
        reader.stdin.write("BEGIN; SELECT count(*) FROM deliveries;\n")
        reader.stdin.flush()
        for _ in range(3):
            clients.post_for(0)
            clients.assert_each_acknowledged_is_there_once()
    [seconds] = machine.query("SELECT max(duration_seconds) FROM raw.loads")
    assert float(seconds) < 10
