"""`warehouse rebuild`."""

import click

from warehouse.commands.rebuild import rebuild as rebuild_warehouse
from warehouse.counted import deliveries
from warehouse.memory import limit_this_process
from warehouse.progress_bar import steps_on_terminal
from warehouse.storage import storage_of
from warehouse.terminal import faults_in_one_line, require_data


@click.command()
def rebuild() -> None:
    """Make every table again from the texts.

    The texts are those in raw.deliveries and raw.quarantine.

    Use it after REPEAT_POLICY was changed, or when `check` finds faults. The published file stays until the new one
    replaces it. Deliveries that arrive meanwhile wait in the inbox.
    """
    limit_this_process()
    with faults_in_one_line() as settings, steps_on_terminal("Rebuilding") as steps:
        require_data(settings)
        with storage_of(settings).only_writer():
            count = rebuild_warehouse(settings, policy=settings.repeat_policy, progress=steps)
        click.echo(f"rebuilt {storage_of(settings).address} from {deliveries(count)}")
