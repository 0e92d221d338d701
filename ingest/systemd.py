"""systemd's side of a service: the socket that it holds, and what it is told (man sd_listen_fds, man sd_notify).

Its variables are taken out of the environment, and the socket is closed on exec: a child must use neither.
"""

import logging
import os
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass

FIRST_SOCKET = 3

log = logging.getLogger(__name__)


class NotOneSocket(Exception):
    """systemd passed several sockets, or one that is no TCP socket: the message names the unit's fault."""


@dataclass(frozen=True)
class Systemd:
    """What systemd gave this process: nothing where it did not start it."""

    listener: socket.socket | None = None
    notify_socket: str = ""
    watchdog_seconds: float | None = None

    @classmethod
    def take(cls, env: MutableMapping[str, str]) -> "Systemd":
        """What the environment offers. The variables are removed from it.

        Raises:
            NotOneSocket: a socket can't be used.
        """
        is_for_us = env.pop("LISTEN_PID", "") == str(os.getpid())
        count = int(env.pop("LISTEN_FDS", "") or 0)
        env.pop("LISTEN_FDNAMES", None)
        notify_socket = env.pop("NOTIFY_SOCKET", "")
        microseconds = env.pop("WATCHDOG_USEC", "")
        is_watched = env.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return cls(
            _listener(count) if is_for_us and count else None,
            notify_socket,
            int(microseconds) / 1e6 if microseconds and is_watched else None,
        )

    def tell(self, **states: str) -> None:
        """Tell systemd states such as READY="1" or STATUS="what a person reads". Without systemd nothing happens.

        A receiver that nobody hears goes on: a container's manager may offer a socket that its user can't reach.
        """
        if self.notify_socket:
            # A name in Linux's abstract namespace is written with @ for its first byte, which is 0.
            address = self.notify_socket.replace("@", "\0", 1) if self.notify_socket[0] == "@" else self.notify_socket
            message = "\n".join(f"{name}={value}" for name, value in states.items())
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                    channel.sendto(message.encode(), address)
            except OSError as error:
                log.warning("systemd could not be told %s: %s", ", ".join(states), error.strerror)


def _listener(count: int) -> socket.socket:
    sockets = [socket.socket(fileno=number) for number in range(FIRST_SOCKET, FIRST_SOCKET + count)]
    for passed in sockets:
        passed.set_inheritable(False)
    if count > 1:
        raise NotOneSocket(f"systemd passed {count} sockets: the unit must name one, with one ListenStream=")
    [listener] = sockets
    if listener.type != socket.SOCK_STREAM or listener.family not in (socket.AF_INET, socket.AF_INET6):
        raise NotOneSocket("systemd passed a socket that is no TCP socket: ListenStream= must name an address and port")
    return listener
