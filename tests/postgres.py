"""A real PostgreSQL for tests: one server for each process of pytest, with a database for each test."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from tests.e2e.machine import free_port
from tests.programs import end_with_parent

PACKAGES = Path("/usr/lib/postgresql")
# A test's database need not survive a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
PATIENCE_SECONDS = 60

_numbers = count(1)


class Server(NamedTuple):
    """A running server: its folder, its programs, and where it listens."""

    folder: Path
    programs: Path
    port: int
    address: str = "127.0.0.1"

    def conninfo(self, database: str = "postgres", user: str = "postgres") -> str:
        """How libpq reaches a database of it."""
        return f"host={self.address} port={self.port} user={user} dbname={database}"

    def run(self) -> "subprocess.Popen[bytes]":
        """Start the server, which ends with this process, and wait until it answers."""
        options = [option for name, value in FAST.items() for option in ("-c", f"{name}={value}")]
        listening = [
            "-c",
            f"port={self.port}",
            "-c",
            f"listen_addresses={self.address}",
            "-c",
            f"unix_socket_directories={self.folder}",
        ]
        with (self.folder / "log").open("ab") as log:
            running = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *listening, *options],
                stdout=log,
                stderr=log,
                user=_user(),
                preexec_fn=end_with_parent,  # noqa: PLW1509 -- it only asks the kernel for a signal
            )
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                psycopg.connect(self.conninfo(), connect_timeout=5).close()
            except psycopg.OperationalError:
                assert running.poll() is None, (self.folder / "log").read_text("utf-8")
                assert time.monotonic() < give_up_at
                time.sleep(0.05)
            else:
                return running


def empty_database() -> str:
    """How libpq reaches a new, empty database."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server().conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server().conninfo(name)


def drop_database(conninfo: str) -> None:
    """Remove a database, whoever still has a session there."""
    name = psycopg.conninfo.conninfo_to_dict(conninfo)["dbname"]
    with psycopg.connect(server().conninfo(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def server() -> Server:
    """The server of this process."""
    made = new_server(Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp")))
    running = made.run()

    def end() -> None:
        stop(running)
        shutil.rmtree(made.folder, ignore_errors=True)

    atexit.register(end)
    return made


def new_server(folder: Path, address: str = "127.0.0.1", clients: str = "127.0.0.1/32") -> Server:
    """A server that does not run yet, with all its files in the folder. It trusts clients of the range."""
    programs = _programs()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    if user := _user():
        shutil.chown(folder, user)
    subprocess.run(
        [programs / "initdb", "--no-sync", "--auth=trust", "--username=postgres", "-D", folder / "data"],
        check=True,
        capture_output=True,
        user=_user(),
        cwd=folder,
    )
    with (folder / "data" / "pg_hba.conf").open("a") as trusted:
        trusted.write(f"host all all {clients} trust\n")
    return Server(folder, programs, free_port(), address)


def stop(running: "subprocess.Popen[bytes]") -> None:
    """End the server as a machine that shuts down would: sessions are ended."""
    running.send_signal(signal.SIGINT)
    running.wait(PATIENCE_SECONDS)


def _programs() -> Path:
    if found := sorted(PACKAGES.glob("*/bin/postgres")):
        return found[-1].parent
    if os.environ.get("CI"):
        pytest.fail("CI has no PostgreSQL: .ci/run installs it")
    pytest.skip("no PostgreSQL here (Debian: apt install postgresql); this test did not run")


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.getuid() == 0 else None
