"""The services as `ingest install` leaves them, on an empty Debian that systemd boots."""

import asyncio
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.boot import OPT, Booted, booted, make_root
from tests.e2e.machine import eventually, free_port
from tests.e2e.one_delivery import deliver

pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif(os.geteuid() != 0, reason="systemd-nspawn needs root"),
]

SERVICE, DASHBOARD, BACKUP = "engagement@main.service", "engagement-dashboard@main.service", "engagement-backup@main"
DATA = "/var/lib/engagement/main"
DELIVERIES, PER_SECOND = 5_000, 1_000
PORT, DASHBOARD_PORT = free_port(), free_port()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """An empty machine, before the installation."""
    root = tmp_path_factory.mktemp("machine") / "root"
    make_root(root)
    with booted(root) as machine:
        yield machine


def show(text: str) -> None:
    """Show a measure in the drill's log."""
    sys.__stderr__.write(f"\n{text.strip()}\n")  # type: ignore[union-attr]  # pytest keeps the other one to itself


def secret_of(machine: Booted, name: str = "main") -> str:
    return machine.run("cat", f"/etc/engagement/{name}.secret").stdout.strip()


async def deliver_over_restarts(machine: Booted, action_ids: list[str], restarts: int) -> Counter[str]:
    """All answers, while `systemctl restart` runs so often."""
    secret = secret_of(machine)

    async def send() -> list[str]:
        due = asyncio.get_running_loop().time()
        sending = []
        for action_id in action_ids:
            sending.append(asyncio.create_task(deliver(PORT, secret, action_id)))
            due += 1 / PER_SECOND
            await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))
        return await asyncio.gather(*sending)

    sending = asyncio.create_task(send())
    for _ in range(restarts):
        await asyncio.sleep(1)
        started = time.monotonic()
        await asyncio.to_thread(machine.run, "systemctl", "restart", SERVICE)
        show(f"systemctl restart under load: {time.monotonic() - started:.2f} s")
    return Counter(await sending)


def answer(machine: Booted, name: str, sql: str) -> str:
    """What an organisation's warehouse says; nothing before there is one."""
    ask = f"import duckdb; print(*duckdb.connect('/var/lib/engagement/{name}/warehouse.duckdb', read_only=True)"
    ask += f".sql({sql!r}).fetchone())"
    return machine.run(f"{OPT}/bin/python", "-c", ask, is_checked=False).stdout.strip()


def stored(machine: Booted) -> int:
    """How many deliveries are in the warehouse; -1 before there is one."""
    return int(answer(machine, "main", "SELECT count(DISTINCT action_id) FROM raw.deliveries") or -1)


def test_the_first_delivery_is_accepted_within_two_minutes_of_the_installation(machine: Booted) -> None:
    started = time.monotonic()
    ports = ["--port", str(PORT), "--dashboard-port", str(DASHBOARD_PORT)]
    show(machine.run(f"{OPT}/bin/ingest", "install", *ports).stdout)
    assert asyncio.run(deliver(PORT, secret_of(machine), "first")) == "200"
    seconds = time.monotonic() - started
    show(f"from `ingest install` to the first accepted delivery: {seconds:.1f} s")
    assert seconds < 120


