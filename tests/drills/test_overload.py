"""Drills: too much, too slow, and told to end in the middle of it, with real processes (`make drills`)."""

import asyncio
import re
import socket
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress

import aiohttp
import pytest

from ingest.signature import HEADER, sign
from tests.drills.clients import Clients
from tests.e2e.machine import SECRET, Machine, eventually
from tests.memory import resident_bytes
from warehouse.inbox.sqlite_queue import Inbox

pytestmark = pytest.mark.drill

MEGABYTE = 1024 * 1024
MAX_SECONDS_TO_END = 20


async def post_megabytes(machine: Machine, count: int) -> Counter[tuple[int, str | None]]:
    """How often each status, with its Retry-After, was the answer to so many large deliveries at once."""
    body = b"x" * MEGABYTE
    url, headers = f"{machine.url}/webhooks/zuddl", {HEADER: sign(SECRET, body)}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post() -> tuple[int, str | None]:
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status, answer.headers.get("Retry-After")

        return Counter(await asyncio.gather(*(post() for _ in range(count))))


def queued(machine: Machine) -> float:
    """How many deliveries wait for their commit."""
    [count] = re.findall(r"^ingest_queue_deliveries (\S+)$", machine.read("/metrics"), re.MULTILINE)
    return float(count)


def test_beyond_64_mb_that_wait_deliveries_are_refused_at_once_in_bounded_memory(machine: Machine) -> None:
    """Another process holds the inbox, which is as good as a disk that stands still. What waited is stored later."""
    receiver = machine.serve()
    before = resident_bytes(receiver.pid)

    async def overload() -> Counter[tuple[int, str | None]]:
        with closing(sqlite3.connect(machine.data_dir / "inbox.sqlite", isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            # Once one waits, an earlier one is being written, and that lasts: so the next commit can't take any more.
            waiting = []
            while await asyncio.to_thread(queued, machine) == 0:
                waiting.append(asyncio.create_task(post_megabytes(machine, 1)))
                await asyncio.sleep(0.1)
            waiting.append(asyncio.create_task(post_megabytes(machine, 80)))
            await asyncio.to_thread(eventually, lambda: queued(machine) == 64)
            refused: Counter[tuple[int, str | None]] = Counter()
            for _ in range(10):
                refused += await post_megabytes(machine, 20)
            assert refused == {(503, "5"): 200}  # answered while all the others still wait
            assert not waiting[0].done()
            assert resident_bytes(receiver.pid) - before < 300 * MEGABYTE
            holder.execute("ROLLBACK")
        return sum(await asyncio.gather(*waiting), Counter())

    answers = asyncio.run(overload())
    assert set(answers) == {(200, None), (503, "5")}
    with closing(Inbox(machine.data_dir / "inbox.sqlite")) as inbox:
        assert inbox.last_id() == answers[200, None] >= 64


@pytest.mark.parametrize(
    "start", [b"POST /webhooks/zuddl HTTP/1.1\r\nHost: x\r\nX-A: a", b""], ids=["headers", "silence"]
)
def test_a_sender_that_is_too_slow_with_headers_is_cut_off(start: bytes, machine: Machine) -> None:
    """Even when it sends a byte now and then."""
    machine.serve()
    with socket.create_connection(("127.0.0.1", machine.port), timeout=1) as slow:
        slow.sendall(start)
        began = time.monotonic()
        with suppress(ConnectionError):
            while not is_hung_up(slow):
                assert time.monotonic() - began < 30
                slow.sendall(b"a" if start else b"")


def is_hung_up(connection: socket.socket) -> bool:
    """Whether the receiver has ended the connection, within a second."""
    try:
        return connection.recv(4096) == b""
    except TimeoutError:
        return False


def test_a_sender_that_is_too_slow_with_a_body_is_cut_off(machine: Machine) -> None:
    """Even when it sends a byte now and then. Nothing of it is stored."""
    machine.serve()
    with socket.create_connection(("127.0.0.1", machine.port), timeout=1) as slow:
        slow.sendall(b"POST /webhooks/zuddl HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        answer = b""
        began = time.monotonic()
        while not answer:
            assert time.monotonic() - began < 60
            slow.sendall(b"{")
            with suppress(TimeoutError):
                answer = slow.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408")
    with closing(Inbox(machine.data_dir / "inbox.sqlite")) as inbox:
        assert inbox.last_id() == 0


def test_it_ends_within_its_time_limit_and_loses_nothing_when_told_to_end_in_a_burst(machine: Machine) -> None:
    receiver = machine.serve()
    clients = Clients(machine)
    clients.post_for(1, receiver.terminate)
    assert receiver.wait(MAX_SECONDS_TO_END) == 0
    machine.serve()
    clients.assert_each_acknowledged_is_there_once()


def test_it_ends_within_its_time_limit_although_a_sender_stalls_in_the_middle(machine: Machine) -> None:
    receiver = machine.serve()
    eventually(machine.loaders)
    with (
        socket.create_connection(("127.0.0.1", machine.port)) as in_head,
        socket.create_connection(("127.0.0.1", machine.port)) as in_body,
    ):
        in_head.sendall(b"POST /webhooks/zuddl HTTP/1.1\r\nHost: x\r\nX-A: a")
        in_body.sendall(b"POST /webhooks/zuddl HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        # The receiver has read both beginnings: its event loop reads everything that is there before it answers this.
        assert machine.answers("/health/live")
        receiver.terminate()
        receiver.wait(MAX_SECONDS_TO_END + 1)
    eventually(lambda: machine.processes_at_work() == [])
