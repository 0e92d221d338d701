"""`warehouse backup` and `warehouse restore`."""

from dataclasses import replace
from pathlib import Path

import click

from warehouse.commands.backup import back_up, dated, finish, keep, note_success
from warehouse.commands.check import check
from warehouse.commands.manifest import Damaged, Newer
from warehouse.commands.restore import InUse, NoBackup
from warehouse.commands.restore import restore as restore_from
from warehouse.inbox.repair import find_damage
from warehouse.settings import WarehouseSettings
from warehouse.terminal import faults_in_one_line, require_data

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("directory", type=FOLDER)
@click.option("--keep", "keep_count", type=click.IntRange(min=1), help="Make dated folders in DIRECTORY; keep so many.")
@click.option("--verify", "is_verified", is_flag=True, help="Open the backup and check every figure in it.")
def backup(*, directory: Path, keep_count: int | None, is_verified: bool) -> None:
    """Copy all data into DIRECTORY.

    Warehouse, inbox, speakers.csv and sponsors.csv, and a manifest with the checksum of each. DIRECTORY must be empty
    or not exist. A backup that fails leaves nothing there. With --keep each backup gets a folder of its own in
    DIRECTORY, and the oldest ones beyond the number are removed once the new one is complete.

    `warehouse restore DIRECTORY` puts it back.
    """
    with faults_in_one_line() as its_settings:
        # PostgreSQL may be away. The host of a lake then has the only copy of what arrives.
        settings = replace(its_settings, lake=None)
        if its_settings.lake:
            if not settings.inbox_path.exists():
                raise click.ClickException(f"there is no inbox at {settings.inbox_path}; is DATA_DIR right?")
            click.echo("the inbox of this host alone; warehouse/LAKE.md says how to back up the lake")
        require_data(settings)
        click.echo(f"backup of {settings.data_dir}")
        target = dated(directory) if keep_count else directory
        names = [path.name for path in back_up(settings, target)]
        if is_verified:
            _verify(replace(settings, data_dir=target))
        if keep_count:
            target = finish(target)
        for name in names:
            click.echo(f"{target / name}  {(target / name).stat().st_size / 1e6:,.1f} MB")
        note_success(settings)
        for old in keep(directory, keep_count) if keep_count else ():
            click.echo(f"removed {old}")


def _verify(settings: WarehouseSettings) -> None:
    """Look for faults in a backup, whose folder the settings name. A host of a lake has an inbox alone."""
    names = list[str]()
    if settings.warehouse_path.exists():
        names += [one.name for one in check(settings) if one.fault_count and not one.is_warning]
    if settings.inbox_path.exists():
        names += filter(None, [find_damage(settings.inbox_path)])
    if names:
        raise click.ClickException(
            f"the backup {settings.data_dir} has faults: {'; '.join(names)}. No older one was removed"
        )
    click.echo("verified: no fault")


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(*, directory: Path) -> None:
    """Put the backup in DIRECTORY into DATA_DIR.

    Stop the receiver first. What is in DATA_DIR is kept there in a folder named before-restore and the time. The
    deliveries that only its inbox has go into the restored one, so none is lost. The backup stays as it is.
    """
    with faults_in_one_line() as settings:
        try:
            for line in restore_from(settings, directory):
                click.echo(line)
        except (Damaged, InUse, Newer, NoBackup) as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"{settings.data_dir} is restored; start the receiver again")
