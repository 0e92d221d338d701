"""One machine for a test: a data directory, ports, and the product's commands as processes on them."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
SECRET = "secret-of-the-end-to-end-tests"
# Long enough for a slow machine: only a product that hangs takes so long.
PATIENCE_SECONDS = 60.0

# 127.0.0.1 and ::1, as `listens_at` gives them.
THIS_MACHINE_ONLY = {"0100007F", "00000000000000000000000001000000"}

T = TypeVar("T")


def eventually(look: Callable[[], T], is_right: Callable[[T], bool] = bool, seconds: float = PATIENCE_SECONDS) -> T:
    """What `look` sees once it is right; fails with what it saw last when that never happens."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if is_right(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r} after {seconds} s"
        time.sleep(0.1)


def free_port() -> int:
    """A port that nothing listens at right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens_at(port: int) -> set[str]:
    """The addresses that something listens at with this port, in hexadecimal as Linux writes them."""
    return {
        line.split()[1].rpartition(":")[0]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    }


def command_of(process_id: int) -> list[bytes]:
    """The process's command line; nothing when it has ended."""
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


@dataclass
class Machine:
    """The commands, run on a data directory and a port of the test's own."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    more_env: dict[str, str] = field(default_factory=dict)
    directory: Path = ROOT  # where the commands are run
    bin: Path = BIN  # where they are installed
    prefix: tuple[str, ...] = ()  # what starts them elsewhere, such as in a network of their own
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        own = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "ZUDDL_WEBHOOK_SECRET": SECRET}
        return {**os.environ, **own, **self.more_env}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def warehouse(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own; it is killed at the end of the test."""
        with self._log_of(command[0]).open("ab") as log:
            process = subprocess.Popen(
                [*self.prefix, self.bin / command[0], *command[1:]],
                env=self.env,
                cwd=self.directory,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self.prefix, self.bin / command[0], *command[1:]],
            env=self.env,
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the receiver, and wait until it could store a delivery."""
        receiver = self.start("ingest", "serve")
        eventually(lambda: self.answers("/health/ready"))
        return receiver

    def answers(self, path: str, base: str | None = None) -> bool:
        """Whether a GET is answered with 200."""
        try:
            with urllib.request.urlopen((base or self.url) + path, timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def read(self, path: str) -> str:
        """The text that a GET is answered with."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())

    def log(self, program: str) -> list[str]:
        """The lines that a started program, and what it started itself, has written to its terminal."""
        return self._log_of(program).read_text("utf-8").splitlines()

    def _log_of(self, program: str) -> Path:
        return self.data_dir.parent / f"{program}.log"

    def query(self, sql: str) -> list[str]:
        """Lines of comma-separated values, as another process, DuckDB's own shell, reads them right now."""
        answer = self.run("duckdb", "-readonly", "-csv", "-noheader", str(self.warehouse), "-c", sql)
        return answer.stdout.split() if answer.returncode == 0 else []

    def processes_at_work(self) -> list[int]:
        """Ids of all processes that work on this data directory: they carry it in their environment."""
        mark = f"DATA_DIR={self.data_dir}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:  # gone, or not ours
                continue
        return found

    def loaders(self) -> list[int]:
        """Process ids of the receiver's loader: one, or none while it starts."""
        return [process_id for process_id in self.processes_at_work() if b"warehouse" in command_of(process_id)]

    def kill_all(self) -> None:
        """SIGKILL to every process of this machine, as a power cut would."""
        for process_id in self.processes_at_work():
            try:
                os.kill(process_id, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for process in self.processes:
            process.wait()
        eventually(lambda: not self.processes_at_work())
