"""`dashboard report`: a report as a file, so that a timer can send it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboard.reports import pdf

if TYPE_CHECKING:
    from dashboard.reports.files import Ending, File


INTERRUPTED = 130  # the exit status of a command that Ctrl-C ended


class NoTypst(click.ClickException):
    """A PDF is asked for, and the extra that makes it is not installed."""

    exit_code = 2


def _given(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The value, which an unset variable in a script would leave empty: that must not mean another report."""
    if value is not None and not value.strip():
        raise click.BadParameter(f"the {parameter.name} is empty: name one")
    return value


@click.command()
@click.option("--event", "event", required=True, callback=_given, help="The event: its id or its name.")
@click.option("--sponsor", callback=_given, help="A sponsor's id or name: the report for this sponsor.")
@click.option("--speaker", callback=_given, help="A speaker's id or name: the report for this speaker.")
@click.option(
    "--targets",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the names of companies, one a line: which of them the sponsor reached.",
)
@click.option("--format", "ending", type=click.Choice(["html", "pdf", "xlsx"]), default="html", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=".", help="Folder for the file.")
def report(  # noqa: PLR0913 -- one for each option
    *, event: str, sponsor: str | None, speaker: str | None, targets: Path | None, ending: "Ending", out: Path
) -> None:
    """Write a report of DATA_DIR/warehouse.duckdb: of an event, for one sponsor, or for one speaker.

    The file is named after what it holds; one of that name is replaced. Its path is printed. People are named in the
    workbook of an event alone, and only if DASHBOARD_SHOW_PII is 1. PDF needs the extra `pdf`.
    """
    if sponsor and speaker:
        raise click.UsageError("a report is for a sponsor or for a speaker, not for both")
    if targets and not sponsor:
        raise click.UsageError("target accounts are for a sponsor's report: add --sponsor")
    if ending == "pdf" and not pdf.is_installed():
        raise NoTypst(f"PDF needs Typst: {pdf.HOW_TO_INSTALL}")
    try:
        click.echo(_written(_made(event, sponsor, speaker, targets, ending), out))
    except (KeyboardInterrupt, RuntimeError) as error:
        # DuckDB hands Ctrl-C on as a RuntimeError.
        if KeyboardInterrupt not in (type(error), type(error.__cause__)):
            raise
        click.echo("Interrupted: no report is written.", err=True)
        click.get_current_context().exit(INTERRUPTED)


@contextmanager
def _without_pandas() -> Iterator[None]:
    """Let pandas not be found. DuckDB would import it with the first parameter of a query, which takes 0.6 s."""
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]  # this is how Python spells "not installed"
    try:
        yield
    finally:
        del sys.modules["pandas"]


@_without_pandas()
def _made(event: str, sponsor: str | None, speaker: str | None, targets: Path | None, ending: "Ending") -> "File":
    # Streamlit takes a second, which --help is spared. It would say that its cache has no server.
    from streamlit.logger import set_log_level  # noqa: PLC0415

    set_log_level("error")
    from dashboard.reports import asked_for  # noqa: PLC0415

    try:
        accounts = asked_for.accounts(targets) if targets else ()
        return asked_for.report(asked_for.Asked(event, sponsor, speaker, accounts), ending)
    except asked_for.NotThere as error:
        raise click.ClickException(str(error)) from None


def _written(file: "File", out: Path) -> Path:
    """The path of the file, which is whole or not there, whatever happens meanwhile."""
    path = out / file.name
    draft = path.with_name(f".{file.name}.draft")
    try:
        out.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(file.content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise click.ClickException(f"can't write to {out}: {error.strerror}") from None
    return path
