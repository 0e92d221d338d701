"""A command line whose verbs are imported when they are needed."""

from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """Imports a verb's module when it is needed: what only other verbs import would delay each start.

    `verbs` says where each verb's command stands, as `module:name`. --help shows them in this order.
    """

    def __init__(self, *args: Any, verbs: dict[str, str], **more: Any) -> None:  # noqa: ANN401 -- click's
        super().__init__(*args, **more)
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """The verbs, in the order in which --help shows them."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        """The verb's command, None where there is no such verb."""
        if cmd_name not in self.verbs:
            return None
        module, _, name = self.verbs[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command
