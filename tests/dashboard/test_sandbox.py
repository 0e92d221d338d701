"""Visitors' SQL: what is answered, and what is refused."""

import tempfile
from pathlib import Path

import pytest

from dashboard import sandbox
from tests.dashboard.rows import TWO_EVENTS, Publish


@pytest.fixture
def warehouse(publish: Publish, data_dir: Path) -> Path:
    """The warehouse with two events, and a payload."""
    publish(f"{TWO_EVENTS}; INSERT INTO raw.deliveries VALUES (1, 'a', 'A', '2025-10-01', 'ada@example.com')")
    return data_dir / "warehouse.duckdb"


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT sum(minutes_spent) FROM time_spent", [(270.0,)]),
        ("FROM main.events SELECT count(*);", [(2,)]),
        ("WITH e AS (SELECT * FROM events) SELECT event_name FROM e ORDER BY 1", [("Summit",), ("Workshops",)]),
        ("SELECT first_name FROM attendees WHERE registration_id = 'r1' -- note", [("Ada",)]),
        ("SELECT delivery_id FROM raw.deliveries", [(1,)]),
        ('SELECT count(*) FROM "Time_Spent"', [(6,)]),
    ],
)
def test_a_select_is_answered(warehouse: Path, sql: str, rows: list[tuple[object]]) -> None:
    """From the tables under their own names."""
    assert sandbox.run(warehouse, sql, show_pii=False).rows.rows() == rows


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
    ],
)
def test_everything_else_is_refused(warehouse: Path, sql: str) -> None:
    """Files, the network, settings, changes, several statements, and this process's own variables."""
    with pytest.raises(sandbox.Refused):
        sandbox.run(warehouse, sql.format(warehouse=warehouse), show_pii=False)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT email FROM attendees",
        "SELECT email FROM attendee_engagement",
        "SELECT email FROM warehouse.attendees",
        "SELECT email FROM warehouse.main.attendees",
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
    with pytest.raises(sandbox.Refused):
        sandbox.run(warehouse, sql, show_pii=False)


def test_whole_tables_come_without_mail_addresses(warehouse: Path) -> None:
    """A star stands for all other columns."""
    for table in sandbox.tables(show_pii=False):
        assert "ada@" not in str(sandbox.run(warehouse, f"FROM {table}", show_pii=False).rows.rows())


def test_nothing_of_the_warehouse_is_attached_while_a_query_runs(warehouse: Path) -> None:
    """No name can lead to it: only the copy and an empty database in memory are attached."""
    sql = "SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY ALL"

    assert sandbox.run(warehouse, sql, show_pii=False).rows.rows() == [("memory",), ("scratch",)]


def test_mail_addresses_are_there_when_the_operator_allows_them(warehouse: Path) -> None:
    """With DASHBOARD_SHOW_PII=1."""
    sql = "SELECT email FROM attendees WHERE registration_id = 'r1'"

    assert sandbox.run(warehouse, sql, show_pii=True).rows.rows() == [("ada@example.com",)]


def test_rows_beyond_the_limit_are_cut_and_said_so(warehouse: Path) -> None:
    """The browser never gets more."""
    answer = sandbox.run(warehouse, "SELECT * FROM range(20_000)", show_pii=False)

    assert (answer.rows.height, answer.is_cut) == (sandbox.LIMITS.max_rows, True)


def test_a_query_that_takes_too_long_is_stopped(warehouse: Path) -> None:
    """Within its seconds, whatever it does."""
    sql = "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE (a.range * b.range) % 7 = 3"

    with pytest.raises(sandbox.Refused, match="longer than"):
        sandbox.run(warehouse, sql, show_pii=False, limits=sandbox.Limits(seconds=0.3))


def test_a_query_that_takes_too_much_memory_is_stopped(warehouse: Path) -> None:
    """And does not spill to disk."""
    sql = "SELECT list(range || repeat('x', 1000)) FROM range(10_000_000)"

    with pytest.raises(sandbox.Refused, match="memory"):
        sandbox.run(warehouse, sql, show_pii=False)


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
    limits = sandbox.Limits(memory_mb=48)

    total = sandbox.run(warehouse, "SELECT sum(minutes_spent) FROM time_spent", show_pii=False, limits=limits)
    answer = sandbox.run(warehouse, "FROM time_spent", show_pii=False, limits=limits)

    assert total.rows.item() == 1_000_000
    assert (answer.rows.height, answer.is_cut) == (sandbox.LIMITS.max_rows, True)
    assert not list(scratch.iterdir())


def test_the_warehouse_can_be_replaced_and_asked_again(warehouse: Path, publish: Publish) -> None:
    """The next query sees the next generation."""
    sandbox.run(warehouse, "FROM events", show_pii=False)
    publish(f"{TWO_EVENTS}; DELETE FROM events")

    assert sandbox.run(warehouse, "FROM events", show_pii=False).rows.is_empty()


def test_queries_run_one_at_a_time(warehouse: Path) -> None:
    """So many visitors need no more memory than one. A visitor who waits too long is told so."""
    with sandbox.ONE_AT_A_TIME, pytest.raises(sandbox.Refused, match="one at a time"):
        sandbox.run(warehouse, "FROM events", show_pii=False, limits=sandbox.Limits(seconds=0.01))

    assert sandbox.run(warehouse, "FROM events", show_pii=False).rows.height == 2
