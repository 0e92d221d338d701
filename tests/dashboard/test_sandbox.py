"""Visitors' SQL: what is answered, and what is refused."""

import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from dashboard.sandbox import query
from dashboard.sandbox.job import Limits, Refused
from tests.dashboard.rows import TWO_EVENTS, Publish
from tests.e2e.machine import command_of, eventually
from warehouse.settings import WarehouseSettings


@pytest.fixture
def warehouse(publish: Publish, data_dir: Path) -> Path:
    """The warehouse with two events, a payload, and Ada's mail address wherever people leave one."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, action_id, action, received_at, body) VALUES
            (1, 'a', 'A', '2025-10-01', 'ada@example.com');
        INSERT INTO registrations (event_id, registration_id, first_name, email)
            VALUES ('summit', 'r1', 'Ada', 'ada@example.com');
        INSERT INTO registration_fields VALUES ('summit', 'r1', 'contact', 'ada@example.com');
        INSERT INTO leads (event_id, lead_id, email) VALUES ('summit', 'l1', 'ada@example.com');
        INSERT INTO actions (delivery_id, subject_type, subject_name) VALUES
            (2, 'QUESTION', 'Will you write to ada@example.com?'), (3, 'POLL', 'Tea or coffee?');
        """
    )
    return data_dir / "warehouse.duckdb"


def run(warehouse: Path, sql: str, *, show_pii: bool, limits: Limits = query.LIMITS) -> query.Answer:
    return query.run(WarehouseSettings(warehouse.parent), sql, show_pii=show_pii, limits=limits)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT sum(minutes_spent) FROM time_spent", [(270.0,)]),
        ("FROM main.events SELECT count(*);", [(2,)]),
        ("WITH e AS (SELECT * FROM events) SELECT event_name FROM e ORDER BY 1", [("Summit",), ("Workshops",)]),
        ("SELECT first_name FROM attendees WHERE registration_id = 'r1' -- note", [("Ada",)]),
        ("SELECT delivery_id FROM raw.deliveries", [(1,)]),
        ("SELECT first_name, event_count FROM people", [("Ada", 1)]),
        ('SELECT count(*) FROM "Time_Spent"', [(6,)]),
    ],
)
def test_a_select_is_answered(warehouse: Path, sql: str, rows: list[tuple[object]]) -> None:
    """From the tables under their own names."""
    assert run(warehouse, sql, show_pii=False).rows.rows() == rows


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM 'https://example.com/a.csv'",
        "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
        "COPY (SELECT 1) TO '/tmp/never.csv'",
        "ATTACH '{warehouse}' AS again",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA enable_profiling",
        "CREATE TABLE t AS SELECT 1",
        "DELETE FROM time_spent",
        "EXPORT DATABASE '/tmp/never'",
        "CALL pragma_version()",
        "SELECT 1; SELECT 2",
        "SELECT 1; SET memory_limit = '90GB'",
        "",
        "no sql at all",
        "SELECT * FROM connection",
        "SELECT * FROM columns",
        "SELECT * FROM job",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT '" + 20_000 * "x" + "'",
    ],
)
def test_everything_else_is_refused(warehouse: Path, sql: str) -> None:
    """Files, the network, settings, changes, several statements, and this process's own variables."""
    with pytest.raises(Refused):
        run(warehouse, sql.format(warehouse=warehouse), show_pii=False)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT email FROM attendees",
        "SELECT email FROM attendee_engagement",
        "SELECT email FROM warehouse.attendees",
        "SELECT email FROM warehouse.main.attendees",
        "SELECT email FROM registrations",
        "SELECT email FROM leads",
        "SELECT first_name FROM leads",
        "SELECT last_name FROM leads",
        "SELECT added_by_name FROM leads",
        "SELECT value FROM registration_fields",
        "SELECT person_id FROM people",
        "SELECT body FROM raw.deliveries",
        "SELECT body FROM warehouse.raw.deliveries",
        "SELECT email FROM staging.actions",
        "SELECT email FROM warehouse.staging.actions",
        "SELECT email FROM query('FROM warehouse.main.attendees')",
        "SELECT email FROM query_table('warehouse.main.attendees')",
    ],
)
def test_mail_addresses_and_payloads_are_out_of_reach(warehouse: Path, sql: str) -> None:
    """However they are named."""
    with pytest.raises(Refused):
        run(warehouse, sql, show_pii=False)


