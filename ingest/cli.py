"""`ingest`: the command that receives deliveries, sends them, or makes them up."""

from importlib import import_module

import click

# Where each command stands. It is imported when it is used: the receiver must start soon.
COMMANDS = {
    "serve": "ingest.serve",
    "simulate": "ingest.simulate.command",
    "send": "ingest.send.command",
    "diagnose": "ingest.diagnose",
    "reverify": "ingest.diagnose",
    "install": "ingest.install",
}


class Commands(click.Group):
    """The commands of COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's own
        """All names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's own
        """A command by its name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse")
def main() -> None:
    """Receive what Zuddl reports about attendees, or simulate it."""
