"""`warehouse maintain`: what the loader of a lake does by itself."""

import click

from warehouse.storage import storage_of
from warehouse.storage.lake.maintenance import maintain as maintain_lake
from warehouse.terminal import faults_in_one_line
from warehouse.verbs.forward import require_lake


@click.command()
def maintain() -> None:
    """Merge the small files of the lake, forget snapshots older than a day, and delete unused objects.

    The loader does so by itself, every 200 loads and when nothing arrives.
    """
    with faults_in_one_line() as settings:
        lake = require_lake(settings)
        with storage_of(settings).only_writer():
            done = maintain_lake(lake)
        click.echo(
            f"{done.files_after:,} files, {done.files_before:,} before; {done.deleted_count:,} unused objects deleted"
        )
