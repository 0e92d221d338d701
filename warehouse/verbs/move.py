"""`warehouse move`: from the file to the lake that WAREHOUSE names, or back."""

from typing import Literal

import click

from warehouse.commands.move import CannotMove
from warehouse.commands.move import move as move_warehouse
from warehouse.memory import limit_this_process
from warehouse.terminal import faults_in_one_line
from warehouse.verbs.forward import require_lake


@click.command()
@click.option("--to", required=True, type=click.Choice(["lake", "file"]), help="Where the warehouse goes.")
def move(*, to: Literal["lake", "file"]) -> None:
    """Copy the warehouse from DATA_DIR to the lake, or back.

    Set WAREHOUSE and WAREHOUSE_DATA, and stop the receivers first: `ingest serve` would go on loading the one that is
    copied. Every table is compared, and both are checked. The original stays until you remove it.
    """
    limit_this_process()
    with faults_in_one_line() as settings:
        lake = require_lake(settings)
        try:
            moved = move_warehouse(settings, lake, to_lake=to == "lake", tell=click.echo)
        except CannotMove as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"moved {moved.row_count:,} rows of {moved.table_count} tables to {moved.address}")
        if to == "file":
            click.echo("now remove WAREHOUSE and WAREHOUSE_DATA from the settings, and start the receiver")
            if moved.other_hosts:
                click.echo(f"what these hosts have not forwarded stays with them: {', '.join(moved.other_hosts)}")
