"""`ingest serve`: the receiver's process, from its first check to its last delivery."""

import asyncio
import errno
import logging
import signal
import socket
import sqlite3
from contextlib import suppress

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from ingest.app import create_app
from ingest.group_commit import GroupCommit
from ingest.settings import ReceiverSettings
from ingest.supervisor import supervise_loader

log = logging.getLogger(__name__)


class CannotServe(Exception):  # noqa: N818 -- names what was found
    """The receiver can't start here; the message is for the operator."""


def serve(settings: ReceiverSettings) -> None:
    """Receive deliveries, and keep a loader at work, until SIGTERM or Ctrl-C.

    Raises:
        CannotServe: the port is taken, or DATA_DIR can't be written.
    """
    check_port(settings)
    uvloop.run(_serve(settings))


async def _serve(settings: ReceiverSettings) -> None:
    commit = open_inbox(settings)
    server = Server(
        create_app(settings, commit),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        backlog=2048,
    )
    loop = asyncio.get_running_loop()
    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop_signal, server.stop)
    loader = asyncio.create_task(supervise_loader())
    log.info("receiving at http://%s:%d/webhooks/zuddl", settings.host, settings.port)
    try:
        await server.serve()
    finally:
        commit.close()
        loader.cancel()
        with suppress(asyncio.CancelledError):
            await loader
        log.info("stopped")


def open_inbox(settings: ReceiverSettings) -> GroupCommit:
    """The inbox, ready to store, in a DATA_DIR that exists after this.

    Raises:
        CannotServe: it can't be written.
    """
    data_dir = settings.warehouse.data_dir
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return GroupCommit.open(settings.warehouse.inbox_path)
    except (OSError, sqlite3.Error) as error:
        raise CannotServe(f"DATA_DIR ({data_dir}) can't be written: {error}") from None


def check_port(settings: ReceiverSettings) -> None:
    """Find out early whether the address is free: granian's own socket would share it with another process.

    Raises:
        CannotServe: it is taken, or no address of this machine.
    """
    address = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(f"{address} is taken by another process; set PORT to a free one") from None
        raise CannotServe(f"can't listen at {address}: {error.strerror}; check HOST and PORT") from None
