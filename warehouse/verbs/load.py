"""`warehouse load`: once, a file's payloads first, or whatever arrives until Ctrl-C."""

import logging
import os
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.progress import Progress

from warehouse.commands.attempts import Attempts, StartOver
from warehouse.commands.follow import follow, log_load
from warehouse.commands.forward import forward_once
from warehouse.commands.inboxes import opened
from warehouse.commands.load import is_anything_new
from warehouse.commands.load import load as load_inbox
from warehouse.counted import deliveries
from warehouse.file_access import DATA_FOLDER, make_folder
from warehouse.inbox import backfill
from warehouse.inbox.payload_file import STANDARD_INPUT, is_compressed, read_payloads
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.memory import limit_this_process
from warehouse.progress_bar import steps_on_terminal
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of
from warehouse.terminal import faults_in_one_line

log = logging.getLogger(__name__)


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--as-is", "is_as_is", is_flag=True, help="Take each line of FILE as it stands, whatever it is.")
@click.option("--follow", "is_following", is_flag=True, help="Stay, and load whatever arrives, until Ctrl-C.")
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer the parent.")
def load(*, file: Path | None, is_as_is: bool, is_following: bool, parent: int | None) -> None:
    """Load the deliveries that wait.

    These are the deliveries that the inbox holds and the warehouse does not.

    FILE holds payloads: JSON objects one a line, one after another, or in an array; plain, gzip or Zstandard; `-` reads
    standard input. They are accepted first, as if they were received now and verified; no receiver is needed. Loading
    the same file twice adds only duplicates. DATA_DIR is made where there is none.
    """
    if file and is_following:
        raise click.UsageError("a FILE is loaded once; leave out --follow")
    if is_as_is and not file:
        raise click.UsageError("--as-is belongs to a FILE")
    limit_this_process()
    with faults_in_one_line() as settings:
        if settings.lake:  # a host without a receiver may load, too
            make_folder(settings.data_dir, DATA_FOLDER)
        if file:
            _accept(settings, file, is_as_is=is_as_is)
        try:
            if is_following:
                _follow(settings, parent)
            else:
                _load_once(settings)
        except StartOver as error:
            log.warning("%s", error)
            again = ["--follow"] * is_following + (["--parent", str(parent)] if parent else [])
            os.execv(sys.executable, [sys.executable, "-P", "-m", "warehouse", "load", *again])  # noqa: S606 -- no shell


def _accept(settings: WarehouseSettings, file: Path, *, is_as_is: bool) -> None:
    make_folder(settings.data_dir, DATA_FOLDER)
    is_plain = file != STANDARD_INPUT and file.is_file() and not is_compressed(file)
    with (
        closing(Inbox(settings.inbox_path, create=True)) as inbox,
        Progress(console=Console(stderr=True), disable=not Console(stderr=True).is_terminal) as bar,
    ):
        task = bar.add_task(f"Reading {file.name}", total=file.stat().st_size if is_plain else None)
        payloads = read_payloads(file, is_as_is=is_as_is)
        count = backfill.accept(inbox, payloads, lambda size: bar.advance(task, size))
    click.echo(f"accepted {deliveries(count)} from {file} into {settings.inbox_path}")


def _load_once(settings: WarehouseSettings) -> None:
    storage = storage_of(settings)
    if settings.lake and settings.inbox_path.exists():
        forward_once(settings, settings.lake)
    with opened(settings) as inboxes, steps_on_terminal("Loading") as steps:
        if inboxes is None:
            raise click.ClickException(
                f"there is no inbox at {settings.inbox_path}; is DATA_DIR right? `ingest serve` makes one"
            )
        source = settings.lake.address if settings.lake else settings.inbox_path
        if not is_anything_new(inboxes, settings):
            with storage.only_writer():
                storage.tidy()
            click.echo(f"nothing new in {source}")
            return
        log.info("loading from %s", source)
        attempts = Attempts(settings.data_dir)
        loaded = wanted = 0
        while not loaded or loaded < wanted:
            with storage.only_writer():
                done = load_inbox(inboxes, settings, attempts=attempts)
                storage.maintain_if_due(done.load_id)
            left = inboxes.waiting_count(done.positions)
            # What arrives meanwhile is for the next command.
            wanted = wanted or done.delivery_count + left
            loaded += done.delivery_count
            steps(loaded, max(loaded, wanted))
            log_load(done)
            if not left:
                break


def _follow(settings: WarehouseSettings, parent: int | None) -> None:
    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, finish)
    signal.signal(signal.SIGTERM, finish)
    follow(settings, stop, lambda: parent in (None, os.getppid()))
