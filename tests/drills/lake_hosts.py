"""A lake with its servers and hosts, as processes, for drills; and what is true of it whatever was broken."""

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests import objects, postgres
from tests.e2e.machine import Machine, command_of, eventually
from warehouse.marts.reference import REFERENCE
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of

BATCH = 400
MAIL = "ada.lovelace@example.org"
# So many deliveries take a second or two to load.
LONG_LOAD = 1_000
ATTEMPTS = 10
# A loader's sessions have its process id in their name. DuckDB's is in a transaction during a load.
IN_A_LOAD = """
SELECT DISTINCT substring(application_name FROM '-([0-9]+)-[0-9a-f]+$')::int FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'loader-%' AND state = 'idle in transaction'
"""
STORED = """
SELECT (SELECT count(*) FROM raw.deliveries), (SELECT count(DISTINCT action_id) FROM raw.deliveries),
       (SELECT sum(duplicate_count)::int FROM raw.loads), (SELECT count(*) FROM raw.repeats),
       (SELECT count(*) FROM raw.quarantine)
"""

log = logging.getLogger(__name__)


@dataclass
class Lake:
    """A PostgreSQL and a bucket, the hosts that use them, and the action ids that were accepted with a 200."""

    env: dict[str, str]
    server: postgres.Server
    running: subprocess.Popen[bytes]
    folder: Path
    hosts: list[Machine] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)

    def machine(self, name: str, prefix: tuple[str, ...] = (), data_dir: Path | None = None) -> Machine:
        """A host on which nothing runs yet."""
        (self.folder / name).mkdir()
        made = Machine(data_dir or self.folder / name / "data", more_env=self.env, prefix=prefix)
        self.hosts.append(made)
        return made

    def host(self, name: str, prefix: tuple[str, ...] = ()) -> Machine:
        """A host with a receiver, and so with a forwarder and a loader."""
        made = self.machine(name, prefix)
        made.start("ingest", "serve")
        eventually(lambda: "receiving at" in "\n".join(made.log("ingest")))
        return made

    def send(self, host: Machine, count: int = BATCH, mail: str = "bob@example.org") -> None:
        """Deliver time spent by many people; each delivery must be answered with a 200."""
        first = len(self.accepted)
        ids = [f"a{number}" for number in range(first, first + count)]
        file = self.folder / "payloads.ndjson"
        file.write_text("".join(json.dumps(payload(name, mail)) + "\n" for name in ids))
        sent = host.run("ingest", "send", str(file))
        assert sent.returncode == 0, sent.stdout + sent.stderr
        self.accepted |= set(ids)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What a reader sees; nothing while nothing is published, or PostgreSQL is being restarted."""
        try:
            with storage_of(WarehouseSettings.from_env(self.env)).connect() as connection:
                return connection.sql(sql).fetchall()
        except Exception:  # noqa: BLE001 -- as above
            return []

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """What PostgreSQL answers."""
        with psycopg.connect(self.server.conninfo(), autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    def loader(self) -> int:
        """The process that holds the lock; 0 when nobody does."""
        rows = self.ask("SELECT process_id FROM engagement.loader WHERE name <> ''")
        return int(str(rows[0][0])) if rows else 0

    def in_a_load(self) -> list[int]:
        """The processes whose transaction on the lake is under way."""
        return [int(str(pid)) for (pid,) in self.ask(IN_A_LOAD)]

    def files(self) -> set[str]:
        """The names of the Parquet files in the lake's part of the bucket."""
        names = (name for name in objects.names(self.env) if self.folder.name in name)
        return {name.rpartition("/")[2] for name in names if name.endswith(".parquet")}

    def stop_in_a_load(self, host: Machine) -> int:
        """Stop a loader by SIGSTOP in its transaction, when it has written files that nobody else knows yet.

        It is the loader of any host. What it loads is accepted by this one.
        """
        for _ in range(ATTEMPTS):
            before = self.files()
            self.send(host, LONG_LOAD)
            give_up_at = time.monotonic() + 10
            while time.monotonic() < give_up_at:
                if victim := self._stopped(before):
                    return victim
        raise AssertionError("no load lasted long enough")

    def _stopped(self, before: set[str]) -> int:
        if not self.in_a_load():
            return 0
        # The order matters: a file that is committed in between is known.
        if not self.files() - before - self.known_files():
            return 0
        for pid in self.in_a_load():
            os.kill(pid, signal.SIGSTOP)
            if pid in self.in_a_load():
                return pid
            os.kill(pid, signal.SIGCONT)
        return 0

    def is_all_there(self) -> None:
        """Each accepted delivery is stored once, none came twice, and each mart equals its second derivation."""
        count = len(self.accepted)
        eventually(lambda: self.rows(STORED), lambda rows: rows == [(count, count, 0, 0, 0)], seconds=180)
        checked = self.hosts[0].run("warehouse", "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        compared = re.findall(r"ok\W+(\S+) equals SQL's\W+0\W+\d+ rows", checked.stdout)
        assert set(compared) == set(REFERENCE), checked.stdout

    def has_no_orphans(self) -> None:
        """Maintenance, with nobody at work, leaves each file that the catalog knows, and no other."""
        for host in self.hosts:
            host.kill_all()
        before = self.files()
        done = self.hosts[0].run("warehouse", "maintain")
        assert done.returncode == 0, done.stderr
        found, known = self.files(), self.known_files()
        log.info("%d files before the maintenance, %d after it; %s", len(before), len(found), done.stdout.strip())
        assert found == known

    def known_files(self) -> set[str]:
        """The files that the catalog names: of some snapshot, or to be deleted a day later."""
        tables = ("ducklake_data_file", "ducklake_delete_file", "ducklake_files_scheduled_for_deletion")
        rows = [row for table in tables for row in self.ask(f"SELECT path FROM {table}")]
        return {str(path).rpartition("/")[2] for (path,) in rows}

    def kill_all(self) -> None:
        for host in self.hosts:
            host.kill_all()


def payload(name: str, mail: str) -> dict[str, object]:
    number = int(name[1:])
    profile = {"email": f"{number % 50}.{mail}", "firstName": "Bob"} if mail != MAIL else {"email": MAIL}
    return {
        "actionId": name,
        "action": "TIME_SPENT_IN_SESSION",
        "actionCreatedAt": "2025-09-18T18:00:00Z",
        "timeSpentInMinutes": 5 + number % 30,
        "event": {"id": "e1", "name": "Summit"},
        "session": {"id": f"s{number % 7}", "eventId": "e1", "title": "Talk"},
        "registration": {"id": f"r{number % 50}" if mail != MAIL else "ada", "profile": profile},
    }


@contextmanager
def lake_in(folder: Path, env: dict[str, str], disk: Path | None = None) -> Iterator[Lake]:
    """A lake whose PostgreSQL is its own, with its data on `disk` if one is given."""
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=disk or "/tmp"))  # noqa: S108 -- a socket's path must be short
    server = postgres.new_server(home)
    prefix = f"s3://{objects.BUCKET}/{folder.name}/"
    own = {**env, "WAREHOUSE": f"ducklake:postgres:{server.conninfo()}", "WAREHOUSE_DATA": prefix}
    lake = Lake(own, server, server.run(), folder)
    try:
        yield lake
    finally:
        lake.kill_all()
        lake.running.kill()
        lake.running.wait()
        shutil.rmtree(home, ignore_errors=True)


def worker(host: Machine, verb: str) -> int:
    """The host's process of `warehouse load` or `warehouse forward`; 0 while there is none."""
    return next((pid for pid in host.processes_at_work() if verb.encode() in command_of(pid)), 0)
