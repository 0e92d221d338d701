"""`warehouse trace`: what became of a delivery, as a time line or as JSON."""

import json

import click

from warehouse.commands.person import is_address
from warehouse.commands.trace import Attendance, Trace, Traced, Wanted
from warehouse.commands.trace import trace as trace_deliveries
from warehouse.settings import RepeatPolicy
from warehouse.terminal import faults_in_one_line

OUTCOMES = {
    "counted": "It counts.",
    "superseded": "A later action for the same attendee and session counts in its place.",
    "other_action": "It is kept in the table actions. Only time spent in sessions counts as minutes.",
    "duplicate": "It repeats delivery {first_delivery_id}, which stands for it.",
    "quarantined": "It can't be used: {reason}. It is kept, and each rebuild tries it again.",
    "set_aside": "It was refused: {reason}. `ingest reverify` accepts it once the secret is right.",
    "waiting": "It was accepted, and waits for the next load.",
}
OTHER: dict[RepeatPolicy, RepeatPolicy] = {"latest": "sum", "sum": "latest"}


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
    if wanted.email is not None and not is_address(wanted.email):
        raise click.UsageError(f"{wanted.email!r} is no mail address")
    if wanted.session_id is not None and wanted.email is None and wanted.registration_id is None:
        raise click.UsageError("--session belongs to --email or --registration-id")


def _as_json(one: Traced) -> dict[str, object]:
    return one._asdict() | {"received_at": one.received_at.isoformat()}


def _time_line(found: Trace) -> str:
    parts = ["\n".join(_lines(one)) for one in found.deliveries]
    parts += [_counted(attendance, found.policy) for attendance in found.attendances]
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
    return [*lines, f"  {one.outcome:<13} {OUTCOMES[one.outcome].format(**one._asdict())}"]


def _counted(one: Attendance, policy: RepeatPolicy) -> str:
    by_policy = {"latest": one.latest_minutes, "sum": one.summed_minutes}
    other = OTHER[policy]
    actions = "1 action" if one.action_count == 1 else f"{one.action_count} actions"
    return (
        f"{one.registration_id} in “{one.session_title or 'a session without a title'}”"
        f" of {one.event_name or 'an event without a name'}:\n"
        f"  {by_policy[policy]:g} minutes count, of {actions} (REPEAT_POLICY={policy}); "
        f"{other} would say {by_policy[other]:g}"
    )
