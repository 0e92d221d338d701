"""The process of one query: `python -m dashboard.sandbox.process`, with the id of the process that asks.

Standard input brings one line of JSON, a `Job`, and then the visitor's text. DuckDB opens files while it parses a
text, so the order matters: the tables are copied, the warehouse is detached, everything is locked, and only then is
the text read. Standard output brings the answer as an Arrow stream (exit status 0), or a sentence (`REFUSED`).
"""

import errno
import os
import sys
from pathlib import Path

# pyarrow works without NumPy, whose import takes 0.2 s.
sys.modules["numpy"] = None  # type: ignore[assignment]  # this is how Python spells "not installed"

import duckdb
import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType

from dashboard.sandbox.job import REFUSED, Job, Limits, Refused
from dashboard.sandbox.kernel import confine, die_with, forbid_files
from warehouse import schema
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of

MAX_CHARACTERS_OF_A_SENTENCE = 2_000
BATCH_ROWS = 1_000

# Types that Arrow, polars and Streamlit show alike, alone and in lists. Every other type becomes DuckDB's own text.
WHOLE_NUMBERS = {"tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint"}
PLAIN = {"boolean", "float", "double", "decimal", "varchar", *WHOLE_NUMBERS}


def main() -> None:
    """Answer, and end without tidying up: the kernel does that faster."""
    die_with(int(sys.argv[1]))
    job = Job.from_json(sys.stdin.readline())
    try:
        status, answer = 0, _answer(job)
    except Exception as error:  # noqa: BLE001 -- whatever DuckDB and Arrow say about the query is the answer
        status, answer = REFUSED, _sentence(error, job.limits).encode(errors="replace")
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(status)


def _answer(job: Job) -> bytes:
    memory = f"{job.limits.memory_mb}MB"
    connection = duckdb.connect(config={"threads": 1, "memory_limit": memory, "temp_directory": ""})
    connection.execute("SET enable_progress_bar = false")  # it would be drawn into the answer
    if job.lake:  # its clients start threads, and need memory of their own, while the tables are copied
        _copy(connection, job)
        connection.execute("DROP SECRET IF EXISTS objects")
        confine(job.limits)
    else:
        confine(job.limits)
        _copy(connection, job)
    _lock(connection)
    sql = sys.stdin.read()
    _only_select(connection, sql)
    return _rows(connection.sql(sql), job.limits)


def _copy(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Copy the tables into a file without a name: it ends with this process, however that ends.

    It is a file because a table may be larger than the memory.
    """
    file = Path(job.scratch) / "copy.duckdb"
    file.parent.mkdir(mode=0o700)
    # Without a write-ahead log, which would be opened by its name.
    settings = "STORAGE_VERSION 'latest', RECOVERY_MODE no_wal_writes"
    connection.execute(f"ATTACH {schema.quoted(str(file))} AS scratch ({settings})")
    file.unlink()
    file.parent.rmdir()
    with storage_of(WarehouseSettings(Path(job.data_dir), lake=job.lake)).attached(connection):
        connection.execute("CREATE SCHEMA scratch.raw")
        for tables, limit in ((job.tables, ""), (job.listed, "LIMIT 0")):
            for table, columns in tables.items():
                connection.execute(f"CREATE TABLE scratch.{table} AS SELECT {', '.join(columns)} FROM {table} {limit}")


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        USE scratch;
        SET python_enable_replacements = false;
        SET autoload_known_extensions = false;
        SET autoinstall_known_extensions = false;
        SET allow_community_extensions = false;
        SET enable_external_access = false;
        SET lock_configuration = true;
    """)
    forbid_files()


def _only_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("Write one SELECT statement: nothing else can be run here.")


def _rows(relation: duckdb.DuckDBPyRelation, limits: Limits) -> bytes:
    """The first rows, and one more if there are more, as an Arrow stream."""
    # The star tells columns of one name apart.
    first = relation.project("*").limit(limits.max_rows + 1)
    columns = [_shown(name, dtype) for name, dtype in zip(first.columns, first.types, strict=True)]
    batches = first.project(", ".join(columns)).to_arrow_reader(BATCH_ROWS)
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            if stream.tell() > limits.max_bytes:
                raise Refused(limits.too_large)
    return stream.getvalue().to_pybytes()


def _shown(name: str, dtype: DuckDBPyType) -> str:
    """The column as an SQL expression of a type that can be shown."""
    column = '"' + name.replace('"', '""') + '"'
    if _is_plain(dtype):
        return column
    if dtype.id == "hugeint":  # what sum() makes of whole numbers
        return f"{column}::DECIMAL(38, 0) AS {column}"
    if dtype.id == "date" or dtype.id.startswith("timestamp"):
        why = f"The column {name} holds a time that is not in the years 1 to 9999. Select it as text: {name}::VARCHAR"
        is_shown = f"{column} IS NULL OR coalesce(year({column}) BETWEEN 1 AND 9999, false)"
        return f"if({is_shown}, {column}, error({schema.quoted(why)})) AS {column}"
    return f"{column}::VARCHAR AS {column}"


def _is_plain(dtype: DuckDBPyType) -> bool:
    if dtype.id in ("list", "struct"):
        # A struct may have parts without a name.
        return all(name and isinstance(part, DuckDBPyType) and _is_plain(part) for name, part in dtype.children)
    return dtype.id in PLAIN


def _sentence(error: Exception, limits: Limits) -> str:
    text = str(error)
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)) or "Out of Memory" in text or "bad_alloc" in text:
        return limits.too_much_memory
    if os.strerror(errno.ENOSPC) in text:
        return "The disk has no room for the temporary copy of the tables that the query names."
    return text[:MAX_CHARACTERS_OF_A_SENTENCE]


if __name__ == "__main__":
    main()
