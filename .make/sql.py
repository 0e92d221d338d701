"""`make sql`: DuckDB's own shell on the published warehouse, read-only. With a query it prints one answer."""

import os
import sys
from pathlib import Path

from warehouse.settings import SettingsError, WarehouseSettings, read_environment


def main(*query: str) -> None:
    """Become the shell, which replaces this process."""
    try:
        warehouse = WarehouseSettings.from_env(read_environment()).warehouse_path
    except SettingsError as error:
        sys.exit(f"Error: {error}")
    if not warehouse.exists():
        sys.exit(
            f"There is no warehouse at {warehouse} yet; `make run` makes one. The demo's: DATA_DIR=data/demo make sql"
        )
    shell = Path(sys.executable).parent / "duckdb"
    questions = [word for text in query for word in ("-c", text)]
    os.execv(shell, [shell, "-readonly", "-cmd", "SET TimeZone = 'UTC'", warehouse, *questions])


if __name__ == "__main__":
    main(*sys.argv[1:])
