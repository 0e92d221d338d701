"""`make sql`: DuckDB's own shell on the published warehouse, read-only. With a query it prints one answer."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from warehouse.settings import SettingsError, WarehouseSettings, read_environment
from warehouse.storage.file import files, reader


def main(*query: str) -> None:
    """Become the shell, which replaces this process."""
    try:
        warehouse = WarehouseSettings.from_env(read_environment()).warehouse_path
    except SettingsError as error:
        sys.exit(f"Error: {error}")
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
        become_shell(warehouse, query)
    with files.nameless_copy(warehouse) as copy:
        os.set_inheritable(int(copy.name), True)  # noqa: FBT003 -- takes no keyword
        # The shell runs as a child of its wrapper, which inherits the copy.
        become_shell(Path(f"/proc/{os.getpid()}/fd/{copy.name}"), query)


def become_shell(warehouse: Path, query: Sequence[str]) -> NoReturn:
    """Replace this process by the shell."""
    shell = Path(sys.executable).parent / "duckdb"
    questions = [word for text in query for word in ("-c", text)]
    os.execv(shell, [shell, "-readonly", "-cmd", "SET TimeZone = 'UTC'", warehouse, *questions])


if __name__ == "__main__":
    main(*sys.argv[1:])