def test_whole_tables_come_without_mail_addresses(warehouse: Path) -> None:
    """A star stands for all other columns."""
    assert {"main.people", "main.actions", "raw.deliveries"} < query.tables(show_pii=False).keys()
    for table in query.tables(show_pii=False):
        assert "ada@" not in str(run(warehouse, f"FROM {table}", show_pii=False).rows.rows())


def test_nothing_of_the_warehouse_is_attached_while_a_query_runs(warehouse: Path) -> None:
    """No name can lead to it: only the copy and an empty database in memory are attached."""
    sql = "SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY ALL"

    assert run(warehouse, sql, show_pii=False).rows.rows() == [("memory",), ("scratch",)]


def test_a_question_is_masked_and_a_poll_is_not(warehouse: Path) -> None:
    """Attendees write the one, organisers the other."""
    sql = "SELECT subject_name FROM actions ORDER BY delivery_id"

    assert run(warehouse, sql, show_pii=False).rows.rows() == [("•••",), ("Tea or coffee?",)]
    assert run(warehouse, sql, show_pii=True).rows["subject_name"][0] == "Will you write to ada@example.com?"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT schema_name || '.' || table_name FROM duckdb_tables()",
        "SELECT table_schema || '.' || table_name FROM information_schema.tables",
        "SELECT DISTINCT schema || '.' || name FROM (SHOW ALL TABLES)",
    ],
)
def test_a_question_for_the_tables_names_all_of_them(warehouse: Path, sql: str) -> None:
    named = {name.removeprefix("main.") for (name,) in run(warehouse, sql, show_pii=False).rows.rows()}
    assert named == {name.removeprefix("main.") for name in query.tables(show_pii=False)}


def test_mail_addresses_are_there_when_the_operator_allows_them(warehouse: Path) -> None:
    """With DASHBOARD_SHOW_PII=1."""
    sql = "SELECT email FROM attendees WHERE registration_id = 'r1'"

    assert run(warehouse, sql, show_pii=True).rows.rows() == [("ada@example.com",)]
    assert run(warehouse, "SELECT person_id FROM people", show_pii=True).rows.item() == "ada@example.com"


def test_rows_beyond_the_limit_are_cut_and_said_so(warehouse: Path) -> None:
    """The browser never gets more."""
    answer = run(warehouse, "SELECT * FROM range(20_000)", show_pii=False)

    assert (answer.rows.height, answer.is_cut) == (query.LIMITS.max_rows, True)


LEVENSHTEIN = "SELECT levenshtein(repeat('ab', 1_000_000), repeat('ba', 1_000_000))"
DOUBLED = "".join(f", t{n} AS (FROM t{n - 1} UNION ALL FROM t{n - 1})" for n in range(1, 27))
CROSSED = "".join(f", t{n} AS (FROM t{n - 1}, t{n - 1} AS t)" for n in range(1, 27))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE (a.range * b.range) % 7 = 3",
        LEVENSHTEIN,
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT max(range) FROM range(1_000_000_000_000)",
    ],
    ids=["join", "levenshtein", "recursive", "range"],
)
def test_a_query_that_takes_too_long_is_stopped(warehouse: Path, sql: str) -> None:
    """Within its seconds, also inside of one call that never looks up."""
    with pytest.raises(Refused, match="longer than 1 seconds"):
        run(warehouse, sql, show_pii=False, limits=Limits(seconds=1.0))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list(range || repeat('x', 1000)) FROM range(10_000_000)",
        "SELECT len(range(1_000_000_000))",
        "SELECT repeat('x', 2_000_000_000)",
        "SELECT repeat('x', 100_000) || range FROM range(10_000)",
        "SELECT string_agg(repeat('x', 1000) || range, '') FROM range(1_000_000)",
        f"WITH t0 AS (SELECT 1){DOUBLED} SELECT count(*) FROM t26",
        f"WITH t0 AS (SELECT 1){CROSSED} FROM t26",
    ],
    ids=["list", "range", "repeat", "gigabyte", "text", "doubled", "crossed"],
)
def test_a_query_that_takes_too_much_memory_is_stopped(warehouse: Path, sql: str) -> None:
    """While it is planned and while it runs, whether DuckDB counts the memory or the kernel does; nothing spills."""
    with pytest.raises(Refused, match="more than 256\N{NO-BREAK SPACE}MB of memory"):
        run(warehouse, sql, show_pii=False, limits=Limits(seconds=60.0))


