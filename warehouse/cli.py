"""`warehouse`: the command that makes the published file from the inbox."""

import logging
import os
import signal
import sqlite3
import threading
from contextlib import closing
from types import FrameType

import click
import duckdb

from warehouse.follow import LoaderBusy, follow, log_publication, only_loader
from warehouse.inbox import Inbox
from warehouse.loader import publish_new
from warehouse.settings import SettingsError, WarehouseSettings, read_environment


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Look after the engagement warehouse (DATA_DIR/warehouse.duckdb)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


@main.command()
@click.option("--follow", "is_following", is_flag=True, help="Stay, and publish whatever arrives, until Ctrl-C.")
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer the parent.")
def load(*, is_following: bool, parent: int | None) -> None:
    """Publish the deliveries that the inbox holds and the warehouse does not."""
    settings = _settings()
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if is_following:
            _follow(settings, parent)
        else:
            _load_once(settings)
    except LoaderBusy:
        raise click.ClickException(
            f"another loader is at work in {settings.data_dir} (the receiver's own?); it loads whatever is new"
        ) from None
    except (OSError, sqlite3.Error, duckdb.Error) as error:
        raise click.ClickException(str(error)) from None


def _load_once(settings: WarehouseSettings) -> None:
    if not settings.inbox_path.exists():
        raise click.ClickException(f"there is no inbox at {settings.inbox_path}; `ingest serve` makes one")
    with only_loader(settings.data_dir), closing(Inbox(settings.inbox_path)) as inbox:
        last_id = inbox.last_id()
        position = -1
        while position < last_id:
            publication = publish_new(inbox, settings)
            position = publication.inbox_position
            log_publication(publication)


def _follow(settings: WarehouseSettings, parent: int | None) -> None:
    stop = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, finish)
    signal.signal(signal.SIGTERM, finish)
    try:
        with only_loader(settings.data_dir, stop):
            follow(settings, stop, lambda: parent in (None, os.getppid()))
    except LoaderBusy:
        pass  # told to stop while it waited for its turn


def _settings() -> WarehouseSettings:
    try:
        return WarehouseSettings.from_env(read_environment())
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
