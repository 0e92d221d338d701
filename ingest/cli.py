"""`ingest`: the command that receives deliveries, sends them, or makes them up."""

import click

from ingest.diagnose import diagnose, reverify
from ingest.send.command import send
from ingest.serve import serve
from ingest.simulate.command import simulate


@click.group(
    commands=[serve, simulate, send, diagnose, reverify], context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="engagement-warehouse")
def main() -> None:
    """Receive what Zuddl reports about attendees, or simulate it."""
