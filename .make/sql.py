"""`make sql`: DuckDB's own shell on the published warehouse, read-only. With a query it prints one answer."""

import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from warehouse.postgres import CatalogError
from warehouse.settings import LakeSettings, SettingsError, WarehouseSettings, read_environment
from warehouse.storage.errors import WarehouseMissing
from warehouse.storage.file import files, reader
from warehouse.storage.lake.address import attachment, preparation, read_only
from warehouse.storage.lake.reader import current_generation

UTC = "SET TimeZone = 'UTC'"


def main(*query: str) -> None:
    """Become the shell, which replaces this process. Ctrl-C ends either."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        settings = WarehouseSettings.from_env(read_environment())
        if settings.lake:
            ask_lake(settings.lake, query)
    except (SettingsError, WarehouseMissing, CatalogError) as error:
        sys.exit(f"Error: {error}")
    warehouse = settings.warehouse_path
    try:
        if not warehouse.exists():
            sys.exit(
                f"There is no warehouse at {warehouse}; is DATA_DIR right? `make run` makes one. "
                "The demo's: DATA_DIR=data/demo make sql"
            )
        ask(warehouse, query)
    except OSError as error:
        sys.exit(f"Error: {warehouse}: {error.strerror}")


def ask(warehouse: Path, query: Sequence[str]) -> NoReturn:
    """Become the shell on the file; on a copy of it where another client disturbs it."""
    if not reader.is_disturbed(warehouse):
        become_shell(["-readonly", "-cmd", UTC, warehouse], query)
    with files.nameless_copy(warehouse) as copy:
        os.set_inheritable(int(copy.name), True)  # noqa: FBT003 -- takes no keyword
        # The shell inherits the copy.
        become_shell(["-readonly", "-cmd", UTC, f"/proc/{os.getpid()}/fd/{copy.name}"], query)


def ask_lake(lake: LakeSettings, query: Sequence[str]) -> NoReturn:
    """Become the shell on the latest snapshot. The bucket's keys are in a file without a name, not in the command."""
    generation = current_generation(lake)
    if generation is None:
        raise WarehouseMissing(f"there is no warehouse at {lake.address} yet")
    statements = [preparation(lake), attachment(lake, read_only(generation)), "USE warehouse", UTC]
    begin = os.memfd_create("begin", 0)
    # What the statements answer is no answer to the query.
    os.write(begin, ";\n".join([".output /dev/null\n" + statements[0], *statements[1:], ".output\n"]).encode())
    become_shell(["-init", f"/proc/{os.getpid()}/fd/{begin}"], query)


def become_shell(options: Sequence[str | Path], query: Sequence[str]) -> NoReturn:
    """Replace this process by the shell.

    It is the program itself: at Ctrl-C the wrapper `duckdb` in Python would kill it, and print a stack trace.
    """
    found = find_spec("duckdb_cli")
    if found is None or found.origin is None:
        sys.exit("Error: DuckDB's shell is not installed; `make` installs it")
    shell = Path(found.origin).parent / "duckdb"
    questions = [word for text in query for word in ("-c", text)]
    os.execv(shell, [shell, *options, *questions])


if __name__ == "__main__":
    main(*sys.argv[1:])
