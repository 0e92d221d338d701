"""The services as `ingest install --lake` leaves them: receiver, dashboard, backup and loader of a lake."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.drills.boot import OPT, Booted, booted, make_root
from tests.drills.test_release import DRAW
from tests.drills.test_systemd import show
from tests.e2e.machine import BIN, ROOT, eventually, free_port
from tests.postgres import empty_database
from tests.radosgw import radosgw
from warehouse.commands.forward import forward_once
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage.lake.lake_storage import LakeStorage

pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif(os.geteuid() != 0, reason="systemd-nspawn needs root"),
]

PAYLOADS = ROOT / "tests" / "payloads"
FULL = json.loads((PAYLOADS / "time_spent_full.json").read_bytes())
PORT, DASHBOARD_PORT = free_port(), free_port()
DATA, DASHBOARD = "/var/lib/engagement/main", "engagement-dashboard@main.service"
RECEIVER, LOADER, BACKUP = "engagement@main.service", "engagement-loader@main.service", "engagement-backup@main.service"


@pytest.fixture(scope="module")
def lake() -> Iterator[LakeSettings]:
    """An empty lake, which this process reaches too."""
    with radosgw() as env, pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        yield LakeSettings(empty_database(), env["WAREHOUSE_DATA"])


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, lake: LakeSettings) -> Iterator[Booted]:
    """A machine whose services are installed, with the lake in its settings."""
    root = tmp_path_factory.mktemp("machine") / "root"
    make_root(root)
    with booted(root) as machine:
        ports = ["--port", str(PORT), "--dashboard-port", str(DASHBOARD_PORT)]
        machine.run(f"{OPT}/bin/ingest", "install", "--lake", *ports)
        settings = {"WAREHOUSE": f"ducklake:postgres:{lake.catalog}", "WAREHOUSE_DATA": lake.data}
        settings |= {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        with Path(root, "etc/engagement/main.env").open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())
        machine.run("systemctl", "restart", RECEIVER, "engagement-dashboard@main")
        yield machine


def action_ids(lake: LakeSettings) -> list[str]:
    """What is in the lake."""
    storage = LakeStorage(lake)
    if storage.generation() is None:
        return []
    with storage.connect() as connection:
        return [row[0] for row in connection.sql("SELECT action_id FROM raw.deliveries ORDER BY ALL").fetchall()]


def test_the_receiver_forwards_and_loads(machine: Booted, lake: LakeSettings) -> None:
    secret = machine.run("cat", "/etc/engagement/main.secret").stdout.strip()
    payload, url = str(PAYLOADS / "time_spent_full.json"), f"http://127.0.0.1:{PORT}/webhooks/zuddl"
    env = {"ZUDDL_WEBHOOK_SECRET": secret, "PATH": os.environ["PATH"]}
    subprocess.run([BIN / "ingest", "send", payload, "--url", url], env=env, check=True)
    eventually(lambda: action_ids(lake), lambda seen: seen == [FULL["actionId"]])


def test_the_receiver_may_still_do_little(machine: Booted) -> None:
    judged = machine.run("systemd-analyze", "security", "--no-pager", RECEIVER).stdout.strip().splitlines()[-1]
    show(judged)
    [exposure] = re.findall(r"exposure level for .*: ([\d.]+) [A-Z]+", judged)
    assert float(exposure) <= 1.5


def test_the_dashboard_reads_the_lake(machine: Booted) -> None:
    """A page's own code, as the service's user with the service's settings."""
    assert machine.show(DASHBOARD, "ActiveState") == "active"
    properties = ["User=engagement", "EnvironmentFile=/etc/engagement/main.env", "Environment=DASHBOARD_OPEN=1"]
    options = [f"--property={its}" for its in (*properties, f"WorkingDirectory={DATA}", "Environment=HOME=/tmp")]
    drawn = machine.run("systemd-run", "--pipe", "--wait", *options, f"{OPT}/bin/python", "-c", DRAW).stdout
    assert FULL["event"]["name"] in drawn


def test_the_backup_copies_the_inbox(machine: Booted) -> None:
    machine.run("systemctl", "start", BACKUP)
    copied = machine.run("sh", "-c", "ls /var/lib/engagement-backups/main/*").stdout
    assert "inbox.sqlite" in copied


def test_a_loader_alone_loads_what_another_host_forwards(machine: Booted, lake: LakeSettings, tmp_path: Path) -> None:
    machine.run("systemctl", "stop", "engagement@main.socket", RECEIVER)
    other = WarehouseSettings(data_dir=tmp_path, lake=lake)
    with closing(Inbox(other.inbox_path, create=True)) as inbox:
        inbox.append([(1, b'{"actionId": "of another host", "action": "LOGIN"}')])
    forward_once(other, lake)
    machine.run("systemctl", "enable", "--now", LOADER)
    eventually(lambda: action_ids(lake), lambda seen: "of another host" in seen)


def test_uninstall_leaves_no_unit(machine: Booted) -> None:
    machine.run(f"{OPT}/bin/ingest", "install", "--uninstall")
    assert not list(Path(machine.root, "etc/systemd/system").rglob("*engagement*"))
