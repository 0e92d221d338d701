"""A pool of DuckDB instances: starting one takes longer than many of the queries that it runs."""

import ctypes
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb
from duckdb import DuckDBPyConnection

# By settings. Appending to a deque and popping from it are atomic, also in a Python without GIL.
_idle: dict[str, deque[DuckDBPyConnection]] = {}


@contextmanager
def borrowed_connection(settings: str, may_close: Callable[[], bool] = lambda: True) -> Iterator[DuckDBPyConnection]:
    """A connection to a DuckDB instance in memory that no other thread uses during the block.

    Leave nothing attached or registered in it. After an error in the block it is closed, because its state is unknown.

    Args:
        settings: SQL that is run when an instance starts. Instances are reused for the same settings only.
        may_close: after an error, whether the connection can be closed. If not, it stays as it is until the process
            ends: it is part of a transaction of a server that is gone, and DuckDB would end the process.

    Raises:
        duckdb.Error: the settings are wrong.
    """
    idle = _idle.setdefault(settings, deque())
    try:
        connection = idle.pop()
    except IndexError:
        connection = duckdb.connect()
        connection.execute(settings)
    try:
        yield connection
    except BaseException:
        if may_close():
            connection.close()
        else:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))  # nor may it be freed
        raise
    idle.append(connection)
