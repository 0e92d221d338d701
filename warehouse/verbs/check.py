"""`warehouse check`: a table of what was checked."""

import click
from rich.console import Console
from rich.table import Column, Table

from warehouse.commands.check import check as check_warehouse
from warehouse.storage import storage_of
from warehouse.terminal import faults_in_one_line


@click.command()
def check() -> None:
    """Look for faults in the warehouse.

    Every delivery must be accounted for, each action must say what its body says, and each mart must equal a second
    derivation in SQL. A warning counts the fields whose values could not be read, or were cut.

    Exit code 1: a fault was found. A warning is no fault.
    """
    # Only what was found wraps: a search for WRONG finds the check's name in the same line.
    table = Table(*(Column(name, no_wrap=True) for name in ("", "check", "faults")), "found")
    fault_count = 0
    with faults_in_one_line() as settings:
        table.title = f"warehouse check {storage_of(settings).address}"
        for finding in check_warehouse(settings):
            fault_count += finding.fault_count
            verdict = "[yellow]warning" if finding.is_warning else "[green]ok" if finding.is_good else "[red]WRONG"
            table.add_row(verdict, finding.name, str(finding.fault_count), finding.detail)
    Console().print(table)
    if fault_count:
        raise click.ClickException(f"{fault_count} faults; `warehouse rebuild` derives all tables again")
