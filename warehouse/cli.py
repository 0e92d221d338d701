"""`warehouse`: the commands that make, check, back up and rebuild the published file."""

import click

from warehouse.lazy_group import LazyGroup
from warehouse.logs import log_to_stderr

VERBS = {
    "backup": "warehouse.verbs.backup:backup",
    "check": "warehouse.verbs.check:check",
    "erase": "warehouse.verbs.erase:erase",
    "forward": "warehouse.verbs.forward:forward",
    "info": "warehouse.verbs.info:info",
    "load": "warehouse.verbs.load:load",
    "maintain": "warehouse.verbs.maintain:maintain",
    "move": "warehouse.verbs.move:move",
    "rebuild": "warehouse.verbs.rebuild:rebuild",
    "restore": "warehouse.verbs.backup:restore",
    "trace": "warehouse.verbs.trace:trace",
}


@click.group(cls=LazyGroup, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse")
def main() -> None:
    """Look after the engagement warehouse (DATA_DIR/warehouse.duckdb).

    Every command may run while everything else runs. Exit code 0: done. 1: it failed, or `check` found faults.
    2: wrong use.
    """
    log_to_stderr()
