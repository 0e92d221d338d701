"""`ingest send` posts the deliveries of a file. Here is also what it shares with `ingest simulate`."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ingest.send.client import Report, post_all
from ingest.settings import ReceiverSettings, address
from warehouse.inbox.payload_file import STANDARD_INPUT, NotPayloads, read_payloads
from warehouse.settings import read_environment

INTERRUPTED = 130  # the exit status of a command that Ctrl-C ended
SECONDS_BETWEEN_DRAWINGS = 0.1
WHY_REFUSED = {
    401: "signature or static header wrong",
    404: "no webhook at this address",
    413: "too large",
    503: "busy, or can't store",
}

url_option = click.option(
    "--url",
    show_default="http://127.0.0.1:8000/webhooks/zuddl, or HOST and PORT",
    help="Address of the webhook.",
)
rate_option = click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    show_default="as many as possible",
    help="At most so many deliveries a second.",
)
concurrency_option = click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=32,
    show_default=True,
    help="Deliveries under way at the same time.",
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--as-is", "is_as_is", is_flag=True, help="Send each line of FILE as it stands, whatever it is.")
@url_option
@concurrency_option
def send(*, file: Path, is_as_is: bool, url: str | None, concurrency: int) -> None:
    """Post each payload of FILE as a delivery.

    FILE holds JSON objects one a line, one after another, or in an array; plain, gzip or Zstandard; `-` reads standard
    input. The bytes of a payload are sent unchanged; blank lines are skipped. Signs with the first secret of
    ZUDDL_WEBHOOK_SECRET, and sends the header of ZUDDL_AUTH_HEADER. Ends with status 0 if each delivery was answered
    with 200, else with 1.
    """
    total = None
    if file != STANDARD_INPUT and file.is_file():  # a pipe can be read only once
        try:
            total = sum(1 for _ in read_payloads(file, is_as_is=is_as_is))
        except NotPayloads as fault:
            raise NotPayloads(f"{fault.message} Nothing was sent.") from None
    deliver(read_payloads(file, is_as_is=is_as_is), total=total, url=url, concurrency=concurrency)


def deliver(  # noqa: PLR0913 -- the options of two commands
    bodies: Iterable[bytes],
    *,
    total: int | None,
    url: str | None,
    concurrency: int,
    rate: float | None = None,
    wait_seconds: float = 0,
) -> None:
    """Post the bodies as the environment says, show a progress bar, print the report, and exit.

    Raises:
        click.ClickException: a variable is missing or wrong, nobody answers, or the bodies can't be read to their end.
    """
    settings = ReceiverSettings.from_env(read_environment())
    header = settings.auth_header
    with _progress() as progress:
        report = asyncio.run(
            post_all(
                bodies,
                url=url or receiver_url(settings.host, settings.port),
                secret=settings.secrets[0].decode(),  # while rotating, the receiver takes any of them
                scheme=settings.scheme,
                extra_header=(header.name.decode(), header.value.decode()) if header else None,
                concurrency=concurrency,
                rate=rate,
                wait_seconds=wait_seconds,
                on_sent=_Bar(progress, total).draw,
            )
        )
    Console().print(table_of(report))
    if report.fault:
        raise report.fault
    if not report.is_all_accepted:
        click.get_current_context().exit(INTERRUPTED if report.is_interrupted else 1)


def receiver_url(host: str, port: int) -> str:
    """The webhook's address. A receiver that listens on all addresses is reached at this machine's own."""
    reached_at = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared, not bound
    return f"http://{address(reached_at, port)}/webhooks/zuddl"


def table_of(report: Report) -> Table:
    """The report in a few lines."""
    p50, p90, p99, longest = report.latency_ms(0.5, 0.9, 0.99, 1)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    per_second = report.accepted / report.elapsed_seconds if report.elapsed_seconds else 0
    interrupted = " when interrupted" if report.is_interrupted else ""
    table.add_row("sent", f"{report.sent:,} in {report.elapsed_seconds:.1f} s{interrupted}")
    table.add_row("accepted", f"{report.accepted:,}, {per_second:,.0f} a second")
    for status, count in report.refused.items():
        table.add_row("refused", f"{count:,} with {status}: {WHY_REFUSED.get(status, 'not what Zuddl expects')}")
    if report.connection_errors:
        table.add_row("failed", f"{report.connection_errors:,} without an answer")
    table.add_row("latency", f"p50 {p50:.1f} ms, p90 {p90:.1f} ms, p99 {p99:.1f} ms, max {longest:.1f} ms")
    return table


def _progress() -> Progress:
    terminal = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _DeliveriesPerSecond(),
        TimeRemainingColumn(),
        console=terminal,
        disable=not terminal.is_terminal,
    )


class _Bar:
    """Draws the progress ten times a second: drawing after each delivery would take longer than sending it."""

    def __init__(self, progress: Progress, total: int | None) -> None:
        self._progress, self._total = progress, total
        self._bar = progress.add_task("Waiting for the receiver", total=None)
        self._draw_at = 0.0

    def draw(self, sent: int) -> None:
        now = time.perf_counter()
        if now >= self._draw_at or sent == self._total:
            self._draw_at = now + SECONDS_BETWEEN_DRAWINGS
            self._progress.update(self._bar, description="Posting", completed=sent, total=self._total)


class _DeliveriesPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} a second")
