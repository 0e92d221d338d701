"""Drills: what does not fit into the loader's memory, with a real limit, a real supervisor and real deliveries."""

import os
import resource
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from ingest.signature import HEADER, sign
from tests.e2e.machine import SECRET, Machine, eventually
from warehouse.inbox.sqlite_queue import Inbox

pytestmark = pytest.mark.drill

# A process reserves 1.7 GB before it has read anything. Beside that, a small load needs little.
LIMIT = 2_400 * 1024**2
# 48 MB of tags: to look into them takes more than a gigabyte. To store them as they are takes a fraction of that.
TAGS = ",".join(['"t"'] * 12_000_000)
# The loader dies some times, and the supervisor waits longer each time.
PATIENCE_SECONDS = 600


def delivery(number: int, more: str = "") -> bytes:
    """A delivery of one minute, for a registration of that number; `more` are fields of its session."""
    return (
        f'{{"action":"TIME_SPENT_IN_SESSION","actionId":"a{number}","registration":{{"id":"r{number}"}},'
        f'"event":{{"id":"e"}},"session":{{"id":"s"{more}}},"timeSpentInMinutes":1}}'
    ).encode()


def post(machine: Machine, body: bytes, folder: Path) -> str:
    """The status of the answer."""
    file = folder / "body.json"
    file.write_bytes(body)
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", f"@{file}"]
    headers = ["-H", "Content-Type: application/json", "-H", f"{HEADER}: {sign(SECRET, body)}"]
    url = f"{machine.url}/webhooks/zuddl"
    return subprocess.run([*command, *headers, url], capture_output=True, text=True, check=True).stdout


def test_what_does_not_fit_into_memory_is_quarantined_and_all_else_is_published(
    machine: Machine, tmp_path: Path
) -> None:
    """The kernel holds the loader to the limit; the native library that asks for more ends the process."""
    machine.more_env["MAX_BODY_BYTES"] = "50000000"
    with closing(Inbox(machine.data_dir / "inbox.sqlite", create=True)) as inbox:
        inbox.append([(1, delivery(number)) for number in range(200)])
    receiver = machine.serve()
    resource.prlimit(receiver.pid, resource.RLIMIT_DATA, (LIMIT, LIMIT))
    for process_id in machine.loaders():
        os.kill(process_id, signal.SIGKILL)  # the next one inherits the limit
    assert post(machine, delivery(200, f',"tags":[{TAGS}]'), tmp_path) == "200"
    for number in range(201, 300):
        assert post(machine, delivery(number), tmp_path) == "200"
    published = "SELECT count(*) FROM time_spent"
    eventually(lambda: machine.query(published), lambda rows: rows == ["299"], seconds=PATIENCE_SECONDS)
    assert machine.query("SELECT reason, length(body) > 47000000 FROM raw.quarantine") == ["unloadable,true"]
    assert machine.answers("/health/ready")
    assert not (machine.data_dir / ".loading").exists()
