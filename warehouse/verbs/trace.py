"""`warehouse trace`: what became of a delivery, as a time line or as JSON."""

import json

import click

from warehouse.commands.person import is_address
from warehouse.commands.trace import Trace, Traced, Wanted
from warehouse.commands.trace import trace as trace_deliveries
from warehouse.terminal import faults_in_one_line


@click.command()
@click.argument("action_id", required=False)
@click.option("--email", help="All deliveries of the person with this mail address; case does not matter.")
@click.option("--registration-id", help="All deliveries of this registration.")
@click.option("--session", "session_id", help="Of a person, only what concerns this session.")
@click.option("--delivery", "delivery_id", type=click.IntRange(min=1), help="The delivery with this id.")
@click.option("--json", "is_json", is_flag=True, help="Print a list of objects.")
def trace(  # noqa: PLR0913 -- one for each option
    *,
    action_id: str | None,
    email: str | None,
    registration_id: str | None,
    session_id: str | None,
    delivery_id: int | None,
    is_json: bool,
) -> None:
    """Show what became of a delivery, or of all of a person.

    Look for Zuddl's ACTION_ID, a mail address, a registration or a delivery's id: in the warehouse, in the inbox, and
    among what was refused. The oldest comes first.

    Exit code 1: nothing is known.
    """
    wanted = Wanted(action_id, email, registration_id, delivery_id, session_id)
    _require_one(wanted)
    with faults_in_one_line() as settings:
        found = trace_deliveries(settings, wanted)
    if not found.deliveries:
        raise click.ClickException("no delivery is known by this")
    click.echo(json.dumps([_as_json(one) for one in found.deliveries], indent=2) if is_json else _time_line(found))


def _require_one(wanted: Wanted) -> None:
    given = [one for one in wanted[:4] if one is not None]
    if len(given) != 1:
        raise click.UsageError("name one of ACTION_ID, --email, --registration-id and --delivery")
    if any("\udc80" <= letter <= "\udcff" for one in wanted if isinstance(one, str) for letter in one):
        raise click.UsageError("what to look for is no UTF-8: check the terminal's encoding")
    if wanted.email is not None and not is_address(wanted.email):
        raise click.UsageError(f"{wanted.email!r} is no mail address")
    if wanted.session_id is not None and wanted.email is None and wanted.registration_id is None:
        raise click.UsageError("--session belongs to --email or --registration-id")


def _as_json(one: Traced) -> dict[str, object]:
    return one._asdict() | {"received_at": one.received_at.isoformat()}


def _time_line(found: Trace) -> str:
    parts = ["\n".join(_lines(one)) for one in found.deliveries]
    parts += [attendance.sentence(found.policy) for attendance in found.attendances]
    return "\n\n".join(parts)


def _lines(one: Traced) -> list[str]:
    """The life of a delivery, a line for each step."""
    minutes = "" if one.minutes_spent is None else f", {one.minutes_spent:g} minutes"
    name = "not loaded yet" if one.delivery_id is None else f"delivery {one.delivery_id}"
    verified = "refused" if one.outcome == "set_aside" else "verified"
    lines = [
        f"{one.action or 'unknown action'}{minutes} ({name})",
        f"  action id     {one.action_id}",
        f"  received      {one.received_at:%Y-%m-%d %H:%M:%S} UTC, {verified}",
    ]
    if one.delivery_id is not None:
        lines.append(f"  load          {one.load_id or 'by a release that noted none'}")
    return [*lines, f"  {one.outcome:<13} {one.sentence}"]
