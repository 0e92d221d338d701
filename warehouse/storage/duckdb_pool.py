"""DuckDB instances, for one piece of work at a time: to start one takes longer than many a piece, so they are kept."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from duckdb import DuckDBPyConnection

# By their settings; as many as have been at work at once.
_idle: defaultdict[str, list[DuckDBPyConnection]] = defaultdict(list)


@contextmanager
def engine(settings: str) -> Iterator[DuckDBPyConnection]:
    """An instance that was given these settings when it was started; leave nothing attached or registered in it.

    After an error in the block it is closed, whatever state that left it in.
    """
    idle = _idle[settings]
    if idle:
        connection = idle.pop()
    else:
        connection = duckdb.connect()
        connection.execute(settings)
    try:
        yield connection
    except BaseException:
        connection.close()
        raise
    idle.append(connection)
