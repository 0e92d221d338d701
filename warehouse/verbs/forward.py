"""`warehouse forward`: this host's deliveries to the shared inbox of a lake, once or until Ctrl-C."""

import os
import signal
import threading
from types import FrameType

import click

from warehouse.commands.forward import follow, forward_once
from warehouse.counted import deliveries
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.terminal import faults_in_one_line


@click.command()
@click.option("--follow", "is_following", is_flag=True, help="Stay, and forward whatever arrives, until Ctrl-C.")
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer the parent.")
def forward(*, is_following: bool, parent: int | None) -> None:
    """Forward the deliveries of this host to the shared inbox of the lake.

    `ingest serve` does so by itself. A delivery stays in the inbox of this host for INBOX_RETENTION_DAYS.
    """
    with faults_in_one_line() as settings:
        lake = require_lake(settings)
        if not settings.inbox_path.exists():
            raise click.ClickException(
                f"there is no inbox at {settings.inbox_path}; is DATA_DIR right? `ingest serve` makes one"
            )
        if not is_following:
            count = forward_once(settings, lake)
            click.echo(f"forwarded {deliveries(count)} from {settings.inbox_path}")
            return
        stop = threading.Event()

        def finish(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGINT, finish)
        signal.signal(signal.SIGTERM, finish)
        follow(settings, lake, stop, lambda: parent in (None, os.getppid()))


def require_lake(settings: WarehouseSettings) -> LakeSettings:
    """The lake of the settings; without one the command ends with one line."""
    if settings.lake is None:
        raise click.ClickException("WAREHOUSE names no lake: this command is for several hosts (see warehouse/LAKE.md)")
    return settings.lake