def test_receiver_and_dashboard_run_and_the_secret_stands_in_no_environment(machine: Booted) -> None:
    for unit in (SERVICE, DASHBOARD):
        eventually(lambda unit=unit: machine.show(unit, "ActiveState"), lambda state: state == "active")  # type: ignore[misc]
    secret = secret_of(machine)
    assert secret not in machine.run("sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout
    assert secret not in machine.run("journalctl", "--no-pager").stdout


def test_what_the_services_may_do_is_little(machine: Booted) -> None:
    for unit in (SERVICE, DASHBOARD, f"{BACKUP}.service"):
        judged = machine.run("systemd-analyze", "security", "--no-pager", unit).stdout.strip().splitlines()[-1]
        show(judged)
        [exposure] = re.findall(r"exposure level for .*: ([\d.]+) [A-Z]+", judged)
        assert float(exposure) <= 1.5


def test_two_restarts_under_load_refuse_nothing(machine: Booted) -> None:
    ids = [f"restart-{number}" for number in range(DELIVERIES)]
    answers = asyncio.run(deliver_over_restarts(machine, ids, restarts=2))
    show(f"answers: {dict(answers)}")
    assert answers == {"200": DELIVERIES}
    eventually(lambda: stored(machine), lambda count: count == DELIVERIES + 1)


def test_a_stopped_receiver_is_started_again_within_half_a_minute(machine: Booted) -> None:
    first = machine.show(SERVICE, "MainPID")
    started = time.monotonic()
    machine.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", SERVICE)
    assert asyncio.run(deliver(PORT, secret_of(machine), "stopped")) in ("200", "unanswered", "ConnectionResetError")
    eventually(
        lambda: (machine.show(SERVICE, "MainPID"), machine.show(SERVICE, "ActiveState")),
        lambda seen: seen[0] not in (first, "0") and seen[1] == "active",
    )
    seconds = time.monotonic() - started
    show(f"started again by the watchdog: {seconds:.1f} s after SIGSTOP")
    assert seconds < 30
    assert asyncio.run(deliver(PORT, secret_of(machine), "after the stop")) == "200"


def test_the_nightly_backup_is_made_and_checked(machine: Booted) -> None:
    machine.run("systemctl", "start", f"{BACKUP}.service")
    assert machine.show(f"{BACKUP}.timer", "ActiveState") == "active"
    assert machine.run("ls", "/var/lib/engagement-backups/main").stdout


def test_uninstall_removes_the_services_and_keeps_data_and_settings(machine: Booted) -> None:
    machine.run(f"{OPT}/bin/ingest", "install", "--uninstall")
    units = Path(machine.root, "etc/systemd/system")
    assert not list(units.rglob("*engagement*"))
    assert {file.name for file in Path(machine.root, "etc/engagement").iterdir()} == {"main.env", "main.secret"}
    assert Path(machine.root, DATA.removeprefix("/"), "warehouse.duckdb").exists()


def test_two_organisations_live_apart(machine: Booted) -> None:
    """Each has a port, a secret and a folder. Neither a restart nor the removal of one touches the other."""
    ports = {"acme": free_port(), "globex": free_port()}
    for name, port in ports.items():
        options = ["--port", str(port), "--dashboard-port", str(free_port())]
        machine.run(f"{OPT}/bin/ingest", "install", name, *options)
    secrets = {name: secret_of(machine, name) for name in ports}
    for name, port in ports.items():
        assert asyncio.run(deliver(port, secrets[name], f"of {name}")) == "200"
    assert asyncio.run(deliver(ports["acme"], secrets["globex"], "astray")) == "401"
    every = "SELECT string_agg(action_id, ', ') FROM raw.deliveries"
    for name in ports:
        show(f"{name} holds: {eventually(lambda name=name: answer(machine, name, every))}")  # type: ignore[misc]
        assert answer(machine, name, every) == f"of {name}"
    show(machine.run("ls", "-ld", *(f"/var/lib/engagement/{name}" for name in ports)).stdout)

    others = [machine.show(f"{unit}@globex.service", "MainPID") for unit in ("engagement", "engagement-dashboard")]
    machine.run("systemctl", "restart", "engagement@acme.service")
    assert asyncio.run(deliver(ports["acme"], secrets["acme"], "after the restart")) == "200"
    machine.run(f"{OPT}/bin/ingest", "install", "acme", "--uninstall")
    assert asyncio.run(deliver(ports["acme"], secrets["acme"], "after the end")) == "ConnectionRefusedError"
    assert asyncio.run(deliver(ports["globex"], secrets["globex"], "after the other's end")) == "200"
    show(f"globex' receiver and dashboard are processes {', '.join(others)} before and after")
    assert others == [
        machine.show(f"{unit}@globex.service", "MainPID") for unit in ("engagement", "engagement-dashboard")
    ]
    assert "0" not in others
    machine.run(f"{OPT}/bin/ingest", "install", "globex", "--uninstall")
