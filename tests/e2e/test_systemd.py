"""`ingest serve` under a service manager: a socket that stays open, what it says, and a restart that loses nothing."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.receive.limits import LIMITS
from tests.e2e import proxy
from tests.e2e.machine import ROOT, SECRET, Machine, command_of, eventually
from tests.e2e.one_delivery import deliver
from tests.e2e.service_manager import ServiceManager, environment_of, files_of

pytestmark = pytest.mark.e2e

DELIVERIES = 5_000
SECONDS_BETWEEN = 0.001
# More than Caddy waits by itself.
SECONDS_OF_A_SLOW_RESTART = 5


@pytest.fixture
def manager(machine: Machine) -> Iterator[ServiceManager]:
    with ServiceManager(machine) as manager:
        manager.hear("READY=1")
        yield manager


async def deliver_while(
    manager: ServiceManager, restarts: int, port: int, host: str = "test", seconds_between: float = 0
) -> Counter[str]:
    """The answers to the deliveries to a port, between which the service is restarted."""
    due = asyncio.get_running_loop().time()
    sending: list[asyncio.Task[str]] = []
    restarting: list[asyncio.Task[None]] = []
    for number in range(DELIVERIES):
        sending.append(asyncio.create_task(deliver(port, SECRET, str(number), host)))
        if number % (DELIVERIES // (restarts + 1)) == DELIVERIES // (restarts + 2) and len(restarting) < restarts:
            await asyncio.gather(*restarting)
            restarting.append(asyncio.create_task(asyncio.to_thread(manager.restart, seconds_between)))
        due += SECONDS_BETWEEN
        await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))
    await asyncio.gather(*restarting)
    return Counter(await asyncio.gather(*sending))


def all_are_counted(machine: Machine) -> None:
    count = "SELECT count(DISTINCT action_id) FROM raw.deliveries"
    eventually(lambda: machine.query(count), lambda rows: rows == [str(DELIVERIES)])


def test_two_restarts_under_load_refuse_nothing_and_every_200_is_counted(manager: ServiceManager) -> None:
    first = manager.service.pid
    assert asyncio.run(deliver_while(manager, 2, manager.machine.port)) == {"200": DELIVERIES}
    assert manager.service.pid != first
    all_are_counted(manager.machine)


def test_a_slow_restart_under_load_refuses_nothing_behind_caddy(manager: ServiceManager, tmp_path: Path) -> None:
    text = (ROOT / "ingest" / "deploy" / "Caddyfile").read_text("utf-8")
    with proxy.caddy(text, manager.machine.port, tmp_path) as caddy:
        port = int(caddy.url.rpartition(":")[2])
        # More deliveries wait for the slow restart than are accepted at once.
        answers = asyncio.run(deliver_while(manager, 1, port, caddy.host, SECONDS_OF_A_SLOW_RESTART))
    assert answers == {"200": DELIVERIES}
    all_are_counted(manager.machine)


def test_a_delivery_waits_at_the_socket_while_no_service_runs(manager: ServiceManager) -> None:
    manager.service.send_signal(signal.SIGTERM)
    manager.service.wait()

    async def wait_for_the_service() -> str:
        sending = asyncio.create_task(deliver(manager.machine.port, SECRET, "1"))
        await asyncio.to_thread(manager.start)
        return await sending

    assert asyncio.run(wait_for_the_service()) == "200"


def test_a_kept_connection_is_answered_until_an_answer_says_that_it_ends(manager: ServiceManager) -> None:
    async def answers() -> list[bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", manager.machine.port)
        answers: list[bytes] = []
        while not answers or b"connection: close" not in answers[-1]:
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n")
            answers.append(await reader.readuntil(b"}"))
            if len(answers) == 1:
                manager.service.send_signal(signal.SIGTERM)
        assert await reader.read() == b""
        writer.close()
        return answers

    assert {answer.partition(b"\r\n")[0] for answer in asyncio.run(answers())} == {b"HTTP/1.1 200 OK"}


def test_a_delivery_that_arrives_while_an_ending_service_gets_no_processor_is_answered(manager: ServiceManager) -> None:
    async def first_line() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", manager.machine.port)
        await asyncio.sleep(0.1)
        manager.service.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        manager.service.send_signal(signal.SIGSTOP)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n")
        await asyncio.sleep(LIMITS.max_seconds_for_last_head)
        manager.service.send_signal(signal.SIGCONT)
        answer = await reader.read()
        writer.close()
        return answer.partition(b"\r\n")[0]

    assert asyncio.run(first_line()) == b"HTTP/1.1 200 OK"


def test_no_child_gets_the_socket_or_the_variables(manager: ServiceManager) -> None:
    eventually(manager.machine.loaders)
    [listening] = files_of(manager.service.pid) & {str(Path(f"/proc/self/fd/{manager.held.fileno()}").readlink())}
    children = [child for child in manager.machine.processes_at_work() if child != manager.service.pid]
    assert len(children) >= 2
    for child in children:
        assert listening not in files_of(child)
        assert not environment_of(child) & {"LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "WATCHDOG_USEC"}


def test_it_says_what_it_has_stored(machine: Machine) -> None:
    with ServiceManager(machine, watchdog_seconds=1) as manager:
        manager.hear("READY=1")
        assert asyncio.run(deliver(machine.port, SECRET, "1")) == "200"
        assert "STATUS=1 delivery stored since the start, 0 wait" in manager.hear("1 delivery")


def test_a_stopped_writer_silences_the_watchdog(machine: Machine) -> None:
    with ServiceManager(machine, watchdog_seconds=1) as manager:
        manager.hear("WATCHDOG=1")
        [writer] = [
            child for child in machine.processes_at_work() if b"ingest.commit.inbox_writer" in command_of(child)
        ]
        os.kill(writer, signal.SIGSTOP)
        manager.channel.settimeout(3)
        with pytest.raises(TimeoutError):
            manager.hear("a word that it never says")
