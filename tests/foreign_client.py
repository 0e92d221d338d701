"""Another DuckDB client that opens the published file to write: in this process, or in one that is killed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

PROGRAM = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute(sys.argv[2])
print("done", flush=True)
sys.stdin.read()
"""


def connect_to_write(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the file itself, as root has it, who may write to any file."""
    warehouse.chmod(0o640)
    return duckdb.connect(str(warehouse))


@contextmanager
def open_to_write(warehouse: Path, sql: str) -> Iterator[None]:
    """A client that has run the statements, and holds its lock during the block; then it is killed with SIGKILL."""
    warehouse.chmod(0o640)  # as for root, who may write to any file
    command = [sys.executable, "-c", PROGRAM, str(warehouse), sql]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdout
        assert client.stdout.readline() == b"done\n"
        try:
            yield
        finally:
            client.kill()


def writes_and_is_killed(warehouse: Path, sql: str) -> None:
    """The client's log stays beside the file."""
    with open_to_write(warehouse, sql):
        pass
    assert warehouse.with_name(f"{warehouse.name}.wal").exists()
