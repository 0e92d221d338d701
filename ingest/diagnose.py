"""`ingest diagnose` says why signatures fail; `ingest reverify` accepts what was refused meanwhile."""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.progress import Progress

from ingest.secret import QUOTES
from ingest.settings import ReceiverSettings
from ingest.signature import HEADER, Scheme, SignatureMismatch, every_scheme, is_plausible
from warehouse.counted import deliveries
from warehouse.inbox.set_aside import Unverified
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import read_environment

# What is looked at, of deliveries with a plausible signature and of others each: one scan must not hide the rest.
MAX_COUNT = 1_000
MAX_BYTES = 64 * 1024 * 1024

NO_SCHEME_FITS = (
    "fits the secrets that are set. Is ZUDDL_WEBHOOK_SECRET the secret of this very webhook? Does a proxy change the "
    "body?"
)


class Fit(NamedTuple):
    """How a delivery's signature was made: the scheme, and what of ZUDDL_WEBHOOK_SECRET was its secret."""

    scheme: Scheme
    secret: str  # "" for one of those that are set


Try = tuple[Fit, list[bytes]]  # and the secrets to try it with

WITHOUT_QUOTES = "the secret without its quotes: remove them from ZUDDL_WEBHOOK_SECRET"
WITH_COMMA = (
    "all of ZUDDL_WEBHOOK_SECRET as one secret: a comma separates secrets here, so make one without a comma in Zuddl"
)


@click.command()
@click.option(
    "--body",
    "body_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A captured request's body, byte for byte.",
)
@click.option("--header", help="The same request's X-Webhook-Signature: its value, or the whole line.")
def diagnose(body_file: Path | None, header: str | None) -> None:
    """Name the signature scheme that fits.

    Looks at a captured request (--body and --header), or at the latest deliveries that were set aside: at 1,000 with a
    signature and 1,000 without. Tries each secret of ZUDDL_WEBHOOK_SECRET with every scheme that can be set: SHA-1,
    SHA-256 and SHA-512; hex and base64 in their variants; with and without a prefix, a final newline, a time; secrets
    that stand in base64 or hex. Secrets come from the environment, `.env` or a file, so that `ps` shows none. Ends with
    status 0 if a scheme fits, else with 1.
    """
    env = read_environment()
    settings = ReceiverSettings.from_env({**env, "ZUDDL_SIGNATURE_SCHEME": ""})
    scheme_set = env.get("ZUDDL_SIGNATURE_SCHEME", "").strip() or settings.scheme.name
    if (body_file is None) != (header is None):
        raise click.UsageError("--body and --header belong together")
    tries = every_try(candidate_secrets(settings))
    if body_file is not None and header is not None:
        diagnose_captured(body_file, header, tries, scheme_set, has_auth_header=settings.auth_header is not None)
    else:
        diagnose_set_aside(settings, tries, scheme_set)


def diagnose_captured(
    body_file: Path, header: str, tries: Sequence[Try], scheme_set: str, *, has_auth_header: bool
) -> None:
    """Say what a captured request was signed with.

    Raises:
        click.ClickException: no scheme fits.
    """
    body, signature = body_file.read_bytes(), header_value(header)
    fits = fits_of(body, signature, tries)
    if not fits:
        doubts = f"none of the {len(every_scheme())} schemes {NO_SCHEME_FITS}"
        if not signature.isascii():
            doubts += " The header holds bytes that are in no signature."
        if not is_utf_8(body):
            doubts += f" {body_file} is no UTF-8 text: was it captured byte for byte?"
        raise click.ClickException(doubts)
    fit = next((fit for fit in fits if fit == (fit.scheme, "") and fit.scheme.name == scheme_set), fits[0])
    if not fit.secret and fit.scheme.name == scheme_set:
        condition = ", if its static header is that of ZUDDL_AUTH_HEADER" if has_auth_header else ""
        click.echo(f"The request fits {scheme_set}, the scheme that is set; it would be accepted{condition}.")
    else:
        click.echo(f"The request was signed with {fit.scheme.name}{advice(fit, scheme_set)}")


def diagnose_set_aside(settings: ReceiverSettings, tries: Sequence[Try], scheme_set: str) -> None:
    """Say what the latest deliveries set aside were signed with, grouped.

    Raises:
        click.ClickException: nothing is set aside, or no scheme fits any of it.
    """
    with open_inbox(settings) as inbox:
        others = list(inbox.set_aside.newest(MAX_COUNT, MAX_BYTES, lambda signature: not is_plausible(signature)))
        plausible = list(inbox.set_aside.newest(MAX_COUNT, MAX_BYTES, is_plausible))
    if not others and not plausible:
        raise click.ClickException("no delivery is set aside; give a captured request with --body and --header")
    groups: Counter[tuple[Fit | None, str]] = Counter()
    for delivery, fit in best_fits(plausible, tries, scheme_set):
        is_refused_for_header = delivery.reason == "bad_auth_header"
        groups[fit, "bad_auth_header" if is_refused_for_header else "bad_signature"] += 1
    unsigned = sum(delivery.signature is None for delivery in others)
    click.echo(f"Of the latest {deliveries(len(others) + len(plausible))} that were set aside:")
    for (fit, reason), count in groups.most_common():
        click.echo(f"- {count:,} {sentence(fit, reason, scheme_set)}")
    if unsigned:
        click.echo(f"- {unsigned:,} carried no signature ({HEADER}): is a secret set in Zuddl? Or somebody scans.")
    if len(others) > unsigned:
        click.echo(f"- {len(others) - unsigned:,} carried an {HEADER} that can be no signature.")
    if not any(fit for fit, _ in groups):
        raise click.ClickException(f"none of the {len(every_scheme())} schemes {NO_SCHEME_FITS}")


