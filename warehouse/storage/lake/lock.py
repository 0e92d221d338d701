"""The lock that allows one writer of a lake at a time, among all hosts: an advisory lock of PostgreSQL.

PostgreSQL frees the lock when the session of its holder ends, so a writer that is killed holds nobody up. One that
hangs keeps its session. So the holder beats, and whoever waits ends the sessions of a holder that has not beaten for a
minute. All times are PostgreSQL's, because the clocks of hosts differ.

A writer that hung and comes back finds that its sessions are gone, those of DuckDB too: it can't commit.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from warehouse.postgres import CatalogError, make_tables, session
from warehouse.settings import LakeSettings
from warehouse.storage.errors import LoaderBusy
from warehouse.storage.protocol import PATIENCE

if TYPE_CHECKING:
    from psycopg import Connection

# Any number that no other program takes for a lock in this database.
KEY = 7_204_114
POLL = timedelta(seconds=0.1)
BEAT = timedelta(seconds=5)
MAX_SILENCE = timedelta(seconds=60)

ELECTED = """
INSERT INTO engagement.loader (host, process_id, elected_at, beat_at, name) VALUES (%s, %s, now(), now(), %s)
ON CONFLICT (one) DO UPDATE SET host = excluded.host, process_id = excluded.process_id, elected_at = now(),
    beat_at = now(), name = excluded.name
"""
# The former holder's sessions. One that gave the lock back has no name here.
END_FORMER = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database()
    AND application_name = (SELECT name FROM engagement.loader WHERE name NOT IN ('', %s))
"""
# Another database of the server may have a lake too, whose lock has the same number.
HOLDER = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# A holder beats in the session that has the lock, so PostgreSQL knows when it did so last.
END_SILENT = f"""
WITH silent AS (
    SELECT application_name FROM pg_stat_activity
    WHERE pid IN ({HOLDER}) AND state_change < clock_timestamp() - %s
)
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name <> ''
    AND application_name IN (SELECT application_name FROM silent)
"""


_held: dict[LakeSettings, "Connection"] = {}


@cache
def session_name() -> str:
    """The name of all sessions of this process that write: PostgreSQL can end them by it."""
    return f"loader-{socket.gethostname()[:24]}-{os.getpid()}-{secrets.token_hex(4)}"


@contextmanager
def only_writer(
    lake: LakeSettings, patience: timedelta = PATIENCE, max_silence: timedelta = MAX_SILENCE
) -> Iterator[None]:
    """Hold the lock during the block; wait for it up to `patience`.

    Raises:
        LoaderBusy: another process still holds it.
        CatalogError: PostgreSQL can't be reached.
    """
    with session(lake.catalog, session_name()) as connection:
        make_tables(connection)
        _take(connection, lake, patience, max_silence)
        is_over = threading.Event()
        beating = threading.Thread(target=_beat, args=(connection, is_over), daemon=True)
        beating.start()
        _held[lake] = connection
        try:
            yield
        finally:
            del _held[lake]
            is_over.set()
            beating.join()
        connection.execute("UPDATE engagement.loader SET name = ''")
        # By itself PostgreSQL frees it some time after the session is closed, and the next writer would find it held.
        connection.execute("SELECT pg_advisory_unlock(%s)", [KEY])


def ensured(lake: LakeSettings) -> AbstractContextManager[None]:
    """Hold the lock during the block, also where the caller holds it already."""
    return nullcontext() if lake in _held else only_writer(lake)


def is_held(postgres: "Connection") -> bool:
    """Whether a process holds the lock of the lake in this database."""
    return postgres.execute(HOLDER, [KEY]).fetchone() is not None


def is_alive(lake: LakeSettings) -> bool:
    """Whether PostgreSQL still answers the session that holds the lock. True where this process holds none."""
    import psycopg  # noqa: PLC0415 -- an extra

    try:
        if lake in _held:
            _held[lake].execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def require_held(lake: LakeSettings) -> None:
    """Do nothing while this process holds the lock.

    Raises:
        CatalogError: its session is gone, and another host may write.
    """
    if not is_alive(lake):
        raise CatalogError("PostgreSQL has ended the loader's session, so another host may load by now")


def _take(connection: "Connection", lake: LakeSettings, patience: timedelta, max_silence: timedelta) -> None:
    give_up_at = time.monotonic() + patience.total_seconds()
    while connection.execute("SELECT pg_try_advisory_lock(%s)", [KEY]).fetchone() != (True,):
        connection.execute(END_SILENT, [KEY, max_silence])
        if time.monotonic() >= give_up_at:
            raise LoaderBusy(lake.address)
        time.sleep(POLL.total_seconds())
    connection.execute(END_FORMER, [session_name()])
    connection.execute(ELECTED, [socket.gethostname(), os.getpid(), session_name()])


def _beat(connection: "Connection", is_over: threading.Event) -> None:
    import psycopg  # noqa: PLC0415 -- an extra

    while not is_over.wait(BEAT.total_seconds()):
        try:
            connection.execute("UPDATE engagement.loader SET beat_at = clock_timestamp()")
        except psycopg.Error:  # the session is gone: `require_held` says so before anything is committed
            return