def test_an_answer_that_is_too_large_is_refused(warehouse: Path) -> None:
    """It would stay in the dashboard's memory, and go to the browser."""
    with pytest.raises(Refused, match="larger than 32\N{NO-BREAK SPACE}MB"):
        run(warehouse, "SELECT repeat('x', 4_000) || range FROM range(10_000)", show_pii=False)


def test_an_endless_answer_is_cut(warehouse: Path) -> None:
    """Its first rows are there at once."""
    endless = "SELECT * FROM range(1_000_000_000_000)"

    assert run(warehouse, endless, show_pii=False).is_cut


def test_another_visitor_is_answered_once_the_first_one_is_stopped(warehouse: Path) -> None:
    """A call that never looks up locks nobody out for longer than its seconds."""
    with ThreadPoolExecutor(1) as visitor:
        said = visitor.submit(refusal_of_an_endless_query, warehouse, seconds=1)
        eventually(query.is_busy)

        assert run(warehouse, "FROM events", show_pii=False).rows.height == 2
        assert said.result() == "The query was stopped: it took longer than 1 seconds."


def refusal_of_an_endless_query(warehouse: Path, *, seconds: float) -> str:
    with pytest.raises(Refused) as refusal:
        run(warehouse, LEVENSHTEIN, show_pii=False, limits=Limits(seconds=seconds))
    return str(refusal.value)


def query_processes(parent: int) -> list[int]:
    """The ids of the processes in which the parent's queries run."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent_id = int((process / "stat").read_text("ascii").rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
        if parent_id == parent and b"dashboard.sandbox.process" in command_of(int(process.name)):
            found.append(int(process.name))
    return found


def test_a_query_that_crashes_its_process_is_refused(warehouse: Path) -> None:
    """A fault of DuckDB's ends nothing but the query."""
    with ThreadPoolExecutor(1) as visitor:
        said = visitor.submit(refusal_of_an_endless_query, warehouse, seconds=60)
        [process_id] = eventually(lambda: query_processes(os.getpid()))
        os.kill(process_id, signal.SIGSEGV)

        assert said.result().startswith("The query ended its process (SIGSEGV)")
    assert run(warehouse, "FROM events", show_pii=False).rows.height == 2


def test_a_query_ends_with_the_dashboard(warehouse: Path, tmp_path: Path) -> None:
    """However that ends; and nothing of the copy stays behind."""
    (scratch := tmp_path / "scratch").mkdir()
    asks = (
        "import sys; from pathlib import Path; from dashboard.sandbox import query\n"
        "from warehouse.settings import WarehouseSettings\n"
        "settings = WarehouseSettings(Path(sys.argv[1]).parent)\n"
        "query.run(settings, sys.argv[2] + ', count(*) FROM time_spent', show_pii=False)"
    )
    dashboard = subprocess.Popen(
        [sys.executable, "-P", "-c", asks, warehouse, LEVENSHTEIN], env={**os.environ, "TMPDIR": str(scratch)}
    )
    [process_id] = eventually(lambda: query_processes(dashboard.pid))
    dashboard.kill()
    dashboard.wait()

    eventually(lambda: not command_of(process_id)[:-1])
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("where", ["/etc/passwd'||chr(0)||'", "{folder}", "http://127.0.0.1:9/x"])
@pytest.mark.parametrize("statement", ["PRAGMA import_database('{}')", "IMPORT DATABASE '{}'"])
def test_nothing_is_opened_while_a_text_is_parsed(warehouse: Path, tmp_path: Path, statement: str, where: str) -> None:
    """DuckDB opens files while it parses. A file's words, the network and a pipe without a writer are out of reach."""
    os.mkfifo(tmp_path / "schema.sql")

    with pytest.raises(Refused, match=r"disabled by configuration|syntax error at or near \"\|\|\""):
        run(warehouse, statement.format(where.format(folder=tmp_path)), show_pii=False)


