"""`ingest diagnose` says why signatures fail; `ingest reverify` accepts what was refused meanwhile."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from ingest.settings import ReceiverSettings
from ingest.signature import SignatureMismatch, every_scheme, matching_schemes
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import read_environment


@click.command()
@click.option(
    "--body",
    "body_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A captured request's body, byte for byte.",
)
@click.option("--header", help="The same request's X-Webhook-Signature.")
def diagnose(body_file: Path | None, header: str | None) -> None:
    """Name the signature scheme that fits a request.

    The request is a captured one (--body and --header), or the latest delivery that was set aside. Tries
    each secret of ZUDDL_WEBHOOK_SECRET with SHA-1, SHA-256 and SHA-512, in hex and base64, with and without a prefix,
    with and without a final newline. Secrets come from the environment or `.env`, so that `ps` shows none. Ends with
    status 0 if a scheme fits, else with 1.
    """
    settings = ReceiverSettings.from_env(read_environment())
    if (body_file is None) != (header is None):
        raise click.UsageError("--body and --header belong together")
    if body_file is not None and header is not None:
        body, signature = body_file.read_bytes(), header.strip().encode()
    else:
        body, signature = latest_set_aside(settings)
    schemes = matching_schemes(settings.secrets, body, signature)
    if not schemes:
        raise click.ClickException(
            f"none of the {len(every_scheme())} schemes fits the secrets that are set. Is ZUDDL_WEBHOOK_SECRET the "
            "secret of this very webhook? Does a proxy change the body?"
        )
    if settings.scheme in schemes:
        click.echo(f"The request fits {settings.scheme.name}, the scheme that is set; it would be accepted.")
    else:
        click.echo(f"The request was signed with {schemes[0].name}. Set ZUDDL_SIGNATURE_SCHEME={schemes[0].name}")
        click.echo("and restart the receiver; `ingest reverify` then accepts what was set aside.")


@click.command()
def reverify() -> None:
    """Accept deliveries set aside that verify now.

    They verify when the secrets and the scheme that are set now fit their signature. They go into the inbox as any
    other delivery does, and are loaded from there.
    """
    settings = ReceiverSettings.from_env(read_environment())
    with open_inbox(settings) as inbox, Progress(console=Console(stderr=True), transient=True) as progress:
        total, _ = inbox.set_aside.count_and_bytes()
        task = progress.add_task("Verifying", total=total)

        def is_verified(delivery: Unverified) -> bool:
            progress.advance(task)
            try:
                settings.scheme.verify(settings.secrets, delivery.body, delivery.signature)
            except SignatureMismatch:
                return False
            return True

        accepted = inbox.set_aside.accept(is_verified)
    click.echo(
        f"Accepted {accepted:,} of the {total:,} deliveries that were set aside; {total - accepted:,} stay there."
    )


def latest_set_aside(settings: ReceiverSettings) -> tuple[bytes, bytes]:
    """Body and X-Webhook-Signature of the latest delivery that was set aside.

    Raises:
        click.ClickException: no delivery is set aside, or the latest has no signature.
    """
    with open_inbox(settings) as inbox:
        latest = inbox.set_aside.latest()
    if latest is None:
        raise click.ClickException("no delivery is set aside; give a captured request with --body and --header")
    if latest.signature is None:
        raise click.ClickException(
            "the latest delivery set aside has no X-Webhook-Signature at all: is a secret set in Zuddl?"
        )
    return latest.body, latest.signature


@contextmanager
def open_inbox(settings: ReceiverSettings) -> Iterator[Inbox]:
    """The inbox, for a command.

    Raises:
        click.ClickException: there is no inbox, or it fails; one clear line.
    """
    path = settings.warehouse.inbox_path
    if not path.exists():
        raise click.ClickException(f"there is no inbox at {path}; `ingest serve` makes one")
    try:
        with closing(Inbox(path)) as inbox:
            yield inbox
    except sqlite3.Error as error:
        raise click.ClickException(f"{path}: {error}") from None
