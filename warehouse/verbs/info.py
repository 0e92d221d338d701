"""`warehouse info`: a table of names and values."""

import click
from rich.console import Console
from rich.table import Table

from warehouse.commands.info import describe
from warehouse.terminal import faults_in_one_line


@click.command()
def info() -> None:
    """Show tables, files and what waits.

    The published generation with its version, sizes and age, and the backlog of the inbox.
    """
    table = Table(show_header=False)
    with faults_in_one_line() as settings:
        for name, value in describe(settings):
            table.add_row(name, value)
    Console().print(table)
