"""What systemd does for a service, for tests: it holds the socket, hears what the service says, and starts it again."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.receive.limits import LIMITS
from tests.e2e.machine import BIN, PATIENCE_SECONDS, Machine

# systemd passes the socket as file 3, and names the process that may use it.
PASS_SOCKET = '[ "$0" = 3 ] || eval "exec 3<&$0 $0<&-"; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'


@dataclass
class ServiceManager:
    """Holds the machine's port open, and starts `ingest serve` on it."""

    machine: Machine
    watchdog_seconds: float | None = None
    held: socket.socket = field(init=False)
    channel: socket.socket = field(init=False)
    service: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Self:
        self.held = socket.create_server(("127.0.0.1", self.machine.port), backlog=LIMITS.max_not_accepted)
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.settimeout(PATIENCE_SECONDS)
        self.channel.bind(str(self._notify_socket))
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.machine.kill_all()
        self.held.close()
        self.channel.close()

    @property
    def _notify_socket(self) -> Path:
        return self.machine.data_dir.parent / "notify"

    def start(self) -> None:
        """Start the service; it is not ready yet."""
        env = {**self.machine.env, "NOTIFY_SOCKET": str(self._notify_socket)}
        if self.watchdog_seconds is not None:
            env["WATCHDOG_USEC"] = str(int(self.watchdog_seconds * 1e6))
        with (self.machine.data_dir.parent / "ingest.log").open("ab") as log:
            self.service = subprocess.Popen(
                ["bash", "-c", PASS_SOCKET, str(self.held.fileno()), BIN / "ingest", "serve"],
                env=env,
                pass_fds=(self.held.fileno(),),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.machine.processes.append(self.service)

    def hear(self, word: str) -> str:
        """The next message that has this word in it."""
        while word not in (message := self.channel.recv(4096).decode()):
            pass
        return message

    def restart(self, seconds_between: float = 0) -> None:
        """SIGTERM, the end, and a new start, as `systemctl restart` does, on a machine that may be slow."""
        self.service.send_signal(signal.SIGTERM)
        assert self.service.wait(PATIENCE_SECONDS) == 0
        time.sleep(seconds_between)
        self.start()
        self.hear("READY=1")


def environment_of(process_id: int) -> set[str]:
    """The names of the variables that a process was started with."""
    lines = Path(f"/proc/{process_id}/environ").read_bytes().split(b"\0")
    return {os.fsdecode(line).partition("=")[0] for line in lines}


def files_of(process_id: int) -> set[str]:
    """What the open files of a process are."""
    return {str(file.readlink()) for file in Path(f"/proc/{process_id}/fd").iterdir()}