def sentence(fit: Fit | None, reason: str, scheme_set: str) -> str:
    """What is said of a group of deliveries, after their number."""
    header = " They also had a wrong static header." if reason == "bad_auth_header" else ""
    if fit is None:
        return f"fit no scheme.{header}"
    if fit.secret or fit.scheme.name != scheme_set:
        return f"fit {fit.scheme.name}{advice(fit, scheme_set)}{header}"
    if header:
        return (
            f"fit {scheme_set}, the scheme that is set, but had a wrong static header: compare ZUDDL_AUTH_HEADER with "
            "what Zuddl sends. `ingest reverify` accepts what was set aside."
        )
    return f"fit {scheme_set}, the scheme that is set, and would be accepted now. `ingest reverify` does that."


def advice(fit: Fit, scheme_set: str) -> str:
    """What has to change, after the scheme's name."""
    said = f", with {fit.secret}" if fit.secret else ""
    if fit.scheme.name != scheme_set:
        said += f". Set ZUDDL_SIGNATURE_SCHEME={fit.scheme.name}\n  "
    else:
        said += ". Then "
    return f"{said}and restart the receiver; `ingest reverify` then accepts what was set aside."


def candidate_secrets(settings: ReceiverSettings) -> dict[str, list[bytes]]:
    """Secrets to try: those that are set, and what was meant where a quote or a comma came between."""
    whole = settings.secret.text
    unquoted = [secret.decode().strip(QUOTES).encode() for secret in settings.secrets]
    return {
        "": list(settings.secrets),
        WITHOUT_QUOTES: [secret for secret in unquoted if secret not in settings.secrets],
        WITH_COMMA: [whole.encode(), whole.strip(QUOTES).encode()] if "," in whole else [],
    }


def every_try(candidates: Mapping[str, list[bytes]]) -> list[Try]:
    """All ways in which a signature can have been made, the likeliest first."""
    tries = [
        (Fit(scheme, name), [secret for secret in secrets if scheme.takes(secret)])
        for name, secrets in candidates.items()
        for scheme in every_scheme()
    ]
    return [(fit, secrets) for fit, secrets in tries if secrets]


def fits_of(body: bytes, signature: bytes | None, tries: Iterable[Try]) -> list[Fit]:
    """The ways in which this signature can have been made."""
    return [fit for fit, secrets in tries if fit.scheme.matches(secrets, body, signature)]


def best_fits(
    deliveries: Iterable[Unverified], tries: Sequence[Try], scheme_set: str
) -> Iterator[tuple[Unverified, Fit | None]]:
    """Each delivery with the fit that most of them share: by one alone, some schemes can't be told apart."""
    fits = [(one, fits_of(one.body, one.signature, tries)) for one in deliveries]
    shared = Counter(fit for _, its in fits for fit in its)
    for delivery, its in fits:
        as_set = [fit for fit in its if not fit.secret and fit.scheme.name == scheme_set]
        yield delivery, next(iter(as_set), max(its, key=shared.__getitem__, default=None))


def header_value(text: str) -> bytes:
    """The value of a header as it was pasted: perhaps as a whole line, perhaps in quotes."""
    text = text.strip().strip(QUOTES)
    name, colon, value = text.partition(":")
    if colon and name.strip().lower() == HEADER.lower():
        text = value
    return os.fsencode(text.strip().strip(QUOTES))


def is_utf_8(text: bytes) -> bool:
    """Whether the bytes are UTF-8 text."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


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
        f"Accepted {accepted:,} of the {deliveries(total)} that were set aside; {total - accepted:,} stay there."
    )


@contextmanager
def open_inbox(settings: ReceiverSettings) -> Iterator[Inbox]:
    """The inbox, for a command.

    Raises:
        click.ClickException: there is no inbox, or it fails; one clear line.
    """
    path = settings.warehouse.inbox_path
    try:
        if not path.exists():
            raise click.ClickException(f"there is no inbox at {path}; `ingest serve` makes one")
        with closing(Inbox(path)) as inbox:
            yield inbox
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise click.ClickException(f"{path}: {error}") from None
