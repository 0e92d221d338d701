"""`dashboard report`: a report as a file, so that a timer can send it."""

from pathlib import Path
from typing import Literal

import click


@click.command()
@click.option("--event", "event", required=True, help="The event: its id or its name.")
@click.option("--sponsor", help="A sponsor's id or name: the report for this sponsor.")
@click.option("--speaker", help="A speaker's id or name: the report for this speaker.")
@click.option("--format", "ending", type=click.Choice(["html", "xlsx"]), default="html", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=".", help="Folder for the file.")
def report(event: str, sponsor: str | None, speaker: str | None, ending: Literal["html", "xlsx"], out: Path) -> None:
    """Write a report of DATA_DIR/warehouse.duckdb: of an event, for one sponsor, or for one speaker.

    The file is named after what it holds, and its name is printed. None of the reports in HTML names an attendee; the
    workbook of an event lists them, with mail addresses only if DASHBOARD_SHOW_PII is 1.
    """
    if sponsor and speaker:
        raise click.UsageError("a report is for a sponsor or for a speaker, not for both")
    # Streamlit takes a second, which --help is spared. It would say that its cache has no server.
    from streamlit.logger import set_log_level  # noqa: PLC0415

    set_log_level("error")
    from dashboard.reports import asked_for  # noqa: PLC0415

    try:
        file = asked_for.report(event, sponsor, speaker, ending)
        out.mkdir(parents=True, exist_ok=True)
        path = out / file.name
        path.write_bytes(file.content)
    except asked_for.NotThere as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"can't write to {out}: {error.strerror}") from None
    click.echo(path)
