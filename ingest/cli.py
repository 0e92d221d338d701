"""`ingest`: the command that receives deliveries, sends them, or makes them up."""

from importlib import import_module

import click

# Each verb, and where its command stands.
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


class Verbs(click.Group):
    """Imports a verb's module when it is needed: what only other verbs import would delay `serve` by a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """The verbs, in the order in which --help shows them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        """The verb's command, None where there is no such verb."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse")
def main() -> None:
    """Receive what Zuddl reports about attendees, or simulate it."""
