"""`ingest`: the command that receives deliveries, sends them, or makes them up."""

import click

from warehouse.lazy_group import LazyGroup

VERBS = {
    "serve": "ingest.serve:serve",
    "simulate": "ingest.simulate.command:simulate",
    "send": "ingest.send.command:send",
    "doctor": "ingest.doctor.command:doctor",
    "rehearse": "ingest.rehearse.command:rehearse",
    "install": "ingest.install:install",
    "diagnose": "ingest.diagnose:diagnose",
    "reverify": "ingest.diagnose:reverify",
}


@click.group(cls=LazyGroup, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse")
def main() -> None:
    """Receive what Zuddl reports about attendees, or simulate it."""
