"""`ingest serve`: the receiver's process, from its first check to its last delivery."""

import asyncio
import errno
import gc
import logging
import os
import resource
import signal
import socket
from contextlib import suppress
from functools import partial

import click
import uvloop

from ingest.background import keep_at, watch_callbacks
from ingest.commit.group_commit import GroupCommit, NotStored
from ingest.commit.inbox_watch import watch_inbox
from ingest.metrics import Metrics
from ingest.receive.app import create_app
from ingest.receive.http_server import HttpServer, bind
from ingest.receive.refusals import Refusals
from ingest.settings import ReceiverSettings, address
from ingest.supervisor import forwarder_command, loader_command, supervise
from ingest.systemd import NotOneSocket, Systemd
from ingest.watchdog import keep_proving
from warehouse.file_access import DATA_FOLDER, make_folder
from warehouse.logs import log_to_stderr
from warehouse.settings import read_environment

COLLECT_AFTER_OBJECTS = 50_000
# Storing what was accepted takes milliseconds. Only a disk that hangs takes so long.
MAX_SECONDS_TO_END = 20

log = logging.getLogger(__name__)


class CannotServe(click.ClickException):
    """The receiver can't start here, or can't go on; the message is for the operator."""


@click.command()
def serve() -> None:
    """Receive deliveries and load them, until Ctrl-C.

    Takes POST /webhooks/zuddl at HOST:PORT (127.0.0.1:8000), and keeps everything in DATA_DIR (data). Needs
    ZUDDL_WEBHOOK_SECRET, or a file with it.
    """
    log_to_stderr()
    settings = ReceiverSettings.from_env(read_environment())
    for doubt in settings.secret.doubts():
        log.warning(doubt)
    try:
        systemd = Systemd.take(os.environ)
    except NotOneSocket as error:
        raise CannotServe(str(error)) from None
    listener = systemd.listener or open_port(settings)
    _, max_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max_files, max_files))
    uvloop.run(_serve(settings, systemd, listener))


async def _serve(settings: ReceiverSettings, systemd: Systemd, listener: socket.socket) -> None:
    metrics = Metrics()
    commit = await open_inbox(settings, metrics)
    metrics.watch(settings.warehouse, lambda: commit.queue_depth)
    refusals = Refusals(metrics)
    where = f"http://{address(*listener.getsockname()[:2])}/webhooks/zuddl"

    def note_ready() -> None:
        log.info("receiving at %s", where)
        systemd.tell(READY="1", STATUS=f"receiving at {where}")

    server = HttpServer(create_app(settings, commit, metrics, refusals), refusals, on_listening=note_ready)
    # The objects made so far live until the end, and reference counts free what a delivery makes. The garbage collector
    # finds nothing, so it seldom looks.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS)
    loop = asyncio.get_running_loop()
    watch_callbacks(loop, metrics.background_task_failures.inc)

    tasks: list[asyncio.Task[None]] = []
    last_tasks: list[asyncio.Task[None]] = []

    def end() -> None:
        if server.should_exit:
            return
        server.should_exit = True
        systemd.tell(STOPPING="1", STATUS="answering what was received")
        # The loader ends meanwhile: a restart keeps new connections waiting.
        for task in tasks:
            task.cancel()
        loop.call_later(MAX_SECONDS_TO_END, end_at_once)

    for stop_signal in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop_signal, end)
    again, failed = metrics.loader_restarts.inc, metrics.background_task_failures.inc
    work = {
        "the loader's supervision": partial(supervise, loader_command(), on_restart=again),
        "the inbox's watch": partial(watch_inbox, settings.warehouse.inbox_path, commit),
        "the watchdog's proof": partial(keep_proving, systemd, commit),
    }
    tasks += [asyncio.create_task(keep_at(name, its, failed)) for name, its in work.items()]
    if settings.warehouse.lake:
        forward = partial(supervise, forwarder_command(), on_restart=again, name="forwarder")
        last_tasks.append(asyncio.create_task(keep_at("the forwarder's supervision", forward, failed)))
    try:
        await serve_until_told_to_end(server, listener)
    finally:
        end()
        await commit.close()
        # All is stored now. The forwarder takes it along before it ends.
        for task in last_tasks:
            task.cancel()
        for task in (*tasks, *last_tasks):
            with suppress(asyncio.CancelledError):
                await task
        log.info("stopped")


async def serve_until_told_to_end(server: HttpServer, listener: socket.socket) -> None:
    """Serve until `server.should_exit` is set.

    Raises:
        CannotServe: the server ended before that, or failed. A supervisor such as systemd then starts it again.
    """
    try:
        await server.serve([listener])
    except Exception as error:
        log.exception("the HTTP server failed")
        raise CannotServe(f"the HTTP server failed ({type(error).__name__}); the log says more") from None
    if not server.should_exit:
        raise CannotServe("the HTTP server ended although nobody asked it to")


def end_at_once() -> None:
    """The last resort against a connection or a disk that never finishes. It loses nothing acknowledged."""
    log.error("could not end within %d seconds; ending now", MAX_SECONDS_TO_END)
    os._exit(1)


async def open_inbox(settings: ReceiverSettings, metrics: Metrics) -> GroupCommit:
    """The inbox, after a first write has proved that it can store. Makes DATA_DIR.

    Raises:
        CannotServe: it can't be written.
    """
    data_dir = settings.warehouse.data_dir
    try:
        make_folder(data_dir, DATA_FOLDER)
        commit = GroupCommit(settings.warehouse.inbox_path, metrics, settings.set_aside_max_bytes)
        await commit.prove_write()
    except (OSError, NotStored) as error:
        raise CannotServe(f"DATA_DIR ({data_dir}) can't be written: {error}") from None
    return commit


def open_port(settings: ReceiverSettings) -> socket.socket:
    """A socket that listens at HOST and PORT.

    Raises:
        CannotServe: the address is taken, or none of this machine.
    """
    try:
        return bind(settings.host, settings.port)
    except UnicodeError:
        raise CannotServe(f"HOST is {settings.host!r}, which is no name of a host") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(f"{settings.address} is taken by another process; set PORT to a free one") from None
        raise CannotServe(f"can't listen at {settings.address}: {error.strerror}; check HOST and PORT") from None