SHOWN_AS = {
    "170::HUGEINT": pl.Decimal(38, 0),
    "sum(1::BIGINT)": pl.Decimal(38, 0),
    "5::UHUGEINT": pl.String,
    "1.5::DECIMAL(4, 1)": pl.Decimal(4, 1),
    "'101'::BIT": pl.String,
    "union_value(k := 1)": pl.String,
    "INTERVAL 1 DAY": pl.String,
    "MAP {'a': MAP {'b': 1}}": pl.String,
    "'a'::ENUM('a', 'b')": pl.String,
    "TIMETZ '10:00:00+01'": pl.String,
    "uuid()": pl.String,
    "'a\\xFF'::BLOB": pl.String,
    "[1, 2]::INTEGER[2]": pl.String,
    "[1, 2]": pl.List(pl.Int32),
    "[DATE 'infinity']": pl.String,
    "{'a': [1]}": pl.Struct({"a": pl.List(pl.Int32)}),
    "{'a': INTERVAL 1 DAY}": pl.String,
    "DATE '2025-10-01'": pl.Date,
    "TIME '24:00:00'": pl.String,
    "row(1, 2)": pl.String,
    "[row(1, 2)]": pl.String,
    "'{}'::JSON": pl.String,
    "[NULL]": pl.List(pl.Int32),
    "TIMESTAMP_NS '2025-10-01'": pl.Datetime("ns"),
    "TIMESTAMPTZ '2025-10-01'": pl.Datetime("us", "UTC"),
    "NULL": pl.Int32,
    "'1'::VARIANT": pl.String,
    "'NaN'::DOUBLE": pl.Float64,
}


def test_every_type_is_shown(warehouse: Path) -> None:
    """What Arrow, polars or the browser can't take comes as DuckDB's own text."""
    columns = [f"{expression} AS c{n}" for n, expression in enumerate(SHOWN_AS)]

    rows = run(warehouse, f"SELECT {', '.join(columns)}", show_pii=False).rows

    assert dict(zip(SHOWN_AS, rows.dtypes, strict=True)) == SHOWN_AS


@pytest.mark.parametrize(
    "sql", ["SELECT DATE 'infinity' AS at", "SELECT TIMESTAMP '-infinity' AS at", "SELECT DATE '20000-01-01' AS at"]
)
def test_a_time_that_cannot_be_shown_is_named(warehouse: Path, sql: str) -> None:
    """With what to write instead."""
    with pytest.raises(Refused, match=r"The column at holds a time .* Select it as text: at::VARCHAR"):
        run(warehouse, sql, show_pii=False)


@pytest.mark.parametrize("stream", [b"", b"no stream", b"\xff\xff\xff\xff\x10\0\0\0" + 16 * b"x"])
def test_an_answer_that_polars_cannot_read_is_refused(stream: bytes) -> None:
    with pytest.raises(Refused, match="can't be shown"):
        query.frame(stream)


def test_columns_of_one_name_are_told_apart(warehouse: Path) -> None:
    """Nothing is lost."""
    rows = run(warehouse, 'SELECT 1 AS a, 2 AS a, \'x\'::BLOB AS a, 3 AS "a""b"', show_pii=False).rows

    assert rows.to_dicts() == [{"a": 1, "a_1": 2, "a_2": "x", 'a"b': 3}]


def test_a_table_may_be_larger_than_the_memory(
    warehouse: Path, publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sum and its first rows are answered, and no file is left over."""
    publish(
        """
        INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent)
        SELECT 'e', 's', md5(range::VARCHAR) || md5((-range)::VARCHAR), 1 FROM range(1_000_000)
        """
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    limits = Limits(memory_mb=48)

    total = run(warehouse, "SELECT sum(minutes_spent) FROM time_spent", show_pii=False, limits=limits)
    answer = run(warehouse, "FROM time_spent", show_pii=False, limits=limits)

    assert total.rows.item() == 1_000_000
    assert (answer.rows.height, answer.is_cut) == (query.LIMITS.max_rows, True)
    assert not list(scratch.iterdir())


def test_the_warehouse_can_be_replaced_and_asked_again(warehouse: Path, publish: Publish) -> None:
    """The next query sees the next generation."""
    run(warehouse, "FROM events", show_pii=False)
    publish(f"{TWO_EVENTS}; DELETE FROM events")

    assert run(warehouse, "FROM events", show_pii=False).rows.is_empty()


def test_queries_run_one_at_a_time(warehouse: Path) -> None:
    """So many visitors need no more memory than one. A visitor who waits too long is told so."""
    with query.ONE_AT_A_TIME, pytest.raises(Refused, match="one at a time"):
        run(warehouse, "FROM events", show_pii=False, limits=Limits(seconds=0.01))

    assert run(warehouse, "FROM events", show_pii=False).rows.height == 2
