"""`ingest`: the command that receives deliveries, sends them, or makes them up."""

import click

from ingest.command_settings import read_settings
from ingest.diagnose import diagnose, reverify
from ingest.send.command import send
from ingest.serve import CannotServe
from ingest.serve import serve as run_receiver
from ingest.simulate.command import simulate
from warehouse.logs import log_to_stderr


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse")
def main() -> None:
    """Receive what Zuddl reports about attendees, or simulate it."""


@main.command()
def serve() -> None:
    """Receive deliveries and load them, until Ctrl-C.

    Takes POST /webhooks/zuddl at HOST:PORT (127.0.0.1:8000), and keeps everything in DATA_DIR (data). Needs
    ZUDDL_WEBHOOK_SECRET.
    """
    log_to_stderr()
    try:
        run_receiver(read_settings())
    except CannotServe as error:
        raise click.ClickException(str(error)) from None


main.add_command(diagnose)
main.add_command(reverify)
main.add_command(send)
main.add_command(simulate)
