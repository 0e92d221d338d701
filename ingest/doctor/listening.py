"""Who listens, and who has a file open, as Linux tells in /proc."""

import os
import socket
from contextlib import suppress
from pathlib import Path

LISTENING = "0A"


def addresses(port: int) -> set[str]:
    """The addresses of this machine where something listens at a TCP port; none where the system does not tell."""
    found = set()
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        with suppress(FileNotFoundError):
            for line in Path(f"/proc/net/{name}").read_text("ascii").splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                address, _, its_port = local.partition(":")
                if state == LISTENING and int(its_port, 16) == port:
                    found.add(socket.inet_ntop(family, _in_network_order(address)))
    return found


def processes_that_have_open(file: Path) -> list[int]:
    """Ids of the processes that have the file open, of those that this user may look into."""
    real, found = str(file.resolve()), []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.readlink(its) == real for its in (process / "fd").iterdir()):  # noqa: PTH115 -- the text, unresolved
                found.append(int(process.name))
    return found


def _in_network_order(address: str) -> bytes:
    """Linux writes each 32 bits of an address in the machine's order, in hexadecimal."""
    words = [bytes.fromhex(address[start : start + 8]) for start in range(0, len(address), 8)]
    return b"".join(word[::-1] for word in words)
