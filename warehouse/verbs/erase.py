"""`warehouse erase`: whom to erase, and the receipt."""

import json
import logging
import sys

import click
from rich.console import Console
from rich.table import Table

from warehouse.commands.erase import Receipt, files_beside_a_lake, unsearched_files
from warehouse.commands.erase import erase as erase_all_of
from warehouse.commands.event import Event
from warehouse.commands.person import Person, is_address
from warehouse.memory import limit_this_process
from warehouse.progress_bar import steps_on_terminal
from warehouse.settings import WarehouseSettings
from warehouse.terminal import faults_in_one_line, require_data

log = logging.getLogger(__name__)


@click.command()
@click.option("--email", help="Erase the person with this mail address, at any event; case does not matter.")
@click.option("--registration-id", "registration_ids", multiple=True, help="Erase this registration; may be repeated.")
@click.option("--event", "event_id", help="Erase the event with this id, and all that people did there.")
@click.option("--json", "is_json", is_flag=True, help="Print the receipt as JSON.")
def erase(*, email: str | None, registration_ids: tuple[str, ...], event_id: str | None, is_json: bool) -> None:
    """Erase a person, or an event, from all files.

    From inbox, raw, quarantine, marts, the previous generation and all free pages.

    The warehouse is then as if these deliveries had never come. A person's own deliveries go, and their leads. So does
    every delivery of others that names the person. An address in the description of an event, a session or a place
    removes nothing. An address is found however the sender escaped, composed or cased it.

    For staff without a registration, give their actor's id as --registration-id.

    Not reached: backups, files of your own, readers that still hold an older generation open, and what Zuddl sends
    afterwards.

    Exit code 1: nothing was found, and nothing was changed; or the bucket of a lake keeps old versions of objects.
    """
    wanted = _wanted(email, registration_ids, event_id)
    limit_this_process()
    with faults_in_one_line() as settings, steps_on_terminal("Erasing") as steps:
        require_data(settings)
        log.info("erasing from %s", settings.lake.address if settings.lake else settings.data_dir)
        receipt = erase_all_of(settings, wanted, steps)
    if left := files_beside_a_lake(settings):
        log.warning("not searched, because the warehouse is a lake: %s; delete what you don't need", ", ".join(left))
    old_versions = _old_versions(settings, receipt)
    if is_json:
        click.echo(json.dumps(receipt._asdict()))
        if old_versions:
            raise click.ClickException(old_versions)
        sys.exit(int(receipt.is_empty))
    if receipt.is_empty:
        raise click.ClickException(
            ". ".join(filter(None, [_nothing_found(wanted, unsearched_files(settings)), old_versions]))
        )
    _show(receipt)
    if old_versions:
        raise click.ClickException(old_versions)


def _show(receipt: Receipt) -> None:
    table = Table(show_header=False, title="erased")
    for name, value in receipt._asdict().items():
        if isinstance(value, dict):
            for table_name, count in value.items():
                table.add_row(f"rows of {table_name}", str(count))
        else:
            table.add_row(name, ", ".join(value) if isinstance(value, list) else str(value))
    Console().print(table)


def _wanted(email: str | None, registration_ids: tuple[str, ...], event_id: str | None) -> Person | Event:
    email, event_id = (text.strip() if text else "" for text in (email, event_id))
    ids = {text for text in registration_ids if text.strip()}
    if event_id and (email or ids):
        raise click.UsageError("--event stands alone: erase the person in another run")
    if event_id:
        return Event(event_id)
    if not email and not ids:
        raise click.UsageError("name the person: --registration-id or --email; or an event: --event")
    if email and not is_address(email):
        # Bodies that are no JSON are searched for its words. One word would be found in those of others.
        raise click.UsageError(f"{email!r} is no mail address")
    return Person(ids, email)


def _old_versions(settings: WarehouseSettings, receipt: Receipt) -> str:
    """A sentence where the bucket keeps what is erased, else nothing."""
    if not settings.lake or not receipt.old_version_count:
        return ""
    return (
        f"{receipt.old_version_count:,} old versions of objects are in {settings.lake.data}, and may hold anybody who "
        "was erased: turn versioning off for the bucket, and delete them, such as by a rule of its life cycle"
    )


def _nothing_found(wanted: Person | Event, unsearched: list[str]) -> str:
    who = "no delivery of this event" if isinstance(wanted, Event) else "nobody with this mail address or registration"
    sentence = f"{who} is stored; nothing was changed"
    if unsearched:
        sentence += f". Not searched, because damaged: {', '.join(unsearched)}. Delete what you don't need"
    return sentence
