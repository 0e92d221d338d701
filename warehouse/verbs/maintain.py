"""`warehouse maintain`: what the loader of a lake does by itself."""

import click

from warehouse.counted import counted
from warehouse.storage import storage_of
from warehouse.storage.lake.maintenance import maintain as maintain_lake
from warehouse.terminal import faults_in_one_line
from warehouse.verbs.forward import require_lake


@click.command()
def maintain() -> None:
    """Merge the small files of the lake, forget old snapshots, and delete objects that none needs.

    The loader does so by itself. `Beyond one machine`, warehouse/LAKE.md, says how often, and how long each is kept.
    """
    with faults_in_one_line() as settings:
        lake = require_lake(settings)
        with storage_of(settings).only_writer():
            done = maintain_lake(lake)
        deleted = counted(done.deleted_count, "unused object", "unused objects")
        click.echo(f"{counted(done.files_after, 'file', 'files')}, {done.files_before:,} before; {deleted} deleted")
