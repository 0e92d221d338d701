"""Asks a visitor's query in a process of its own, one at a time, and ends that process at the limits."""

import io
import logging
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dashboard.sandbox.job import REFUSED, Job, Limits, Refused
from warehouse import schema
from warehouse.settings import WarehouseSettings

# One query at a time: visitors' SQL together never takes more memory than one query may.
ONE_AT_A_TIME = threading.Lock()
LIMITS = Limits()
# Mail addresses, answers in registration forms, and payloads, which contain both. A person's id may be a mail address.
PII_COLUMNS = frozenset({"email", "person_id", "value", "body"})
# Leads are people whom somebody else noted.
NAMES_OF_LEADS = frozenset({"first_name", "last_name", "added_by_name"})
# What a column shows instead. Attendees write questions; organisers write polls, surveys and names.
MASKED = {"subject_name": "if(subject_type = 'QUESTION', '•••', subject_name) AS subject_name"}
# A statement with one of these words asks which tables there are.
CATALOG = re.compile(r"\b(show|duckdb_\w+|information_schema|sqlite_master|pg_catalog)\b", re.IGNORECASE)
COMMAND = (sys.executable, "-P", "-m", "dashboard.sandbox.process")
# The process gets no other variable, so no secret is in its memory. Arrow's usual allocator reserves memory ahead.
PASSED_ON = ("LD_LIBRARY_PATH", "PATH")
# A lake is read before the visitor's text. No SQL can look at the environment.
PASSED_ON_FOR_A_LAKE = (
    *("HOME", "PGPASSWORD", "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL"),
)

log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """The first rows, and whether there are more."""

    rows: pl.DataFrame
    is_cut: bool


def tables(*, show_pii: bool) -> dict[str, list[str]]:
    """The tables that a query may see, under their names in the warehouse, and their columns."""
    return {
        table.name: [column.name for column in table.columns if show_pii or column.name not in _hidden(table.name)]
        for table in (*schema.MARTS, *schema.VIEWS, *schema.RAW)
    }


def _hidden(table: str) -> frozenset[str]:
    return PII_COLUMNS | NAMES_OF_LEADS if table == "main.leads" else PII_COLUMNS


def run(warehouse: WarehouseSettings, sql: str, *, show_pii: bool, limits: Limits = LIMITS) -> Answer:
    """The answer to one reading statement.

    Raises:
        Refused: it is no single SELECT, it failed, it exceeded the limits, or other visitors' queries took too long.
    """
    if len(sql) > limits.max_characters:
        raise Refused(f"The query is longer than {limits.max_characters:,} characters.")
    allowed = tables(show_pii=show_pii)
    if not show_pii:
        allowed = {table: [MASKED.get(column, column) for column in columns] for table, columns in allowed.items()}
    named = _named(sql, allowed)
    listed = {table: allowed[table] for table in allowed.keys() - named} if CATALOG.search(sql) else {}
    scratch = Path(tempfile.gettempdir()) / f"dashboard-sql-{secrets.token_hex(8)}"
    job = Job(str(warehouse.data_dir.absolute()), warehouse.lake, str(scratch), named, listed, limits)
    if not ONE_AT_A_TIME.acquire(timeout=2 * limits.seconds):
        raise Refused("Other visitors' queries are running, one at a time. Try again in a moment.")
    try:
        stream = _stream(job, sql)
    except OSError as error:
        log.warning("the process of a query could not be started: %s", error)
        raise Refused("The query's process could not be started. Try again in a moment.") from None
    finally:
        ONE_AT_A_TIME.release()
    rows = frame(stream)
    return Answer(rows.head(limits.max_rows), is_cut=rows.height > limits.max_rows)


def frame(stream: bytes) -> pl.DataFrame:
    """The rows of an Arrow stream.

    Raises:
        Refused: polars can't read it.
    """
    try:
        return pl.read_ipc_stream(io.BytesIO(stream))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        log.warning("polars can't read an answer: %s", type(error).__name__)
        raise Refused("The answer can't be shown. Select its columns as text, such as name::VARCHAR.") from None


def _named(sql: str, tables: dict[str, list[str]]) -> dict[str, list[str]]:
    """The tables whose names are words of the statement. DuckDB's own list of names fails on JOIN ... USING."""
    words = set(re.findall(r"\w+", sql.casefold()))
    return {table: columns for table, columns in tables.items() if table.rpartition(".")[2] in words}


def is_busy() -> bool:
    """Whether a query would have to wait for another one."""
    return ONE_AT_A_TIME.locked()


def _stream(job: Job, sql: str) -> bytes:
    try:
        names = PASSED_ON + (PASSED_ON_FOR_A_LAKE if job.lake else ())
        return _asked(f"{job.to_json()}\n{sql}".encode(errors="replace"), job.limits, names)
    finally:
        # It is there only if the process was killed in the milliseconds between making and removing it.
        shutil.rmtree(job.scratch, ignore_errors=True)


def _asked(job: bytes, limits: Limits, names: tuple[str, ...]) -> bytes:
    """The Arrow stream that the process answers with. It gets the variables of these names."""
    env = {name: os.environ[name] for name in names if name in os.environ}
    env["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    is_late = threading.Event()
    command = [*COMMAND, str(os.getpid())]
    with subprocess.Popen(  # noqa: S603 -- our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, cwd="/", start_new_session=True
    ) as process:

        def end() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(limits.seconds, end)
        timer.start()
        try:
            answer = _exchange(process, job, limits.max_bytes)
        finally:
            timer.cancel()
            process.kill()
    status = process.returncode
    if is_late.is_set() or status == -signal.SIGXCPU:
        raise Refused(f"The query was stopped: it took longer than {limits.seconds:,.0f} seconds.")
    if len(answer) > limits.max_bytes:
        raise Refused(limits.too_large)
    if status == REFUSED:
        raise Refused(answer.decode())
    if status:
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        log.warning("the process of a query ended with %s", how)
        raise Refused(
            f"The query ended its process ({how}), which does no harm. Such a query mostly needs more than "
            f"{limits.memory_mb}\N{NO-BREAK SPACE}MB of memory."
        )
    return answer


def _exchange(process: subprocess.Popen[bytes], job: bytes, max_bytes: int) -> bytes:
    assert process.stdin  # noqa: S101 -- both are pipes
    assert process.stdout  # noqa: S101
    try:
        process.stdin.write(job)
        process.stdin.close()
    except BrokenPipeError:
        pass  # it has ended, and its status says why
    return process.stdout.read(max_bytes + 1)
