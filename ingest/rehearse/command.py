"""`ingest rehearse`: plays the day through the public address, and leaves nothing behind."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ingest.rehearse.erasing import command_that_erases, erase_and_prove, require_erasable
from ingest.rehearse.event import RehearsalEvent
from ingest.rehearse.steps import Sender, play
from ingest.send.address import split
from ingest.send.command import INTERRUPTED, concurrency_option, rate_option, receiver_url, url_option
from ingest.settings import ReceiverSettings
from ingest.verdicts import Finding, Verdict, show
from warehouse.memory import limit_this_process
from warehouse.settings import read_environment


@click.command()
@url_option
@click.option(
    "--deliveries",
    "delivery_count",
    type=click.IntRange(1, 1_000_000),
    default=500,
    show_default=True,
    help="How many.",
)
@rate_option
@concurrency_option
@click.option(
    "--within",
    "within_seconds",
    type=click.FloatRange(0, min_open=True),
    default=60,
    show_default=True,
    help="Seconds after the last answer in which all must be in the warehouse.",
)
def rehearse(
    *, url: str | None, delivery_count: int, rate: float | None, concurrency: int, within_seconds: float
) -> None:
    """Send an event of its own through the public address, check what becomes of it, and erase it.

    Run it on the receiver's machine, with its settings, as its user or as root. The event is named rehearsal- and a
    UUID, and holds no names of people. Each delivery must be answered with 200, must be in the warehouse in time, and
    must add up; a wrong signature must be answered with 401; a repeat must count once. The dashboard shows the event
    meanwhile. Then it is erased as `warehouse erase --event` does, and looked for in every table and file. Other
    deliveries may arrive all the time.

    It also erases after Ctrl-C and after an error. The first line says the command that erases, should this one be
    killed. Ends with status 0 if each check is ok, else with 1.
    """
    if url is not None:
        url = split(url).geturl()
    settings = ReceiverSettings.from_env(read_environment())
    require_erasable(settings.warehouse)
    event = RehearsalEvent(delivery_count)
    command = command_that_erases(settings.warehouse, event.event_id)
    click.echo(f"rehearsing {event.event_id}. Should this be killed, erase it with:\n  {command}")
    for stop_signal in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, signal.default_int_handler)
    limit_this_process()
    verdicts: list[Verdict] = []

    def say(check: str, finding: Finding) -> None:
        verdicts.append(finding.verdict)
        show(check, finding)

    is_interrupted = False
    address = receiver_url(settings.host, settings.port) if url is None else url
    sender = Sender(settings, address, concurrency, rate)
    try:
        for check, finding in play(sender, event, within_seconds):
            say(check, finding)
    except KeyboardInterrupt:
        is_interrupted = True
        click.echo("interrupted; erasing what was sent")
    finally:
        with _command_is_said_on_failure(command):
            erased = erase_and_prove(settings.warehouse, event.event_id, sender.accepted_count, sender.unanswered_count)
        say("erased", erased)
    if is_interrupted:
        click.get_current_context().exit(INTERRUPTED)
    if Verdict.FAIL in verdicts:
        click.get_current_context().exit(1)


@contextmanager
def _command_is_said_on_failure(command: str) -> Iterator[None]:
    """Whatever keeps the event from being erased, Ctrl-C included, the operator is told how to do it.

    Raises:
        click.ClickException: it was not erased.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 -- whatever it is, the command has to be said
        why = str(error) or type(error).__name__
        raise click.ClickException(f"the event is not erased ({why}). Erase it with:\n  {command}") from None
