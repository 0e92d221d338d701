"""Hosts on one machine: each is a network namespace with one link to a bridge, whose address is that of the servers."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from tests.programs import program


class Host(NamedTuple):
    """A host: its namespace, its address, and the end of its link at the bridge."""

    name: str
    address: str
    link: str

    def command(self, *command: str) -> list[str]:
        """How the test starts a command on the host. The process is the command's own, so signals reach it."""
        return [program("nsenter", "util-linux"), f"--net=/run/netns/{self.name}", "--", *command]

    def cut(self) -> None:
        """Pull the cable. Connections stay open and nobody is told: packets are lost both ways."""
        _ip("link", "set", self.link, "down")

    def mend(self) -> None:
        """Put the cable back. Open connections go on at TCP's next repetition, which may be seconds later."""
        _ip("link", "set", self.link, "up")

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """The link is cut during the block, and mended whatever happens in it."""
        self.cut()
        try:
            yield
        finally:
            self.mend()


class Network(NamedTuple):
    """The address where servers listen, the range of all addresses, and the hosts."""

    address: str
    addresses: str
    hosts: tuple[Host, ...]


@contextmanager
def network(count: int = 2) -> Iterator[Network]:
    """So many hosts, all of which reach the servers and each other. As root only."""
    # The number keeps networks of two test runs apart; RFC 2544 reserves the range for tests.
    number = os.getpid()
    prefix = f"198.18.{number % 256}"
    bridge = f"br{number}"
    with ExitStack() as made:
        _ip("link", "add", bridge, "type", "bridge")
        made.callback(_ip, "link", "del", bridge)
        _ip("address", "add", f"{prefix}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        hosts = []
        for place in range(count):
            host = Host(f"host{place}-{number}", f"{prefix}.{place + 2}", f"v{place}-{number}")
            _ip("netns", "add", host.name)
            made.callback(_ip, "netns", "del", host.name)
            _join(host, bridge)
            made.callback(_ip, "link", "del", host.link)
            hosts.append(host)
        yield Network(f"{prefix}.1", f"{prefix}.0/24", tuple(hosts))


def _join(host: Host, bridge: str) -> None:
    _ip("link", "add", host.link, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    _ip("link", "set", host.link, "master", bridge, "up")
    _ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
    for device in ("lo", "eth0"):
        _ip("-n", host.name, "link", "set", device, "up")


def _ip(*arguments: str) -> None:
    done = subprocess.run([program("ip", "iproute2"), *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)
